"""A chat of guests and accounts, in memory, in which time passes when the test says so."""

from __future__ import annotations

from typing import Any, Final

from twisted.internet.task import Clock

from chat.accounts.passwords import Hashing
from chat.vocabulary.names import key_of, username
from tests.accounts.owning import CHEAP, PASSWORD
from tests.chats import chat_with
from tests.people import Visitor

NOON: Final = 1_767_268_800
"""When tests begin, in seconds since 1970: 2026-01-01 12:00 UTC."""

DAY: Final = 86400
MONTH: Final = 30 * DAY


class Town:
    """A chat where some usernames are registered, for a month unless told otherwise.

    names: the usernames. operators: those among them that look after the server. ago: how many
    seconds before noon it begins. settings: as of ChatFactory.
    """

    def __init__(
        self, *names: str, operators: tuple[str, ...] = (), ago: float = 0, **settings: Any
    ) -> None:
        self.clock = Clock()
        self.clock.rightNow = -ago
        settings = {"operators": operators, "takes_plaintext": True, **settings}
        hashing = Hashing(hasher=CHEAP)
        self.factory = chat_with(clock=self.clock, now=self.now, hashing=hashing, **settings)
        for name in (*names, *operators):
            self.register(name)

    def now(self) -> float:
        """The time in seconds since 1970 UTC."""
        return NOON + self.clock.seconds()

    def passes(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)

    def register(self, name: str, ago: float = MONTH) -> None:
        """A username is registered, and has been for so many seconds."""
        hash_, since = CHEAP.hash(PASSWORD), int((self.now() - ago) * 1000)
        self.factory.directory.create(username(name), hash_, since)

    def stranger(self, host: str = "127.0.0.1") -> Visitor:
        """Somebody who has not said who it is."""
        return Visitor(self.factory, host)

    def rooms(self, name: str, *rooms: str, host: str = "127.0.0.1") -> Visitor:
        """Somebody in the rooms style who is in these rooms, and has heard that."""
        visitor = self._proves(self.stranger(host), name)
        first, *others = rooms or ("tea",)
        visitor.says(f"JOIN {first} {name}", *[f"JOIN {room}" for room in others])
        assert f"INFO joined room {first}" in visitor.heard()
        return visitor

    def stamped(self, name: str, *rooms: str, host: str = "127.0.0.1") -> Visitor:
        """The same, with stamps on."""
        visitor = self.rooms(name, *rooms, host=host).says("STAMPS on")
        return visitor.hears("INFO stamps on")

    def login(self, name: str, room: str = "tea", host: str = "127.0.0.1") -> Visitor:
        """Somebody in the login style who is in a room, and has heard that."""
        visitor = self._proves(self.stranger(host), name)
        visitor.says(f"LOGIN {name}", f"JOIN {room}")
        assert visitor.heard()[-2:] == ["OK", "OK"]
        return visitor

    def _proves(self, visitor: Visitor, name: str) -> Visitor:
        if self.factory.directory.get(key_of(name)):
            visitor.says(f"AUTH {name} {PASSWORD}")
            visitor.hears(f"INFO you are {name}: go on with JOIN <room>, or LOGIN")
        return visitor


def claimed(*moderators: str, **settings: Any) -> tuple[Town, Visitor]:
    """A town where alice has owned the room tea for a second and is in it, in the rooms style, and
    these accounts moderate it."""
    town = Town("alice", *moderators, ago=1, **settings)
    alice = town.rooms("alice", "tea").says("CLAIM tea")
    alice.says(*[f"MODERATOR tea {name} on" for name in moderators])
    assert len(alice.heard()) == 1 + len(moderators)
    town.passes(1)
    return town, alice


def hush(*people: Visitor) -> None:
    """What they have heard up to now is of no interest."""
    for person in people:
        person.heard()
