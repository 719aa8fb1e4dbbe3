"""One's rooms on the screen: what happens in each, and what its pane shows. Knows no keys."""
