"""The verbs that the people's styles share. They know words, and nothing of what is behind the
seam."""
