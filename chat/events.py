"""What people are told. Frozen, and the same for everyone who hears it; knows no wire."""

from msgspec import Struct


class Said(Struct, frozen=True, gc=False):
    """A message in a room, stored: `number` counts from 1 in its room, without holes; `at` is
    when it was accepted, in milliseconds since 1970 UTC. `token` is what its speaker calls it,
    where it has a name for it and waits to hear it."""

    room: str
    user: str
    text: str
    number: int
    at: int
    token: str = ""


class Repeated(Said, frozen=True, gc=False):
    """A message that was stored before, under the token it came with: only for its speaker."""


class Whispered(Struct, frozen=True, gc=False):
    """A message to one user alone."""

    user: str
    text: str


class Joined(Struct, frozen=True, gc=False):
    """A user came into a room."""

    room: str
    user: str


class Left(Struct, frozen=True, gc=False):
    """A user left a room; `gone` if it left the server with that."""

    room: str
    user: str
    gone: bool


class Announced(Struct, frozen=True, gc=False):
    """The server has something to say to everyone."""

    text: str


Event = Said | Repeated | Whispered | Joined | Left | Announced


class Draft(Struct, frozen=True, gc=False):
    """What somebody has said and nobody has heard yet: `key` tells the store where it belongs
    (a room's key, or a conversation's), `user_key` who its user is; the rest is as in Said."""

    key: str
    room: str
    user: str
    user_key: str
    text: str
    at: int
    token: str = ""
