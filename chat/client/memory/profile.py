"""How a room is kept, as far as a client knows it. Knows no connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chat.client.terms.events import Modes, Standing, Topic
from chat.client.wire.grammar import Headed, Ruled, Stands
from chat.vocabulary.names import key_of

MOST_KEEPERS: Final = 1000
"""More of those who keep a room are not remembered: a server could make them up."""

Fact = Headed | Ruled | Stands
"""What a server tells of it, asked or not."""

News = Topic | Modes | Standing
"""What is told of that."""


class Profile:
    """What a room is about, what holds there, and who keeps it."""

    def __init__(self) -> None:
        self.topic: str | None = None
        """None: not known."""
        self.modes: Modes | None = None
        """None: not known."""
        self.is_asked = False
        """The server is being asked how it is: what it says now was so before."""
        self._standings: dict[str, Standing] = {}
        self._are_standings_known = False

    def standing(self, user: str) -> str:
        """What somebody is: owner or moderator; none, as far as is known."""
        found = self._standings.get(key_of(user))
        return found.standing if found else "none"

    def hear(self, room: str, fact: Fact) -> News | None:
        """The server tells something; it, if it is news. room: what it is called here."""
        if isinstance(fact, Headed):
            before, self.topic = self.topic, fact.topic
            old = before is None and self.is_asked
            return Topic(room, fact.topic, old) if before != fact.topic else None
        if isinstance(fact, Ruled):
            modes = dict(fact.modes)
            if self.modes and self.modes.modes == modes:
                return None
            self.modes = Modes(room, modes, self.modes is None and self.is_asked)
            return self.modes
        return self._hear_standing(room, fact)

    def hear_all(self, room: str, facts: Iterable[Stands]) -> list[Standing]:
        """The server has told of all who keep the room; those who do so no more."""
        kept = {key_of(fact.user) for fact in facts}
        gone = [one.user for key, one in self._standings.items() if key not in kept]
        told = [self._hear_standing(room, Stands(room, user, "none")) for user in gone]
        self._are_standings_known = True
        return [one for one in told if one]

    def _hear_standing(self, room: str, fact: Stands) -> Standing | None:
        key = key_of(fact.user)
        if fact.standing == self.standing(fact.user):
            return None
        old = self.is_asked and not self._are_standings_known
        told = Standing(room, fact.user, fact.standing, old)
        if fact.standing == "none":
            del self._standings[key]
        elif key in self._standings or len(self._standings) < MOST_KEEPERS:
            self._standings[key] = told
        return told
