"""What rude clients can do to the others, and to the server's memory and files."""
