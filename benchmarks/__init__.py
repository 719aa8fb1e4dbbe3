"""How much the server costs: figures as ratios in one run, never as a timed test."""
