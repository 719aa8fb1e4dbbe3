"""What a person types, and what becomes of it. Knows nothing of how that is shown."""
