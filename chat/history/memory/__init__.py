"""The store in memory: what it keeps is forgotten when the server stops."""
