"""What carries bytes: sockets, TLS, proxies, and who may come in. Knows nothing of what is said."""
