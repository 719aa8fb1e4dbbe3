"""A chat server that one person can run and one person can read."""
