"""What is on the screen around the conversation. Knows no connection."""
