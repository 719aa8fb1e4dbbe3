"""What two people say to each other alone. Knows no wire."""

from __future__ import annotations

from typing import Protocol

from chat.realm.audience import Delivery
from chat.realm.catchup import CatchUp, Lag, Letters, whispered
from chat.realm.mailbox import Mailbox
from chat.realm.session import Session
from chat.realm.user import User
from chat.vocabulary.events import Said
from chat.vocabulary.names import Name, conversation_key


class Surroundings(Protocol):
    """What a conversation needs of the realm that it is in."""

    delivery: Delivery
    mailbox: Mailbox

    def fall_behind(self, session: Session, lag: Lag, /) -> CatchUp:
        """A session has not been sent all that it hears. Returns its way back."""


class Conversation:
    """One direction of a conversation, which has one history, whoever began.

    realm: where the two are. user: who speaks. name: the other one's. other: the other one, or None
    where the name is an account's and nobody of that is here.
    """

    __slots__ = ("_name", "_other", "_realm", "_user", "key")

    def __init__(self, realm: Surroundings, user: User, name: Name, other: User | None) -> None:
        self.key = conversation_key(user.key, name.key)
        self._realm = realm
        self._user = user
        self._name = name
        self._other = other

    def hear(self, said: Said, by: Session) -> None:
        """A message said here has been stored: tell it to all connections of the other one, and
        to those of the speaker that have not said it."""
        if self._other is not None:
            self._tell_other(said, self._other, by)
        if self._user is not self._other:
            for session in self._user.reachable:
                if session is not by:
                    self._tell(session, said, f"@{self._name.shown}")
        if by.device is not None:
            by.note_own(self.key, f"@{self._name.shown}", said.number)
            self._realm.mailbox.begin(self._user, self.key, f"@{self._name.shown}", said.number, by)
        if said.token:
            self.repeat(said, by)

    def repeat(self, said: Said, to: Session) -> None:
        """The speaker has a token for a message, and waits to hear that it is stored."""
        self._realm.delivery.flush_to(to)
        to.write(to.dialect.own(said))

    def _tell_other(self, said: Said, other: User, by: Session) -> None:
        reachable = other.reachable
        for session in reachable:
            self._tell(session, said, f"@{said.user}")
        if other.account is None:
            return
        if not reachable:  # the last session went while the message was being stored
            self._realm.mailbox.keep(other, self.key, f"@{said.user}", said.number)
        else:
            self._realm.mailbox.begin(other, self.key, f"@{said.user}", said.number, by)

    def _tell(self, to: Session, said: Said, name: str) -> None:
        way = to.catching_up
        if to.device is not None:
            to.device.letters.setdefault(self.key, said.number)
        if way and (lag := way.lags.get(self.key)):
            lag.stream.last = said.number
            return
        self._realm.delivery.flush_to(to)
        is_own = self._user is not self._other and to in self._user.listeners
        event = whispered(said, self.key, name, is_own=is_own)
        if (way and way.is_looking) or not to.offer(to.dialect.encode(event)):
            letters = Letters(self.key, name, said.number)
            lag = Lag(letters, letters.first)
            self._realm.fall_behind(to, lag).start(lag)
        elif to.device is not None:
            to.device.sent[self.key] = (name, said.number)
