"""How events and refusals look on a wire, and what a line means: one module for each style. Asks
for nothing, and has nothing done, but through the seam."""
