"""A server of its own for each test that asks for one, or a port."""

from tests.integration.conftest import own_port, server

__all__ = ["own_port", "server"]
