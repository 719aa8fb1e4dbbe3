"""Somebody who is here: a guest at one connection, or an account's owner at many devices. Knows no
wire."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, cast

from chat.accounts.directory import Account
from chat.realm.session import GONE, Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import OWN_MESSAGES
from chat.vocabulary.names import Name

if TYPE_CHECKING:
    from chat.realm.room import Room


class User:
    """Somebody who is here, from the first of their connections to the last.

    A connection of a style with many rooms hears all rooms of its user; one of a style with one
    room is in one of them.

    since: when they came, in ms since 1970 UTC.
    account: the one that has their name; None for a guest.
    sessions: their connections, in the order in which these came.
    listeners: the sessions that hear direct messages to them, as of what has been delivered.
    rooms: the rooms they are in, by key, in the order in which they joined them.
    words: the rooms they are in, by the words that they have used for them.
    joined: the keys of the rooms that they have joined in a style with many rooms.
    conversations: the keys of the conversations that are known to have a bookmark of the account.
    read: how far they have said that they have read, by the key of the place.
    marks: how far they have read, where the store does not know it: names and numbers, by key.
    """

    __slots__ = (
        "__weakref__",
        "account",
        "conversations",
        "joined",
        "key",
        "listeners",
        "marks",
        "name",
        "read",
        "rooms",
        "sessions",
        "since",
        "words",
    )

    def __init__(self, name: Name, since: int, account: Account | None = None) -> None:
        self.name, self.key = name
        self.since = since
        self.account = account
        self.sessions: dict[Session, None] = {}
        self.listeners: list[Session] = []
        self.rooms: dict[str, Room] = {}
        self.words: dict[str, Room] = {}
        self.joined: dict[str, None] = {}  # dicts, as an empty set is three times as large
        self.conversations: dict[str, None] = {}
        self.marks: dict[str, tuple[str, int]] = {}
        self.read: dict[str, int] = {}

    def be_guest(self) -> None:
        """Their name is no account's any more."""
        self.account = None
        self.conversations.clear()
        self.marks.clear()
        self.read.clear()

    def mark(self, key: str, name: str, number: int) -> None:
        """The account has read a place up to that number."""
        if number > self.marks.get(key, ("", 0))[1]:
            self.marks[key] = (name, number)

    @property
    def reachable(self) -> list[Session]:
        """The listeners whose clients are not gone."""
        return [session for session in self.listeners if session.connection is not GONE]

    @property
    def hosts(self) -> list[str]:
        """The addresses that their connections come from, each once."""
        hosts = (session.connection.host for session in self.sessions)
        return [host for host in dict.fromkeys(hosts) if host]

    @property
    def origins(self) -> list[str]:
        """Where their connections come from: see Connection.origin."""
        return [session.connection.origin for session in self.sessions]

    @property
    def account_name(self) -> str:
        """What events say of their account; empty for a guest."""
        return self.name if self.account is not None else ""

    @property
    def hearers(self) -> list[Session]:
        """The connections that hear all their rooms."""
        return [session for session in self.sessions if not session.dialect.has_one_room]

    def needs(self, room: Room) -> bool:
        """Whether any of their connections is in that room for more than hearing it."""
        return room.key in self.joined or any(session.room is room for session in self.sessions)


class Device:
    """A connection that has proved whose it is.

    account: whose it is.
    proof: what the account's secret was when that was proved.
    says_read: its client says what was read; otherwise whatever it was sent counts as read.
    letters: the number of the first message that it hears of a conversation, by key.
    sent: how far it has been sent its conversations: names and numbers, by key.
    since: the number of the last message before those that it hears of a room, by key; None where
        that was not known.
    """

    __slots__ = ("_said", "account", "letters", "proof", "says_read", "sent", "since")

    def __init__(self, account: Account, proof: int) -> None:
        self.account = account
        self.proof = proof
        self.says_read = False
        self.letters: dict[str, int] = {}
        self.sent: dict[str, tuple[str, int]] = {}
        self.since: dict[str, int | None] = {}
        self._said: deque[tuple[str, int]] = deque(maxlen=OWN_MESSAGES)

    def say(self, key: str, number: int) -> None:
        """It is this connection that has said that message."""
        self._said.append((key, number))

    def has_said(self, key: str, number: int) -> bool:
        """Whether it is this connection that has said that message, of late."""
        return (key, number) in self._said


def user_of(session: Session) -> User:
    """The user of a session that has one, as every session in a UserDialect has."""
    return cast(User, session.user)


def device_of(session: Session) -> Device:
    """What is known of a session of an account. Raises ChatError: account-required."""
    if session.device is None:
        raise ChatError("account-required")
    return session.device
