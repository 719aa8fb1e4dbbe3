"""What was said in a room, as a pane shows it: rows, lines, colours. Knows no connection."""
