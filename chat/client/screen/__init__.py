"""The chat in a terminal, with Textual."""
