"""The verbs that the people's styles share."""
