"""One batch to many sessions: encoded once per dialect, written once per member."""

from typing import Any

import pytest

from chat.dialects.login_style import LoginDialect
from chat.dialects.rooms_style import RoomsDialect
from chat.realm.audience import Audience, Delivery
from chat.realm.session import Gone, Session
from chat.vocabulary.events import Event, Joined, Said
from chat.vocabulary.limits import PIECE_BYTES, WRITES_PER_STEP


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


class Member:
    """A session, what is written to it, and how much of that it takes."""

    def __init__(self, audience: Audience | None, dialect: Any, takes: int = 1000) -> None:
        self.session = Session(None, dialect, Gone())  # type: ignore[arg-type]
        self.session.offer = self.offer
        self.written: list[bytes] = []
        self.takes = takes
        if audience:
            audience.come(self.session)
            audience.add(self.session)

    def offer(self, data: bytes) -> bool:
        if len(self.written) < self.takes:
            self.written.append(data)
            return True
        return False

    @property
    def heard(self) -> bytes:
        return b"".join(self.written)


class Behind(list[tuple[Session, Audience, int | None]]):
    """Who has fallen behind."""

    def note(self, session: Session, audience: Audience, number: int | None) -> None:
        self.append((session, audience, number))


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def delivery(behind: Behind) -> Delivery:
    return Delivery(behind.note)


@pytest.fixture
def tea(delivery: Delivery) -> Audience:
    return Audience("tea", "tea", delivery)


ROOMS = RoomsDialect()


def said(number: int, text: str = "") -> Said:
    return Said("tea", "alice", text or str(number), number, 0)


def hear(audience: Audience, *numbers: int, text: str = "") -> None:
    for number in numbers:
        audience.hear(said(number, text), Member(None, ROOMS).session)


def flush(delivery: Delivery) -> int:
    """Write all; in how many steps."""
    return sum(1 for _ in delivery.flush())


def test_a_batch_is_encoded_once_and_written_once(delivery: Delivery, tea: Audience) -> None:
    """However many members there are, and however many messages."""
    dialects = CountedRooms(), CountedLogin()
    members = [Member(tea, dialect) for dialect in dialects for _ in range(10)]
    hear(tea, 1, 2, 3)
    assert not any(member.written for member in members)
    flush(delivery)
    for dialect in dialects:
        assert dialect.encoded == [said(1), said(2), said(3)]
    for member in members:
        room = "tea " if member.session.dialect is dialects[0] else ""
        assert member.written == [b"".join(f"MSG {room}alice {n}\n".encode() for n in (1, 2, 3))]


def test_who_comes_and_goes_hears_its_own_part(delivery: Delivery, tea: Audience) -> None:
    """From where it came to where it went; nobody else's part is written apart for that."""
    alice, carol = Member(tea, ROOMS), Member(tea, ROOMS)
    hear(tea, 1)
    bob = Member(tea, ROOMS)
    hear(tea, 2)
    tea.go(alice.session)
    hear(tea, 3)
    flush(delivery)
    assert alice.heard == b"MSG tea alice 1\nMSG tea alice 2\n"
    assert bob.heard == b"MSG tea alice 2\nMSG tea alice 3\n"
    assert carol.written == [b"MSG tea alice 1\nMSG tea alice 2\nMSG tea alice 3\n"]


def test_one_session_is_brought_up_to_date_alone(delivery: Delivery, tea: Audience) -> None:
    """The others' batch grows on; nothing comes to it twice."""
    alice, bob = Member(tea, ROOMS), Member(tea, ROOMS)
    hear(tea, 1)
    delivery.flush_to(alice.session)
    delivery.flush_to(alice.session)
    assert (alice.heard, bob.heard) == (b"MSG tea alice 1\n", b"")
    hear(tea, 2)
    flush(delivery)
    assert alice.written == [b"MSG tea alice 1\n", b"MSG tea alice 2\n"]
    assert bob.written == [b"MSG tea alice 1\nMSG tea alice 2\n"]


def test_what_a_dialect_does_not_tell_is_not_written(delivery: Delivery, tea: Audience) -> None:
    """Not even as an empty write."""
    alice = Member(tea, LoginDialect())
    tea.tell(Joined("tea", "tea", "bob", 0))
    tea.tell(said(1), by=alice.session)
    flush(delivery)
    assert alice.written == []


def test_a_large_room_is_written_to_in_steps(delivery: Delivery, tea: Audience) -> None:
    """So that others have their turn in between; each member is written to once."""
    members = [Member(tea, ROOMS) for _ in range(10 * WRITES_PER_STEP)]
    hear(tea, 1)
    steps = delivery.flush()
    next(steps)
    assert sum(len(member.written) for member in members) == WRITES_PER_STEP
    assert sum(1 for _ in steps) == 9
    assert all(member.written == [b"MSG tea alice 1\n"] for member in members)


def test_a_long_batch_is_written_in_pieces(delivery: Delivery, tea: Audience) -> None:
    """Each of whole lines, and none larger than a piece may be."""
    alice = Member(tea, ROOMS)
    text = "x" * 1000
    hear(tea, *range(1, 101), text=text)
    flush(delivery)
    assert alice.heard == f"MSG tea alice {text}\n".encode() * 100
    assert 1 < len(alice.written) < 100
    assert all(len(piece) <= PIECE_BYTES for piece in alice.written)
    assert all(piece.endswith(b"\n") for piece in alice.written)


@pytest.mark.parametrize("takes", range(4))
def test_who_does_not_take_it_falls_behind(
    takes: int, delivery: Delivery, tea: Audience, behind: Behind
) -> None:
    """It is known which message it has had last, whole; it is written nothing more, and nobody
    else notices."""
    alice, bob = Member(tea, ROOMS, takes), Member(tea, ROOMS)
    tea.begin(7)
    hear(tea, *range(8, 48), text="x" * 1000)
    flush(delivery)
    lines = alice.heard.count(b"\n")
    if takes < len(bob.written):
        assert behind == [(alice.session, tea, 7 + lines)]
        hear(tea, 48)
        flush(delivery)
        assert len(alice.written) == takes
    assert bob.heard.count(b"\n") == (41 if behind else 40)


def test_who_falls_behind_in_its_own_part_knows_where(
    delivery: Delivery, tea: Audience, behind: Behind
) -> None:
    """Also where it has been sent a part of the batch before."""
    alice = Member(tea, ROOMS, takes=1)
    hear(tea, 1, 2)
    delivery.flush_to(alice.session)
    hear(tea, 3)
    flush(delivery)
    assert behind == [(alice.session, tea, 2)]
    assert alice.written == [b"MSG tea alice 1\nMSG tea alice 2\n"]


def test_who_is_let_in_between_two_steps_does_not_hear_it_twice(
    delivery: Delivery, tea: Audience
) -> None:
    """It has had the batch from the history; also in a style that is written to later."""
    dialect = LoginDialect()
    members = [Member(tea, style) for style in (ROOMS, dialect) for _ in range(WRITES_PER_STEP)]
    late = Member(None, dialect)
    tea.come(late.session)
    hear(tea, 1)
    steps = delivery.flush()
    next(steps)
    tea.add(late.session)
    for _ in steps:
        pass
    assert late.heard == b""
    assert all(member.heard for member in members)
    hear(tea, 2)
    flush(delivery)
    assert late.heard == b"MSG alice 2\n"


def test_one_room_that_cannot_be_told_does_not_keep_others_from_it(
    delivery: Delivery, tea: Audience, logged_errors: list[str]
) -> None:
    """The error is logged."""
    jam = Audience("jam", "jam", delivery)
    alice, bob = Member(tea, ROOMS), Member(jam, ROOMS)
    tea.tell(None)  # type: ignore[arg-type]
    tea._groups = None  # type: ignore[assignment]
    hear(jam, 1)
    flush(delivery)
    assert (alice.heard, bob.heard) == (b"", b"MSG tea alice 1\n")
    assert logged_errors
    logged_errors.clear()


def test_coming_and_going_alone_is_no_message_missed(
    delivery: Delivery, tea: Audience, behind: Behind
) -> None:
    """Whoever does not take such a line is behind by none."""
    alice = Member(tea, ROOMS, takes=0)
    tea.tell(Joined("tea", "tea", "bob", 0))
    flush(delivery)
    assert behind == [(alice.session, tea, None)]
