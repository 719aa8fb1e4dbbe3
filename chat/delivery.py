"""One batch to many sessions: encoded once per dialect, written once per member."""

from __future__ import annotations

from twisted.logger import Logger

from chat.events import Event, Said
from chat.session import Dialect, Session

log = Logger()


class Delivery:
    """What has to be told by the end of this round."""

    def __init__(self) -> None:
        self._told: dict[Audience, None] = {}

    def audience(self) -> Audience:
        """A new, empty audience."""
        return Audience(self._told)

    def flush(self) -> None:
        """Write all that has been told; after this everyone is up to date."""
        while self._told:
            next(iter(self._told)).flush()

    def flush_to(self, session: Session) -> None:
        """Write what this session is to hear, before it hears something else."""
        for audience in [told for told in self._told if session in told]:
            audience.flush()


class Audience:
    """The sessions that hear a room, grouped by dialect, so that nothing is decided per member.

    It follows the room's members at the place in its order where they came and went.
    """

    __slots__ = ("_batch", "_behind", "_groups", "_told", "last")

    def __init__(self, told: dict[Audience, None]) -> None:
        self._told = told
        self._groups: dict[Dialect, dict[Session, None]] = {}
        self._batch: list[tuple[Event, Session | None]] = []
        self._behind: set[Session] = set()
        self.last: int | None = None
        """The number of the last message that was told; None where that is not known."""

    def __contains__(self, session: Session) -> bool:
        return session in self._groups.get(session.dialect, ())

    def is_behind(self, session: Session) -> bool:
        """Whether the session waits to be brought up to what has been told."""
        return session in self._behind

    def add(self, session: Session) -> None:
        """From here on the session hears what is told."""
        self.flush()
        self._behind.discard(session)
        self._groups.setdefault(session.dialect, {})[session] = None

    def add_behind(self, session: Session) -> None:
        """The session has come, and hears nothing until it is added."""
        self._behind.add(session)

    def remove(self, session: Session) -> None:
        """From here on it does not, but what was told before it still hears."""
        if session in self._behind:
            self._behind.discard(session)
            return
        self.flush()
        group = self._groups[session.dialect]
        del group[session]
        if not group:
            del self._groups[session.dialect]

    def tell(self, event: Event, by: Session | None = None) -> None:
        """Add an event, caused `by` a session, to what is written at the next flush."""
        self._told[self] = None
        self._batch.append((event, by))

    def flush(self) -> None:
        """Write what has been told to everyone who is to hear it."""
        self._told.pop(self, None)
        if not self._batch:
            return
        batch, self._batch = self._batch, []
        for dialect, group in self._groups.items():
            lines = [dialect.encode(event) for event, _ in batch]
            data = b"".join(lines)
            if dialect.alike:
                _write_all(list(group), data)
                continue
            speakers = {by for _, by in batch if by in group}
            _write_all([session for session in group if session not in speakers], data)
            for speaker in speakers:
                told = zip(lines, batch, strict=True)
                own = [
                    _own(event, speaker) if by is speaker else line for line, (event, by) in told
                ]
                _write_all([speaker], b"".join(own))


def _own(event: Event, speaker: Session) -> bytes:
    return speaker.dialect.own(event) if isinstance(event, Said) else b""


def _write_all(sessions: list[Session], data: bytes) -> None:
    if not data:
        return
    for session in sessions:
        try:
            session.write(data)
        except Exception:
            log.failure("a connection could not be written to and is closed")
            session.connection.close()
