"""What outlives a connection: how far each room is told, and what waits. Knows no connection."""
