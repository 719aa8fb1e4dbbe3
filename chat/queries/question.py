"""What all questions have in common: what a long answer costs, what people mean by a word, and
whether they may still read what they have asked for. Knows no door."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from chat.history.words import scopes
from chat.realm.realm import Realm
from chat.realm.session import Session
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Said
from chat.vocabulary.limits import BULK_LINES
from chat.vocabulary.names import (
    Name,
    conversation_key,
    is_conversation,
    is_of_conversation,
    username,
)

T = TypeVar("T")


class Question:
    """Asks a realm, its store and its rule book. What costs something, or lasts, takes the session
    that asks; what is answered at once takes its user."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.rulebook = realm.rulebook

    def place(self, user: User, word: str, *, is_remembered: bool = False) -> Name:
        """What somebody means by a word: a room that they are in, or what they and @<username> say
        to each other. is_remembered: also a room of their account where they are not.

        Raises ChatError: missing-room, invalid-room, invalid-username, not-in-room, banned,
        registered-only.
        """
        if word.startswith("@"):
            other = username(word[1:])
            return Name(f"@{other.shown}", conversation_key(user.key, other.key))
        if is_remembered and user.account is not None:
            name = self.realm.rooms.named(user, word)
            if name.key in (user.account.rooms or ()):
                self.rulebook.check_enters(user, name)
                return name
        return self.realm.rooms.of(user, word).called

    def is_in(self, user: User, word: str) -> bool:
        """Whether a word is the name of a room that somebody is in."""
        with suppress(ChatError):
            return self.realm.rooms.named(user, word).key in user.rooms
        return False

    def may_read(self, session: Session, keys: Collection[str]) -> bool:
        """Whether somebody may still read what they have asked for: rooms, or conversations, by
        key. To be asked again before each piece of an answer."""
        if session.user is None:
            return False
        user = session.user
        return all(
            is_of_conversation(key, user.key) if is_conversation(key) else key in user.rooms
            for key in keys
        )

    def charge(self, session: Session) -> None:
        """A long answer counts as several lines."""
        session.connection.spend(BULK_LINES - 1)

    def read(self, session: Session, ask: Callable[[], Deferred[T]]) -> Deferred[T]:
        """What is asked of the store for a session, in its turn: a page, or something as short."""
        return session.ask(self.realm.reading, ask)

    def seen(self, said: Said, room: str) -> Said:
        """A message of the history as it is shown to somebody who calls its room so."""
        account = self.realm.people.accounts.behind(said.user, said.at)
        return replace(said, room=room, account=account, token="")

    def room_called(self, user: User, said: Said) -> str:
        """How somebody calls the room of a message that they may read: @<username> for a
        conversation."""
        if is_conversation(said.key):
            others = [name for name in scopes(said.key) if name != f"@{user.key}"]
            return others[0] if others else f"@{user.name}"
        room = user.rooms.get(said.key)
        return room.name if room else said.room
