"""What can go wrong with a server: it refuses, or can't be reached. Knows no wire."""

from __future__ import annotations


class RefusedError(Exception):
    """The server refuses what was asked of it; the text says why, and what to do.

    code: what docs/protocol.md calls the reason, where it is about accounts, or `held`; "": another
        one.
    """

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class UnreachableError(ConnectionError):
    """There is no connection to the server, or none any more; the text says why."""
