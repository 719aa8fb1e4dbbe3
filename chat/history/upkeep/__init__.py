"""What keeps a store whole: locks, clocks, and long work on it."""
