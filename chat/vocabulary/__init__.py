"""What all others talk in: events, errors, names, text, times, limits."""
