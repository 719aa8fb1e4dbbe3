"""One connection as the core sees it: who is there, how it speaks, where its bytes go. Knows
neither sockets nor styles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.python.failure import Failure

from chat.history.journal import Journal
from chat.history.turns import Asker, Turns
from chat.vocabulary.clock import Task
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Entered, Event, Said
from chat.vocabulary.limits import ANSWER_BYTES, TRUSTED_PEOPLE, WAITING_ANSWERS_BYTES
from chat.vocabulary.settings import Settings

if TYPE_CHECKING:
    from chat.realm.audience import Audience, Delivery
    from chat.realm.catchup import CatchUp
    from chat.realm.room import Room
    from chat.realm.user import Device, User


T = TypeVar("T")


class Connection(Protocol):
    """What carries a session's bytes: a TCP connection, later a WebSocket."""

    is_private: bool
    """Nobody on the way can read what is sent."""
    host: str | None
    """The address that it comes from, if that is known."""
    origin: str
    """Where it comes from: what it has in common with other connections of the same person."""
    is_trusted: bool
    """No limit binds those who come from there: they may well be many people."""

    def write(self, data: bytes) -> None:
        """Send the bytes, in order, without ever blocking or raising."""

    def offer(self, data: bytes) -> bool:
        """Send the bytes, unless the client does not keep up. Returns whether they were taken."""

    def ready(self) -> Deferred[None]:
        """Fires in a turn of its own, as soon as the client keeps up; or when it is gone."""

    def spend(self, lines: int) -> None:
        """The line that is being received counts as that many lines more."""

    def hold(self) -> None:
        """Receive no further line until `release`."""

    def release(self) -> None:
        """Receive again."""

    def close(self) -> None:
        """Send what has been written, then hang up."""

    def entered(self, username: str) -> None:
        """Take note that this is the connection of that user."""

    def note(self, what: str, username: str) -> None:
        """Take note, for whoever runs the server, of something about an account that was done here,
        or of why somebody was refused: see chat.logbook.visits."""

    def fail(self, failure: Failure) -> None:
        """An unexpected error: log it, apologise and hang up."""


class Gone:
    """The connection of a session whose client is gone. Implements Connection."""

    is_private = True
    host: str | None = None
    origin = ""
    is_trusted = False

    def write(self, data: bytes) -> None:
        """Nobody is there to read it."""

    def offer(self, data: bytes) -> bool:
        """Nobody is there to miss it."""
        return True

    def ready(self) -> Deferred[None]:
        """There is nothing to wait for."""
        return succeed(None)

    def spend(self, lines: int) -> None:
        """Nothing comes any more."""

    def hold(self) -> None:
        """Nothing comes any more."""

    def release(self) -> None:
        """Nothing comes any more."""

    def close(self) -> None:
        """It is closed."""

    def entered(self, username: str) -> None:
        """The client is gone already."""

    def note(self, what: str, username: str) -> None:
        """From where it was is not known any more."""

    def fail(self, failure: Failure) -> None:
        """What went wrong went wrong for nobody who is here."""


GONE: Final = Gone()


class Dialect(Protocol):
    """How events and refusals look on a wire, and what a line means."""

    alike: bool
    """Whether speakers hear their own messages in a room as all the others do."""
    has_one_room: bool
    """Whether its lines name no room, so that a session is in one room at a time."""
    is_stamped: bool
    """Whether its messages have their numbers, so that a client can tell what it has read."""

    hears_devices: bool
    """Whether it tells that somebody who is in a room is there with one more connection."""

    def receive(self, session: Session, line: bytes) -> None:
        """Do what a line, without its end, asks for."""

    def encode(self, event: Event) -> bytes:
        """The event as whole lines; empty if this dialect does not tell it."""

    def own(self, said: Said) -> bytes:
        """What speakers hear of their own message, where that is not what the others hear."""

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        """The refusal of a line that came with that token, or with none, as a whole line."""


class Surroundings(Protocol):
    """What a session needs of the realm that it is in."""

    journal: Journal
    delivery: Delivery
    reading: Turns
    telling: Turns
    settings: Settings

    @property
    def at(self) -> int:
        """The time in ms since 1970 UTC."""

    def tell_a_piece(self, tell: Task, /) -> Deferred[None]:
        """Call `tell` at once; fires in the next turn of the reactor."""

    def enter(self, session: Session, word: str, room: str | None, /) -> User:
        """Somebody says who they are, and to which room they come, if to any. Raises ChatError."""

    def depart(self, session: Session, user: User, /) -> None:
        """A connection of a user is gone."""

    def replay_to(self, session: Session, room: Room, /) -> None:
        """Send a session the last messages of a room that it has come to, then let it go on."""


class Session:
    """A connection's part in the realm.

    seam: what its door asks and does things through: see chat.queries.seam. Nothing here looks at
        it.
    """

    __slots__ = (
        "_asked",
        "_held",
        "_waiting",
        "audiences",
        "catching_up",
        "connection",
        "device",
        "dialect",
        "ended",
        "offer",
        "position",
        "realm",
        "room",
        "seam",
        "token",
        "user",
        "write",
    )

    def __init__(
        self, realm: Surroundings, dialect: Dialect, connection: Connection, seam: Any = None
    ) -> None:
        self.realm = realm
        self.seam = seam
        self.dialect = dialect
        self.connection = connection
        self.write: Callable[[bytes], None] = connection.write
        self.offer: Callable[[bytes], bool] = connection.offer
        self.audiences: tuple[Audience, ...] = ()
        """The audiences of the rooms that it hears, as of what has been delivered."""
        self.catching_up: CatchUp | None = None
        """Its way back where it has not been sent all that it hears."""
        self.user: User | None = None
        self.device: Device | None = None
        """What is known of it, if its owner has proved which account is theirs."""
        self.room: Room | None = None
        """The current room of a style that has one."""
        self.position = 0
        """The position in the journal of the last entry that waits there for this session."""
        self.token = ""
        """What the line that is being received is called by its client, if it has a name for it."""
        self.ended = False
        self._asked: set[Deferred[Any]] = set()  # what the store is asked for it
        self._waiting = 0  # bytes of answers that wait for the store
        self._held = False  # its connection is held, as these are too many

    def enter(self, word: str, room: str | None, dialect: Dialect) -> User:
        """Somebody says who they are, to come to a room or to none: from now on the session is that
        user's, in that dialect. Realm.settle is to follow, once they have their answer.

        Raises ChatError as Realm.enter does, and changes nothing then.
        """
        try:
            user = self.user = self.realm.enter(self, word, room)
        except ChatError as error:
            is_of_room = error.grounds is not None and error.grounds.room
            self.connection.note("banned-from-room" if is_of_room else error.code, word)
            raise
        self.dialect = dialect
        self.connection.entered(user.name)
        return user

    def sign_out(self) -> None:
        """Hang up: the user has to prove anew who they are."""
        if not self.ended:
            self.depart()
            self.refuse(ChatError("signed-out"))
            self.after(self.connection.close)

    @property
    def says_read(self) -> bool:
        """Whether its client says what was read; otherwise whatever it was sent counts as read."""
        return self.dialect.is_stamped or (self.device is not None and self.device.says_read)

    def note_own(self, key: str, name: str, number: int) -> None:
        """A message was said at this session, which is an account's: so it has been read here."""
        if self.user is not None and self.device is not None:
            self.user.mark(key, name, number)
            self.device.say(key, number)

    def has_said(self, key: str, said: Said) -> bool:
        """Whether it is this connection that has said a message, of late."""
        if self.user is None or said.user != self.user.name:
            return False
        return self.device is None or self.device.has_said(key, said.number)

    def refuse_now(self, error: ChatError, token: str = "") -> None:
        """Answer with the refusal of what came with a token, before all that waits."""
        self.write(self.dialect.refusal(error, token))

    def hear(self, event: Event) -> None:
        """Be told an event after all that this session has caused before."""
        data = self.dialect.encode(event)
        self.after(partial(self.write, data), len(data))

    def welcome(self, room: Room) -> None:
        """Tell the session that it is in a room, and have it sent the room's last messages."""
        self.hear(Entered(room.key, room.name, self.realm.at))
        self.be_sent_last_of(room)

    def be_sent_last_of(self, room: Room) -> None:
        """Be sent as many of a room's last messages as somebody who comes there is sent."""
        if self.realm.settings.replay:
            self.connection.hold()
            self.after(partial(self.realm.replay_to, self, room))

    def refuse(self, error: ChatError) -> None:
        """Answer with a refusal, in order like a reply."""
        self.after(partial(self.write, self.dialect.refusal(error, self.token)))

    def after(self, act: Callable[[], object], size: int = 0) -> None:
        """Call `act`, which writes `size` bytes, as soon as all that this session has said has been
        delivered."""
        journal = self.realm.journal
        if self.position > journal.delivered:
            size += ANSWER_BYTES
            self._waiting += size
            if self._waiting > WAITING_ANSWERS_BYTES and not self._held:
                self._held = True
                self.connection.hold()
            self.position = journal.then(partial(self._up_to_date, act, size))
        else:
            act()

    def in_order(self, act: Callable[[], object]) -> None:
        """Call `act` when all that anyone has said before has been delivered."""
        self.position = self.realm.journal.then(act)

    def wait_for_others(self) -> None:
        """What the session is told from now on comes behind all that anyone has said before."""
        self.in_order(lambda: None)

    def ask(self, turns: Turns, ask: Callable[[], Deferred[T]]) -> Deferred[T]:
        """What `ask` returns, when it is this session's turn to have the store asked for something.
        When its client is gone that is dropped. Fails with ChatError: no-history, then."""
        connection, user = self.connection, self.user
        people = TRUSTED_PEOPLE if connection.is_trusted else 1.0
        asker = Asker(connection.origin, user.key if user else "", people)
        found = turns.take(asker, ask)
        if not found.called:
            self._asked.add(found)
            found.addBoth(self._answered, found).addErrback(_dropped)
        return found

    def turn(self) -> Deferred[None]:
        """Fires when it is this session's turn to be told a piece of a long answer; or when its
        client is gone. Only one session has it in each turn of the reactor."""
        mine: Deferred[None] = Deferred()
        go_on = partial(self.realm.tell_a_piece, partial(mine.callback, None))
        self.ask(self.realm.telling, go_on).addErrback(partial(_gone, mine))
        return mine

    def _answered(self, result: T, found: Deferred[Any]) -> T:
        self._asked.discard(found)
        return result

    def rest(self) -> int:
        """Say nothing more until all that has been said by now is delivered. Returns the journal's
        position for that."""
        self.connection.hold()
        return self.realm.journal.then(lambda: self.connection.release())

    def _up_to_date(self, act: Callable[[], object], size: int) -> None:
        """Call `act` when this session has heard all that it was told before."""
        self.realm.delivery.flush_to(self)
        self._waiting -= size
        try:
            act()
        finally:
            if self._held and not self._waiting:
                self._held = False
                self.connection.release()

    def end(self, last_words: bytes = b"") -> None:
        """Take the user out of the realm, say the last words and hang up, in this order."""
        if self.ended:
            return
        self.depart()
        if last_words:
            self.after(partial(self.write, last_words), len(last_words))
        self.after(self.connection.close)

    def change(self, dialect: Dialect) -> None:
        """From here on speak and hear another dialect."""
        audiences = [audience for audience in self.audiences if audience.remove(self)]
        self.dialect = dialect
        for audience in audiences:
            audience.add(self)

    def depart(self) -> None:
        """The user is gone, whether they said so or their connection broke."""
        if not self.ended and self.user is not None:
            self.realm.depart(self, self.user)
        self.ended = True

    def disconnect(self) -> None:
        """The client is gone; what is still on its way to it is lost."""
        self.depart()
        self.connection = GONE
        self.write = GONE.write
        self.offer = GONE.offer
        self.user = None
        for found in list(self._asked):
            found.cancel()


def _dropped(failure: Failure) -> None:
    """Nobody waits for it any more."""
    failure.trap(CancelledError)
    raise ChatError("no-history")


def _gone(mine: Deferred[None], failure: Failure) -> None:
    """There is nobody to wait for a turn."""
    failure.trap(ChatError)
    if not mine.called:
        mine.callback(None)
