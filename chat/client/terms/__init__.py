"""What all of the client talks in: what is told, what goes wrong, numbers and phrases."""
