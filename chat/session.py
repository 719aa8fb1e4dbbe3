"""One connection as the core sees it: who is there, how it speaks, where its bytes go."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from twisted.python.failure import Failure

from chat.errors import ChatError
from chat.events import Event

if TYPE_CHECKING:
    from chat.realm import Realm, User
    from chat.room import Room


class Connection(Protocol):
    """What carries a session's bytes: a TCP connection, later a WebSocket."""

    def write(self, data: bytes) -> None:
        """Send the bytes, in order, without ever blocking or raising."""

    def hold(self) -> None:
        """Receive no further line until `release`."""

    def release(self) -> None:
        """Receive again."""

    def close(self) -> None:
        """Send what has been written, then hang up."""

    def entered(self, username: str) -> None:
        """Take note that this is the connection of that user."""

    def fail(self, failure: Failure) -> None:
        """An unexpected error: log it, apologise and hang up."""


class Gone:
    """The connection of a session whose client is gone. Implements Connection."""

    def write(self, data: bytes) -> None:
        """Nobody is there to read it."""

    def hold(self) -> None:
        """Nothing comes any more."""

    def release(self) -> None:
        """Nothing comes any more."""

    def close(self) -> None:
        """It is closed."""

    def entered(self, username: str) -> None:
        """Too late."""

    def fail(self, failure: Failure) -> None:
        """What went wrong went wrong for nobody."""


GONE: Final = Gone()


class Dialect(Protocol):
    """How events and refusals look on a wire, and what a line means."""

    echoes: bool
    """Whether a speaker hears its own messages in a room."""

    def receive(self, session: Session, line: bytes) -> None:
        """Do what a line, without its end, asks for."""

    def encode(self, event: Event) -> bytes:
        """The event as whole lines; empty if this dialect does not tell it."""

    def refusal(self, error: ChatError) -> bytes:
        """The refusal as a whole line."""


class Session:
    """A connection's place in the realm."""

    __slots__ = ("connection", "dialect", "ended", "mark", "realm", "room", "user", "write")

    def __init__(self, realm: Realm, dialect: Dialect, connection: Connection) -> None:
        self.realm = realm
        self.dialect = dialect
        self.connection = connection
        self.write: Callable[[bytes], None] = connection.write
        self.user: User | None = None
        self.room: Room | None = None
        """The current room of a style that has one."""
        self.mark = 0
        """The journal's number for the last thing that waits there for this session."""
        self.ended = False

    def enter(self, word: str, dialect: Dialect) -> User:
        """Say who it is: from now on it is that user, and speaks and hears that dialect.

        Raises ChatError as Realm.enter does, and changes nothing then.
        """
        user = self.user = self.realm.enter(self, word)
        self.dialect = dialect
        self.connection.entered(user.name)
        return user

    def reply(self, *lines: str) -> None:
        """Answer with these lines, after everything this session has caused before."""
        data = "".join(line + "\n" for line in lines).encode()
        self.after(partial(self.write, data))

    def refuse(self, error: ChatError) -> None:
        """Answer with a refusal, in order like a reply."""
        self.after(partial(self.write, self.dialect.refusal(error)))

    def after(self, act: Callable[[], object]) -> None:
        """Call `act` as soon as all that this session has said has been delivered."""
        journal = self.realm.journal
        if self.mark > journal.delivered:
            self.mark = journal.then(partial(self._up_to_date, act))
        else:
            act()

    def _up_to_date(self, act: Callable[[], object]) -> None:
        """Call `act` when this session has heard all that it was told before."""
        self.realm.delivery.flush_to(self)
        act()

    def end(self, *last_words: str) -> None:
        """Take the user out of the realm, say the last words and hang up, in this order."""
        if self.ended:
            return
        self.depart()
        if last_words:
            self.reply(*last_words)
        self.after(self.connection.close)

    def depart(self) -> None:
        """The user is gone, whether it said so or its connection broke."""
        if not self.ended and self.user is not None:
            self.realm.depart(self.user)
        self.ended = True

    def disconnect(self) -> None:
        """The client is gone; what is still on its way to it is lost."""
        self.depart()
        self.connection = GONE
        self.write = GONE.write
        self.user = None
