"""The chat as a service of twistd."""
