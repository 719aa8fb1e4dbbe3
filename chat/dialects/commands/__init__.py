"""The verbs that the people's styles share. They know words; whatever is asked for or done goes
through the seam."""
