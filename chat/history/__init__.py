"""The store: what was said, on its way to everyone and for those who come back."""
