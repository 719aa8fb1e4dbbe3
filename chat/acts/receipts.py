"""How far somebody says that they have read. Knows no wire."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.history.store import readable
from chat.realm.realm import Realm
from chat.realm.session import Session
from chat.realm.user import User, device_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Marked
from chat.vocabulary.limits import PLACES_AT_ONCE
from chat.vocabulary.names import Name, is_conversation, is_of_conversation


class Receipts:
    """Notes how far an account has read, and tells its other devices."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm

    def read(self, session: Session, user: User, place: Name, number: int) -> Deferred[int]:
        """An account has read one of its rooms, or a conversation, up to a number; fires with the
        number up to which it has by now. Fails with ChatError: not-in-room, no-history. Raises
        ChatError: account-required."""
        device_of(session)
        return readable(self._read(session, user, place, number))

    @inlineCallbacks
    def _read(
        self, session: Session, user: User, place: Name, number: int
    ) -> Generator[Deferred[Any], Any, int]:
        name, key = place
        last = yield self._realm.store.last(key)
        if not self._is_theirs(user, place):
            raise ChatError("not-in-room", name)
        reached = self._note(session, user, place, min(number, last))
        yield self._realm.marks.keep(user)
        return reached

    def read_all(self, session: Session, user: User) -> Deferred[int]:
        """An account has read all that there is for it; fires with the number of its rooms and
        conversations in which something was unread. Fails with ChatError: no-history. Raises
        ChatError: account-required."""
        device_of(session)
        return readable(self._read_all(session, user))

    @inlineCallbacks
    def _read_all(self, session: Session, user: User) -> Generator[Deferred[Any], Any, int]:
        """A few at a time: others' messages wait for none of it."""
        yield self._realm.marks.keep(user)
        bookmarks = yield self._realm.store.accounts.bookmarks(user.key)
        unread = [
            each
            for each in bookmarks
            if each.last > each.read and self._is_theirs(user, Name(each.name, each.key))
        ]
        for start in range(0, len(unread), PLACES_AT_ONCE):
            for each in unread[start : start + PLACES_AT_ONCE]:
                self._note(session, user, Name(each.name, each.key), each.last)
            yield self._realm.marks.keep(user)
        return len(unread)

    def _note(self, session: Session, user: User, place: Name, number: int) -> int:
        """Somebody has read a place up to a number; up to which, by now."""
        name, key = place
        before = user.read.get(key, 0)
        reached = max(before, number)
        if reached:  # or they would have a place for each word that they make up
            user.read[key] = reached
        device_of(session).says_read = True
        user.mark(key, name, reached)
        marked = Marked(key, name, reached, self._realm.at)
        for other in list(user.sessions) if reached > before else ():
            if other is not session:
                other.hear(marked)
        return reached

    def _is_theirs(self, user: User, place: Name) -> bool:
        """Whether that is a conversation of somebody, or one of their rooms, where they may be."""
        if is_conversation(place.key):
            return is_of_conversation(place.key, user.key)
        remembered = user.account.rooms or {} if user.account else {}
        is_theirs = place.key in user.rooms or place.key in remembered
        return is_theirs and self._realm.rulebook.may_stay(user, place)
