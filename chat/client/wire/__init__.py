"""The server's lines, and one connection to it. Knows nothing of what is done with them."""
