"""Names that are owned: who owns one, how that is proved, and what is kept for its owner."""
