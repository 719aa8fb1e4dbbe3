"""What the log says of those who come."""
