"""Who is here, where, and what they say and hear. Knows no wire."""
