"""A store that forgets: as long as the server runs."""
