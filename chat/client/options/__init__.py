"""How the client is to be: from the command line, an address and a file. Knows no connection."""
