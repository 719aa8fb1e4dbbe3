"""How events and refusals look on a wire, and what a line means: one module for each style. Knows
no chat but through the seam."""
