"""What is unread in the places of an account. Knows no door."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.history.account_records import Bookmark
from chat.history.store import readable
from chat.queries.question import Question
from chat.realm.session import Session
from chat.realm.user import User, device_of
from chat.vocabulary.limits import MENTIONS_MOST
from chat.vocabulary.names import Name, is_conversation


class Unread(NamedTuple):
    """A place where something is unread. mentions: how many of these messages name the reader, all
    of them in a conversation. read: the number of the last message that was read."""

    room: str
    unread: int
    mentions: int
    read: int
    key: str


class UnreadCounts(Question):
    """Counts the unread messages of an account."""

    def unread(self, session: Session, user: User) -> Deferred[list[Unread]]:
        """The places where something is unread, those that name the reader first. Fails with
        ChatError: no-history. Raises ChatError: account-required."""
        device_of(session)
        self.charge(session)
        return readable(self._unread(session, user))

    @inlineCallbacks
    def _unread(self, session: Session, user: User) -> Generator[Deferred[Any], Any, list[Unread]]:
        yield self.realm.marks.keep(user)
        found: list[Unread] = yield session.ask(self.realm.counting, partial(self._count, user))
        return found

    @inlineCallbacks
    def _count(self, user: User) -> Generator[Deferred[Any], Any, list[Unread]]:
        store = self.realm.store
        bookmarks = yield store.accounts.bookmarks(user.key)
        behind = {
            each.key: each
            for each in bookmarks
            if each.last > each.read and self._is_wanted(each, user)
        }
        rooms = {key: each.read for key, each in behind.items() if not is_conversation(key)}
        hidden = yield store.moderation.hidden_after(rooms)
        mentions = yield store.accounts.mentions(user.key, user.name, rooms, MENTIONS_MOST)
        found = [
            Unread(
                each.name,
                each.last - each.read - hidden.get(key, 0),
                mentions.get(key, 0) if key in rooms else each.last - each.read,
                each.read,
                key,
            )
            for key, each in behind.items()
            if self._is_wanted(each, user) and each.last - each.read > hidden.get(key, 0)
        ]
        return sorted(found, key=lambda one: (-one.mentions, -one.unread))

    def _is_wanted(self, place: Bookmark, user: User) -> bool:
        """Whether somebody is to be told what is unread there."""
        if is_conversation(place.key) or place.key in user.rooms:
            return True
        return place.is_joined and self.rulebook.may_stay(user, Name(place.name, place.key))
