"""The chat's own client: for people in a terminal, for pipes, and for bots.

Knows the wire (docs/protocol.md), and nothing of the server.
"""

from chat.client.client import ChatClient
from chat.client.connection import RefusedError, UnreachableError
from chat.client.events import (
    Connected,
    Disconnected,
    Entered,
    Event,
    Gone,
    Joined,
    Left,
    Members,
    Message,
    Missing,
    Notice,
    Read,
    Refused,
    Returned,
    Unread,
)

__all__ = [
    "ChatClient",
    "Connected",
    "Disconnected",
    "Entered",
    "Event",
    "Gone",
    "Joined",
    "Left",
    "Members",
    "Message",
    "Missing",
    "Notice",
    "Read",
    "Refused",
    "RefusedError",
    "Returned",
    "UnreachableError",
    "Unread",
]
