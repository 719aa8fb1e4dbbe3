"""Who hears a room: one batch to many sessions, encoded once per dialect, written once per member.
Knows neither users nor sockets; a session that does not keep up goes the way of
chat.realm.catchup.

Writing goes in steps, so that whoever drives it can let others have their turn in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twisted.logger import Logger

from chat.realm.session import GONE, Dialect, Session
from chat.vocabulary.events import Event, Said
from chat.vocabulary.limits import PIECE_BYTES, WRITES_PER_STEP
from chat.vocabulary.pieces import pieces

log = Logger()

Caused = tuple[Event, Session | None]
"""An event, and the session that has caused it."""

Piece = tuple[bytes, int | None]
"""Whole lines, and the number of the last message up to their end; None in a batch's last piece."""


class Delivery:
    """The audiences to which something has to be told by the end of this round.

    fell_behind: called with a session that does not keep up, the audience that it is out of
        now, and the number of the last message that it was sent there (None: there has been none
        since the room was opened).
    """

    def __init__(self, fell_behind: Callable[[Session, Audience, int | None], None]) -> None:
        self.fell_behind = fell_behind
        self.told: list[Audience] = []

    def flush(self) -> Iterator[None]:
        """Write all that has been told; after the last step everyone is up to date."""
        told, self.told = self.told, []
        for audience in told:
            try:
                yield from audience.flush()
            except Exception:
                log.failure("a room could not be told")

    def flush_to(self, session: Session) -> None:
        """Write what this session is to hear, before it hears something else."""
        for audience in session.audiences:
            audience.flush_to(session)


class Audience:
    """The sessions that hear a room, grouped by dialect, so that nothing is decided per member.

    It follows the room's members at the place in the journal's order where they came and went. A
    session that comes in the middle of a batch, or has been sent a part of it already, is sent the
    rest apart. A session that hears the room is in one of the groups, or behind: it has a lag then,
    and nothing is written to it here. Never both.

    key: what the store calls the room.
    name: what people call it.
    """

    __slots__ = ("_batch", "_delivery", "_groups", "_starts", "_written", "first", "key", "last",
                 "name")  # fmt: skip

    def __init__(self, key: str, name: str, delivery: Delivery) -> None:
        self.key = key
        self.name = name
        self._delivery = delivery
        self._groups: dict[Dialect, dict[Session, None]] = {}
        self._batch: list[Caused] = []
        self._starts: dict[Session, int] = {}  # where the batch begins for some of them
        self._written: int | None = None  # the last message before the batch
        self.last: int | None = None
        """The number of the last message that was told, or was stored before any was told."""
        self.first: int | None = None
        """The number of the last message before those that were told; None where that is not
        known."""

    def begin(self, number: int) -> None:
        """Note the number of the last message before those that are told, if it was not known."""
        if self.first is None:
            self.first = self.last = self._written = number

    def come(self, session: Session) -> None:
        """The session has come; it hears nothing until it is added."""
        session.audiences += (self,)

    def add(self, session: Session) -> None:
        """From here on the session hears what is told."""
        self._groups.setdefault(session.dialect, {})[session] = None
        if self._batch:
            self._starts[session] = len(self._batch)

    def go(self, session: Session) -> None:
        """From here on the session hears no more, but what was told before it still hears."""
        session.audiences = tuple(heard for heard in session.audiences if heard is not self)
        self.remove(session)
        if session.catching_up:
            session.catching_up.drop(self.key)

    def remove(self, session: Session) -> bool:
        """The session is sent what was told, and nothing more. Returns whether it was up to date
        then; otherwise it is behind."""
        self.flush_to(session)
        if session not in self._groups.get(session.dialect, ()):
            return False
        self._drop(session)
        return True

    def hear(self, said: Said, by: Session) -> None:
        """A message said here has been stored: tell it."""
        if self.last is None:
            self.begin(said.number - 1)
        self.last = said.number
        if by.device is not None:
            by.note_own(self.key, self.name, said.number)
        if not self._batch:
            self._delivery.told.append(self)
        self._batch.append((said, by))

    def repeat(self, said: Said, to: Session) -> None:
        """A message said here had been stored before: tell it to its speaker."""
        self.flush_to(to)
        to.write(to.dialect.own(said))

    def tell(self, event: Event, by: Session | None = None) -> None:
        """Add an event, caused `by` a session, to what is written at the next flush."""
        if not self._batch:
            self._delivery.told.append(self)
        self._batch.append((event, by))

    def tell_devices(self, event: Event) -> None:
        """The same for an event that few dialects tell: where none does, nothing is written."""
        if any(dialect.hears_devices for dialect in self._groups):
            self.tell(event)

    def flush(self) -> Iterator[None]:
        """Write what has been told to everyone who is to hear it, in steps."""
        batch, self._batch = self._batch, []
        starts, self._starts = self._starts, {}
        before, self._written = self._written, self.last
        # A session let in between two steps has had this batch from the history.
        groups = [(dialect, dict(group)) for dialect, group in self._groups.items()]
        for dialect, group in groups:
            lines = [dialect.encode(event) for event, _ in batch]
            sessions, apart = list(group), dict[Session, int]()
            if starts or not dialect.alike:
                apart = _apart(dialect, group, batch, starts)
                sessions = [session for session in sessions if session not in apart]
            if told := _pieces(lines, batch, before):
                for at in range(0, len(sessions), WRITES_PER_STEP):
                    self._write(sessions[at : at + WRITES_PER_STEP], told, before)
                    yield
            for session, start in apart.items():
                self._write_part(session, batch, start, before, lines)
                yield

    def flush_to(self, session: Session) -> None:
        """Write to one session what has been told, before the others."""
        if self._batch and session in self._groups.get(session.dialect, ()):
            start = self._starts.get(session, 0)
            self._starts[session] = len(self._batch)
            self._write_part(session, self._batch, start, self._written)

    def _write(self, sessions: list[Session], told: list[Piece], before: int | None) -> None:
        """Write all pieces. A session that does not take one is dropped, and has had the messages
        up to a number: `before` any piece, or that of the last piece before."""
        (first, number), *others = told
        for session in sessions:
            try:
                if not session.offer(first):
                    self._fall_behind(session, before)
                elif others:
                    self._write_others(session, others, number)
            except Exception:
                log.failure("a connection could not be written to and is closed")
                session.connection.close()

    def _write_others(self, session: Session, told: list[Piece], before: int | None) -> None:
        for data, number in told:
            if not session.offer(data):
                self._fall_behind(session, before)
                return
            before = number

    def _fall_behind(self, session: Session, number: int | None) -> None:
        self._drop(session)
        self._delivery.fell_behind(session, self, number)

    def _write_part(
        self,
        session: Session,
        batch: list[Caused],
        start: int,
        before: int | None,
        lines: list[bytes] | None = None,
    ) -> None:
        """Write the rest of a batch, with the session's own messages as it hears them."""
        if session.connection is GONE:
            return
        dialect = session.dialect
        for event, _ in batch[:start]:
            if isinstance(event, Said):
                before = event.number
        rest = batch[start:]
        lines = lines[start:] if lines else [dialect.encode(event) for event, _ in rest]
        if not dialect.alike:
            for at, (event, by) in enumerate(rest):
                if by is session:
                    lines[at] = dialect.own(event) if isinstance(event, Said) else b""
        if told := _pieces(lines, rest, before):
            self._write([session], told, before)

    def _drop(self, session: Session) -> None:
        group = self._groups[session.dialect]
        del group[session]
        if not group:
            del self._groups[session.dialect]


def _apart(
    dialect: Dialect, group: dict[Session, None], batch: list[Caused], starts: dict[Session, int]
) -> dict[Session, int]:
    """The sessions of a group that are not sent the batch as all the others, and where it begins
    for them."""
    apart = {session: start for session, start in starts.items() if session in group}
    if not dialect.alike:
        for _, by in batch:
            if by in group:
                apart.setdefault(by, 0)
    return apart


def _pieces(lines: list[bytes], batch: list[Caused], before: int | None) -> list[Piece]:
    """The lines of a batch, joined as far as they may be written at once."""
    data = b"".join(lines)
    if len(data) <= PIECE_BYTES:
        return [(data, None)] if data else []
    numbers, number = list[int | None](), before
    for event, _ in batch:
        number = event.number if isinstance(event, Said) else number
        numbers.append(number)
    return list(pieces(zip(lines, numbers, strict=True)))
