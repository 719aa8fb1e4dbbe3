"""How people write, and what of it is not to be shown."""
