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


class Entered(Struct, frozen=True, gc=False):
    """One is in a room, whichever of one's connections has brought that about."""

    room: str


class Exited(Struct, frozen=True, gc=False):
    """One is not in a room any more, whichever of one's connections has brought that about."""

    room: str


class Sent(Struct, frozen=True, gc=False):
    """One has said something to that user alone, at another connection."""

    user: str
    text: str


class Marked(Struct, frozen=True, gc=False):
    """One has read a room up to that number, at another connection."""

    room: str
    number: int


class Announced(Struct, frozen=True, gc=False):
    """The server has something to say to everyone."""

    text: str


class TopicSet(Struct, frozen=True, gc=False):
    """A room has another topic; empty for none."""

    room: str
    topic: str


class ModesSet(Struct, frozen=True, gc=False):
    """A room has other modes, as chat.moderation.rules.modes_of writes them."""

    room: str
    modes: str


class StandingSet(Struct, frozen=True, gc=False):
    """An account is something else in a room: owner, moderator or none."""

    room: str
    user: str
    standing: str


class Hidden(Struct, frozen=True, gc=False):
    """Messages are not to be seen any more, in order of their numbers."""

    room: str
    numbers: tuple[int, ...]


class Shown(Struct, frozen=True, gc=False):
    """Messages that were hidden are to be seen again, in order of their numbers."""

    room: str
    numbers: tuple[int, ...]


class Edited(Struct, frozen=True, gc=False):
    """A message has another text."""

    room: str
    number: int
    user: str
    text: str


Event = (
    Said
    | Repeated
    | Whispered
    | Joined
    | Left
    | Entered
    | Exited
    | Sent
    | Marked
    | Announced
    | TopicSet
    | ModesSet
    | StandingSet
    | Hidden
    | Shown
    | Edited
)


class Draft(Struct, frozen=True, gc=False):
    """What somebody has said and nobody has heard yet: `key` tells the store where it belongs
    (a room's key, or a conversation's), `user_key` who its user is; the rest is as in Said.
    `away` is the key of the account that it waits for, where nobody of that account is here."""

    key: str
    room: str
    user: str
    user_key: str
    text: str
    at: int
    token: str = ""
    away: str = ""
