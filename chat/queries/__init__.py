"""What somebody may read, as data: each answer once, for every door. Knows no door."""
