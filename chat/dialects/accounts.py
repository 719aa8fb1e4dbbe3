"""The commands for accounts: what is the same in all styles of somebody who is here."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.accounts.directory import Account
from chat.conversation import conversation
from chat.dialects.asking import number_of
from chat.dialects.dialect import UserDialect
from chat.dialects.proving import check_is_private, when_done
from chat.errors import ChatError
from chat.events import Marked
from chat.limits import MENTIONS_MOST
from chat.names import username
from chat.realm import user_of
from chat.session import Session
from chat.user import User


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
        """PASSWORD <old password> <new password>  ->  OK; from now on it is the new one"""
        check_is_private(session)
        account, words = account_of(session), rest.split()
        if len(words) != 2:
            raise ChatError("bad-password")
        realm, origin = session.realm, session.connection.origin
        changed = realm.people.doorkeeper.change(account, origin, *words)
        when_done(session, changed, lambda _: session.reply(self.done("password changed")))

    def do_unregister(self, session: Session, rest: str) -> None:
        """UNREGISTER <password>  ->  OK; your username is nobody's any more"""
        check_is_private(session)
        given_up = session.realm.people.unregister(session, user_of(session), rest.strip())
        done = f"{user_of(session).name} is not registered any more"
        when_done(session, given_up, lambda _: session.reply(self.done(done)))

    def do_read(self, session: Session, rest: str) -> None:
        """READ <room> <number>  ->  OK; you have read that room up to there, for CATCHUP"""
        account_of(session)
        user, realm, words = user_of(session), session.realm, rest.split()
        if len(words) != 2:
            raise ChatError("bad-argument", words[2] if len(words) > 2 else "READ")
        number = number_of(words[1])
        if words[0].startswith("@"):
            other = username(words[0][1:])
            key, name = conversation(user.key, other.key), f"@{other.shown}"
        else:
            room = realm.room_of(user, words[0])
            key, name = room.key, room.name
        session.marks = True
        user.marks[key] = (name, number)
        self._ask(session, partial(self._mark, session, user, Marked(name, number)))

    @inlineCallbacks
    def _mark(
        self, session: Session, user: User, marked: Marked
    ) -> Generator[Deferred[Any], Any, None]:
        if waiting := session.realm.away.mark(user):
            yield waiting
        session.write((self.done(f"read {marked.room} {marked.number}") + "\n").encode())
        for other in list(user.sessions):
            if other is not session:
                other.hear(marked)

    def do_catchup(self, session: Session, rest: str) -> None:
        """CATCHUP  ->  CATCHUP <room> <unread> <mentions> <number> for each room with unread
        messages, those that name you first; HISTORY <room> AFTER <number> has them"""
        account_of(session)
        if rest.strip():
            raise ChatError("bad-argument", rest.strip())
        self._ask(session, partial(self._tell_unread, session, user_of(session)))

    @inlineCallbacks
    def _tell_unread(self, session: Session, user: User) -> Generator[Deferred[Any], Any, None]:
        store = session.realm.store.accounts
        if waiting := session.realm.away.mark(user):
            yield waiting
        places = yield store.places(user.key)
        unread = {
            place.key: place
            for place in places
            if place.last > place.read and (place.is_joined or place.key[0] == "@")
        }
        rooms = {key: place.read for key, place in unread.items() if key[0] != "@"}
        mentions = yield store.mentions(user.key, user.name, rooms, MENTIONS_MOST)
        found = [
            Unread(
                place.name,
                place.last - place.read,
                mentions.get(key, 0) if key in rooms else place.last - place.read,
                place.read,
            )
            for key, place in unread.items()
        ]
        found.sort(key=lambda one: (-one.mentions, -one.unread))
        lines = [f"CATCHUP {' '.join(map(str, one))}" for one in found]
        yield session.write_lines([*lines, *self.closing(len(found), "room", "unread")])


def account_of(session: Session) -> Account:
    """The account of a session. Raises ChatError: account-required."""
    if session.account is None:
        raise ChatError("account-required")
    return session.account
