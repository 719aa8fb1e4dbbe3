"""One batch to many sessions: encoded once per dialect, written once per member."""

from typing import Any

from chat.delivery import Delivery
from chat.dialects.login import LoginDialect
from chat.dialects.rooms import RoomsDialect
from chat.events import Event, Joined, Said
from chat.session import GONE, Session


class Counted:
    """What a dialect has encoded."""

    def __init__(self) -> None:
        self.encoded: list[Event] = []

    def encode(self, event: Event) -> bytes:
        self.encoded.append(event)
        return super().encode(event)  # type: ignore[misc,no-any-return]


class CountedRooms(Counted, RoomsDialect):
    """The rooms style, counted."""


class CountedLogin(Counted, LoginDialect):
    """The login style, counted."""


def member(dialect: Any) -> tuple[Session, list[bytes]]:
    """A session, and what is written to it."""
    session = Session(None, dialect, GONE)  # type: ignore[arg-type]
    written: list[bytes] = []
    session.write = written.append
    return session, written


def said(number: int) -> Said:
    return Said("tea", "alice", str(number), number, 0)


def test_a_batch_is_encoded_once_and_written_once() -> None:
    """However many members there are, and however many messages."""
    delivery = Delivery()
    audience = delivery.audience()
    dialects = CountedRooms(), CountedLogin()
    members = [member(dialect) for dialect in dialects for _ in range(10)]
    for session, _ in members:
        audience.add(session)
    for number in (1, 2, 3):
        audience.tell(said(number))
    assert all(written == [] for _, written in members)
    delivery.flush()
    for dialect in dialects:
        assert dialect.encoded == [said(1), said(2), said(3)]
    for session, written in members:
        room = "tea " if session.dialect is dialects[0] else ""
        assert written == [b"".join(f"MSG {room}alice {n}\n".encode() for n in (1, 2, 3))]


def test_who_comes_and_goes_hears_its_own_part() -> None:
    """From where it came to where it went, whatever is written when."""
    audience = Delivery().audience()
    dialect = RoomsDialect()
    (alice, to_alice), (bob, to_bob) = member(dialect), member(dialect)
    audience.add(alice)
    audience.tell(said(1))
    audience.add(bob)
    audience.tell(said(2))
    audience.remove(alice)
    audience.tell(said(3))
    audience.flush()
    assert b"".join(to_alice) == b"MSG tea alice 1\nMSG tea alice 2\n"
    assert b"".join(to_bob) == b"MSG tea alice 2\nMSG tea alice 3\n"


def test_one_session_is_brought_up_to_date_alone() -> None:
    """Only the rooms that it hears are written; the others' batches grow on."""
    delivery = Delivery()
    dialect = RoomsDialect()
    (alice, to_alice), (bob, to_bob) = member(dialect), member(dialect)
    tea, jam = delivery.audience(), delivery.audience()
    tea.add(alice)
    jam.add(bob)
    tea.tell(said(1))
    jam.tell(said(2))
    delivery.flush_to(alice)
    assert (len(to_alice), len(to_bob)) == (1, 0)
    jam.tell(said(3))
    delivery.flush()
    assert (len(to_alice), len(to_bob)) == (1, 1)


def test_what_a_dialect_does_not_tell_is_not_written() -> None:
    """Not even as an empty write."""
    audience = Delivery().audience()
    alice, written = member(LoginDialect())
    audience.add(alice)
    audience.tell(Joined("tea", "bob"))
    audience.tell(said(1), by=alice)
    audience.flush()
    assert written == []
