"""A server of its own for each test that asks for one."""

from tests.integration.conftest import server

__all__ = ["server"]
