"""What a person types, and what becomes of it. Knows neither screen nor terminal."""
