"""The chat on a screen, with Textual: a scrollback for each room, and the parts around it."""
