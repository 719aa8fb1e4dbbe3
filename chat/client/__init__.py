"""The chat's own client: for people in a terminal, for pipes, and for bots.

Knows the wire (docs/protocol.md), and of the server what it talks in: `chat.vocabulary`.
Its folders, each built on those before it: terms, options; wire; memory; session, with client.py
and bot.py
in front of it; commands; plain, screen.
"""

from chat.client.bot import run
from chat.client.client import ChatClient
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.events import (
    Connected,
    Disconnected,
    Edited,
    Entered,
    Event,
    Gone,
    Held,
    Hidden,
    Joined,
    Left,
    Members,
    Message,
    Missing,
    Modes,
    Notice,
    Read,
    Refused,
    Returned,
    Shown,
    Standing,
    Topic,
    Unread,
)

__all__ = [
    "ChatClient",
    "Connected",
    "Disconnected",
    "Edited",
    "Entered",
    "Event",
    "Gone",
    "Held",
    "Hidden",
    "Joined",
    "Left",
    "Members",
    "Message",
    "Missing",
    "Modes",
    "Notice",
    "Read",
    "Refused",
    "RefusedError",
    "Returned",
    "Shown",
    "Standing",
    "Topic",
    "UnreachableError",
    "Unread",
    "run",
]
