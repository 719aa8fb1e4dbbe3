"""The commands for accounts: what is the same in all styles of somebody who is here."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.dialects.commands.proofs import check_is_private, when_done
from chat.dialects.commands.questions import number_of
from chat.dialects.lines import UserDialect
from chat.history.account_records import Bookmark
from chat.moderation.rulebook import Rulebook
from chat.realm.conversation import conversation
from chat.realm.device import Device
from chat.realm.session import Session
from chat.realm.user import User, user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Marked
from chat.vocabulary.limits import MENTIONS_MOST
from chat.vocabulary.names import Name, username


class Unread(NamedTuple):
    """A room where something is unread. read: the last message that was read."""

    room: str
    unread: int
    mentions: int
    read: int


class AccountDialect(UserDialect):
    """What somebody who is here can do with an account."""

    def done(self, what: str) -> str:
        """The answer to a command that tells nothing but that it was done."""
        return "OK"

    def do_register(self, session: Session, rest: str) -> None:
        """REGISTER <password>  ->  OK; your username is yours from now on"""
        check_is_private(session)
        user = user_of(session)
        registered = session.realm.register(session, user, rest.strip())
        done = f"registered {user.name}"
        when_done(session, registered, lambda _: session.reply(self.done(done)))

    def do_password(self, session: Session, rest: str) -> None:
        """PASSWORD <old password> <new password>  ->  OK; from now on it is the new one, and your
        other connections are sent away"""
        check_is_private(session)
        words = rest.split()
        if len(words) < 2:
            raise ChatError("missing-password")
        if len(words) > 2:
            raise ChatError("bad-password")
        changed = session.realm.people.change_password(session, user_of(session), *words)
        when_done(session, changed, lambda _: session.reply(self.done("password changed")))

    def do_unregister(self, session: Session, rest: str) -> None:
        """UNREGISTER <password>  ->  OK; your username is nobody's any more"""
        check_is_private(session)
        user, realm = user_of(session), session.realm

        def finish(_: None) -> None:
            session.reply(self.done(f"{user.name} is not registered any more"))
            realm.membership.look_again(user)  # it may be somewhere where guests are not

        when_done(session, realm.people.unregister(session, user, rest.strip()), finish)

    def do_read(self, session: Session, rest: str) -> None:
        """READ <room> <number>  ->  OK; you have read that room up to there, for CATCHUP"""
        device_of(session)
        words = rest.split()
        if len(words) < 2:
            raise ChatError("missing-number" if words else "missing-room")
        if len(words) > 2:
            raise ChatError("bad-argument", words[2])
        user, number = user_of(session), number_of(words[1])
        key, name = self._place(session, user, words[0])
        self._ask(session, partial(self._mark, session, user, key, name, number))

    def _place(self, session: Session, user: User, word: str) -> tuple[str, str]:
        """The key and name of a room that is the user's, or of a conversation."""
        if word.startswith("@"):
            other = username(word[1:])
            return conversation(user.key, other.key), f"@{other.shown}"
        name = session.realm.rooms.named(user, word)
        if user.account and user.account.rooms and name.key in user.account.rooms:
            session.realm.rulebook.check_enters(user, name)
            return name.key, name.shown
        room = session.realm.rooms.of(user, word)
        return room.key, room.name

    @inlineCallbacks
    def _mark(
        self, session: Session, user: User, key: str, name: str, number: int
    ) -> Generator[Deferred[Any], Any, None]:
        last = yield session.realm.store.last(key)
        if key[0] != "@" and not _may_read(session, user, Name(name, key)):
            raise ChatError("not-in-room", name)
        before = user.read.get(key, 0)
        reached = user.read[key] = max(before, min(number, last))
        device_of(session).says_read = True
        user.mark(key, name, reached)
        yield session.realm.marks.keep(user)
        session.write((self.done(f"read {name} {reached}") + "\n").encode())
        for other in list(user.sessions) if reached > before else ():
            if other is not session:
                other.hear(Marked(name, reached))

    def do_catchup(self, session: Session, rest: str) -> None:
        """CATCHUP  ->  CATCHUP <room> <unread> <mentions> <number> for each room with unread
        messages, those that name you first; HISTORY <room> AFTER <number> has them"""
        device_of(session)
        if rest.strip():
            raise ChatError("bad-argument", rest.strip())
        self._ask(session, partial(self._tell_unread, session, user_of(session)))

    @inlineCallbacks
    def _tell_unread(self, session: Session, user: User) -> Generator[Deferred[Any], Any, None]:
        store = session.realm.store.accounts
        yield session.realm.marks.keep(user)
        places = yield store.bookmarks(user.key)
        unread = {
            place.key: place
            for place in places
            if place.last > place.read and _is_wanted(place, user, session.realm.rulebook)
        }
        rooms = {key: place.read for key, place in unread.items() if key[0] != "@"}
        hidden = yield session.realm.store.moderation.hidden_after(rooms)
        mentions = yield store.mentions(user.key, user.name, rooms, MENTIONS_MOST)
        rulebook = session.realm.rulebook
        unread = {key: each for key, each in unread.items() if _is_wanted(each, user, rulebook)}
        found = [
            Unread(
                place.name,
                place.last - place.read - hidden.get(key, 0),
                mentions.get(key, 0) if key in rooms else place.last - place.read,
                place.read,
            )
            for key, place in unread.items()
            if place.last - place.read > hidden.get(key, 0)
        ]
        found.sort(key=lambda one: (-one.mentions, -one.unread))
        lines = [f"CATCHUP {' '.join(map(str, one))}" for one in found]
        yield session.write_lines([*lines, *self.closing(len(found), "room", "unread")])


def device_of(session: Session) -> Device:
    """What is known of a session of an account. Raises ChatError: account-required."""
    if session.device is None:
        raise ChatError("account-required")
    return session.device


def _may_read(session: Session, user: User, name: Name) -> bool:
    """Whether a room is one of somebody's, and one where it may be."""
    remembered = user.account.rooms or {} if user.account else {}
    is_its = name.key in user.rooms or name.key in remembered
    return is_its and session.realm.rulebook.may_stay(user, name)


def _is_wanted(place: Bookmark, user: User, rulebook: Rulebook) -> bool:
    """Whether it is to be told what is unread there."""
    if place.key[0] == "@" or place.key in user.rooms:
        return True
    return place.is_joined and rulebook.may_stay(user, Name(place.name, place.key))
