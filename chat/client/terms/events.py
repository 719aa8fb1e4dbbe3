"""What a client is told, as values. Knows no wire and no screen.

Rooms are called by their names; what two people say to each other alone is the room `@<username>`
of the other one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from chat.client.terms.phrases import counted, short

_OFF: Final = ("off", "0")
"""How a mode is that does not hold."""

_STANDINGS: Final = {
    "owner": "the owner",
    "moderator": "a moderator",
    "none": "no moderator any more",
}


@dataclass(frozen=True, slots=True)
class Message:
    """Somebody said something in a room."""

    room: str
    number: int
    """1, 2, 3, ... in its room."""
    at: datetime
    """When the server stored it, in UTC."""
    user: str
    text: str
    own: bool = False
    """One said it oneself, here or at another time under the same username."""
    old: bool = False
    """It was said before one came, or while one was away."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody else has come to a room."""

    room: str
    user: str


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody else has left a room, or the server."""

    room: str
    user: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The server knows who one is; the rooms come back one by one."""

    user: str
    again: bool
    """The connection had been lost."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is lost, or could not be had again."""

    reason: str
    pause: float | None
    """Seconds until the next try; None: there will be none."""
    code: str = ""
    """wrong-password or password-required, where that is why there will be none."""


@dataclass(frozen=True, slots=True)
class Entered:
    """One is in a room, for the first time on this client."""

    room: str
    backlog: list[Message] = field(default_factory=list)
    """The last messages of it, as many as were asked for, oldest first."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One is in a room again, after the connection had been lost. What was missed comes next."""

    room: str
    since: datetime
    """When the connection was lost, in UTC."""
    missed: int
    """How many messages others have said meanwhile."""
    is_more: bool = False
    """There are more than these."""
    is_anew: bool = False
    """The server has another history than before, whose numbers begin anew."""

    @property
    def words(self) -> str:
        """How much was missed, for people."""
        return counted(self.missed, "message") + (" or more" if self.is_more else "")


@dataclass(frozen=True, slots=True)
class Unread:
    """What an account has not read in a room."""

    room: str
    count: int
    mentions: int
    """So many of them name one."""
    last_read: int
    """The number of the last message that was read; 0: none was."""

    @property
    def words(self) -> str:
        """What is unread, for people."""
        if self.room.startswith("@") or not self.mentions:
            return f"{self.count} unread"
        return f"{self.count} unread, {self.mentions} name{'s' if self.mentions == 1 else ''} you"


@dataclass(frozen=True, slots=True)
class Read:
    """Oneself has read a room up to a message, on another device."""

    room: str
    number: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Messages that could not be read, as the history does not answer: so many at the most."""

    room: str
    count: int


@dataclass(frozen=True, slots=True)
class Gone:
    """One is not in a room any more."""

    room: str
    reason: str = ""
    """Why, if it was not one's own wish."""


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a room, in the order they came; joins and leaves follow as events."""

    room: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """What one said was refused, and nobody has heard it."""

    room: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one said waits for a moderator. When it is let through it is told as a Message."""

    room: str
    text: str
    reason: str
    """The server's words: also for whom it waits."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a room is about."""

    room: str
    text: str
    """"": there is no topic."""
    old: bool = False
    """It was so before one came."""

    @property
    def words(self) -> str:
        """It, for people."""
        return f"the topic is: {self.text}" if self.text else "there is no topic"


@dataclass(frozen=True, slots=True)
class Modes:
    """What holds in a room."""

    room: str
    modes: dict[str, str]
    """private, moderated, registered and raid: on or off. slow: seconds between two messages."""
    old: bool = False
    """It was so before one came."""

    @property
    def on(self) -> list[str]:
        """Those that are on, for people."""
        on = {name: value for name, value in self.modes.items() if value not in _OFF}
        return [f"slow {value} s" if name == "slow" else name for name, value in on.items()]

    @property
    def words(self) -> str:
        """All of them, for people."""
        off = [name for name, value in self.modes.items() if value in _OFF]
        parts = [f"{', '.join(names)} {is_on}" for names, is_on in ((self.on, "on"), (off, "off"))]
        return "; ".join(part for part in parts if not part.startswith(" "))


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody keeps a room, or does so no more."""

    room: str
    user: str
    standing: str
    """owner, moderator or none."""
    old: bool = False
    """It was so before one came."""

    @property
    def words(self) -> str:
        """It, for people."""
        return f"{short(self.user)} is {_STANDINGS.get(self.standing, self.standing)}"


@dataclass(frozen=True, slots=True)
class Hidden:
    """Messages were taken back, by who said them or by a moderator: the history has them not."""

    room: str
    numbers: tuple[tuple[int, int], ...]
    """Runs of them: the first number and the last one of each."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Messages that were hidden are in the history again."""

    room: str
    numbers: tuple[tuple[int, int], ...]
    """As in Hidden."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Somebody has changed what it had said."""

    room: str
    number: int
    user: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A word from the server to everyone, or to nobody's question."""

    text: str


Event = (
    Message
    | Joined
    | Left
    | Connected
    | Disconnected
    | Entered
    | Returned
    | Unread
    | Read
    | Missing
    | Gone
    | Members
    | Refused
    | Held
    | Topic
    | Modes
    | Standing
    | Hidden
    | Shown
    | Edited
    | Notice
)
