"""A server of its own for each test that asks for one, or a port."""

from tests.integration.conftest import is_fresh, own_port, server

__all__ = ["is_fresh", "own_port", "server"]
