"""One's presence on a server, over as many connections as it takes. Knows no screen."""
