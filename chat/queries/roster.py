"""Who is here, which rooms there are, how they are and who holds them. Knows no door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import NamedTuple

from chat.history.room_records import Holder, Standing
from chat.moderation.rules import Role, modes_of
from chat.queries.question import Question
from chat.realm.session import Session
from chat.realm.user import User, user_of
from chat.vocabulary.events import ModesSet, TopicSet
from chat.vocabulary.names import Name


class Member(NamedTuple):
    """Somebody who is here. account: empty for a guest. at: since when, there or on the server, in
    ms since 1970 UTC."""

    user: str
    account: str
    at: int


class Members:
    """Who is in a room, in the order in which they came; or, without a room, on the server. Each is
    made when it is asked for: there may be thousands.

    there: those who are there now. came: when somebody has come, in ms since 1970 UTC.
    """

    def __init__(
        self, room: Name | None, there: Iterable[User], came: Callable[[User], int]
    ) -> None:
        self.room = room
        self._there = list(there)
        self._came = came

    def __len__(self) -> int:
        return len(self._there)

    def __iter__(self) -> Iterator[Member]:
        return (Member(user.name, user.account_name, self._came(user)) for user in self._there)


class RoomInfo(NamedTuple):
    """A room, and how many are in it."""

    room: str
    members: int
    key: str


class Roster(Question):
    """Tells nobody of a room that they may not know of."""

    def members(self, session: Session, word: str = "") -> Members:
        """Who is in a room, or everybody who is here. Raises ChatError: invalid-room,
        room-not-found, banned."""
        self.charge(session)
        if not word:
            return Members(None, self.realm.users.values(), attrgetter("since"))
        room = self.realm.rooms.find(user_of(session), word)
        return Members(room.called, room.members, room.came)

    def rooms(self, session: Session) -> Iterator[RoomInfo]:
        """All rooms of which somebody may know. Each is looked up when it is asked for: there may
        be thousands."""
        self.charge(session)
        listed = self.realm.rooms.listed(user_of(session))
        return (RoomInfo(name.shown, members, name.key) for name, members in listed)

    def topic(self, user: User, name: Name) -> TopicSet:
        """The topic of a room. Raises ChatError as Rulebook.check does."""
        self.rulebook.check("TOPIC", user, name, shows=True)
        kept = self.rulebook.registry.kept(name.key)
        return TopicSet(name.key, name.shown, kept.topic, kept.topic_at, kept.topic_by)

    def modes(self, user: User, name: Name) -> ModesSet:
        """The modes of a room. Raises ChatError as Rulebook.check does."""
        self.rulebook.check("MODE", user, name, shows=True)
        return ModesSet(
            name.key, name.shown, modes_of(self.rulebook.registry.kept(name.key)), self.realm.at
        )

    def holders(self, user: User, name: Name, standings: tuple[Standing, ...]) -> list[Holder]:
        """The accounts with these standings in a room. Raises ChatError as Rulebook.check does."""
        verb = "INVITE" if "invited" in standings else "MODERATOR"
        self.rulebook.check(verb, user, name, shows=True)
        holders = self.rulebook.registry.kept(name.key).holders
        is_theirs = self.rulebook.is_theirs
        return [each for each in holders if each.standing in standings and is_theirs(each)]

    def highest_role(self, user: User) -> Role:
        """The highest role that somebody has in any room."""
        return self.rulebook.highest(user)
