"""Bytes to lines: however they are cut, whatever is among them."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chat.dialects.newcomer import HINT
from chat.dialects.rooms_style import ROOMS
from chat.factory import ChatFactory
from chat.net.telnet import without_telnet
from chat.vocabulary.limits import LINES_PER_TURN, TURN_SECONDS
from chat.vocabulary.settings import Limits
from chat.vocabulary.text import clean
from tests.chats import chat_with
from tests.people import Visitor

People = Callable[..., Visitor]

TOO_LONG = "ERROR that line was too long and was thrown away: 4096 bytes is the most"
NOT_UTF8 = "ERROR that line was not UTF-8 and was thrown away: set your terminal to UTF-8"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def factory(clock: Clock) -> ChatFactory:
    return ChatFactory(clock=clock)


def test_lf_and_crlf_end_a_line(in_rooms: People) -> None:
    """Nc sends the one, telnet the other."""
    alice = in_rooms("alice")
    alice.sends(b"MSG lobby nc\nMSG lobby telnet\r\n")
    alice.hears("MSG lobby alice nc", "MSG lobby alice telnet")


CONVERSATION = (
    "JOIN lobby alice\r\nMSG lobby grüß göttin 🏳️‍🌈\n\n\xffPING é\nWHO\nMSG lobby\n".encode()
    + (
        b"\xff\xfb\x18MSG lobby \xff\xfa\x18\x00xterm\xff\xf0telnet\r\n"
        + b"y" * 5000
        + b"\nPING 2\n"
    )
)


@given(st.data())
def test_it_does_not_matter_how_the_bytes_are_cut(data: st.DataObject) -> None:
    """Byte by byte, all at once, or in the middle of a character: the answers are the same."""
    cuts = data.draw(st.lists(st.integers(0, len(CONVERSATION)), max_size=20))
    whole, pieces = Visitor(ChatFactory()), Visitor(ChatFactory())
    whole.sends(CONVERSATION)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), None], strict=True):
        pieces.sends(CONVERSATION[start:end])
    assert whole.heard() == pieces.heard() != []


def test_byte_by_byte_is_as_good_as_whole(in_rooms: People) -> None:
    """A telnet in character mode sends every key."""
    alice = in_rooms("alice")
    for byte in "MSG lobby ½\n".encode():
        alice.sends(bytes([byte]))
    alice.hears("MSG lobby alice ½")


def test_a_thousand_lines_in_one_packet_are_a_thousand_lines(in_rooms: People) -> None:
    """In order, each once."""
    alice = in_rooms("alice")
    alice.says(*(f"MSG lobby {i}" for i in range(1000)))
    alice.hears(*(f"MSG lobby alice {i}" for i in range(1000)))


def test_nobody_waits_for_a_client_with_a_lot_to_say() -> None:
    """A few lines in a turn of the reactor, then the others; nothing is lost or overtaken."""
    turns: list[Callable[[], object]] = []
    factory = ChatFactory(later=turns.append)
    alice, bob, gone = Visitor(factory), Visitor(factory), Visitor(factory)
    gone.says(*["PING"] * 100).vanishes()
    alice.says(*(f"PING {i}" for i in range(1000)))
    heard = alice.heard()
    assert len(heard) == LINES_PER_TURN
    assert alice.transport.producerState == "paused"
    bob.says("PING").hears("PONG")
    alice.says("PING last")
    alice.hangs_up()
    while turns:
        turns.pop(0)()
        more = alice.heard()
        assert len(more) <= LINES_PER_TURN
        heard += more
    assert heard == [*(f"PONG {i}" for i in range(1000)), "PONG last"]
    assert alice.is_sent_away


def test_nor_for_one_whose_lines_take_long(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is over after some milliseconds, whatever the number of lines."""
    turns: list[Callable[[], object]] = []
    factory = ChatFactory(clock=clock, later=turns.append)
    alice = Visitor(factory).says("LOGIN alice")
    turns.pop()()
    alice.hears("OK")
    monkeypatch.setattr(factory.rooms, "find", lambda *_: clock.advance(TURN_SECONDS) or 1 / 0)
    monkeypatch.setattr(
        alice.protocol, "fail", lambda _: ROOMS.reply(alice.protocol.session, "slow")
    )
    alice.says(*["WHO lobby"] * 3).hears("slow", "slow")
    while turns:
        turns.pop(0)()
    alice.hears("slow")


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("over", [0, 1, 4096 * 9])
def test_a_long_line_is_thrown_away_whole(in_rooms: People, over: int, end: bytes) -> None:
    """4096 bytes with the end is the most; one more is too many; the connection stays."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    line = b"MSG lobby "
    line += b"x" * (4096 + over - len(line) - len(end)) + end
    alice.heard()
    alice.sends(line)
    if over:
        alice.says("PING").hears(TOO_LONG, "PONG")
        bob.hears()
    else:
        alice.hears(f"MSG lobby alice {line[10:].strip().decode()}")


def test_the_tail_of_a_long_line_is_never_a_command(in_rooms: People) -> None:
    """20 KB that end in what looks like one: thrown away up to the end of the line."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.heard()
    for size in (4096, 8192, 20_000):
        alice.sends(b"x" * size)
        alice.sends(b"MSG lobby evil\nPING\n")
        alice.hears(TOO_LONG, "PONG")
    bob.hears()


@pytest.mark.parametrize("piece", [1000, 4096, 65536, 1_000_000])
def test_a_line_without_an_end_is_dropped_and_not_kept(visitor: People, piece: int) -> None:
    """At 64 KiB, with the reason; what comes after it is not even kept."""
    person = visitor()
    for _ in range(0, 1_000_000, piece):
        person.sends(b"x" * piece)
        assert len(person.protocol._unended) <= 65536 + 4096
    person.hears(TOO_LONG)
    assert person.is_sent_away
    person.says("LOGIN late").hears()


@pytest.mark.parametrize("text", [b"caf\xe9", b"\xc3\x28", b"a\xff\xffb"])
def test_a_line_that_is_not_utf8_is_thrown_away(in_rooms: People, text: bytes) -> None:
    """With a hint; the connection stays, others hear nothing."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.heard()
    alice.sends(b"MSG lobby " + text + b"\nMSG lobby ok\n")
    alice.hears(NOT_UTF8, "MSG lobby alice ok")
    bob.hears("MSG lobby alice ok")


def test_control_characters_come_out_harmless(in_rooms: People) -> None:
    """What one types can't clear another one's screen, ring its bell or forge a line."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.heard()
    alice.says("MSG lobby a\0b\x1b[2Jc\x9bd\u2028e\u202ef\tg\rh").hears(
        "MSG lobby alice a\ufffdb\ufffd[2Jc\ufffdd\ufffde\ufffdf\tg\ufffdh"
    )
    bob.heard()


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (b"\xff\xfb\x18\xff\xfd\x01PING", b"PING"),
        (b"PI\xff\xf6NG", b"PING"),
        (b"PING\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0 1", b"PING 1"),
        (b"PING\xff\xfa\x18\x00\xff\xff\x01\xff\xf0 1", b"PING 1"),
        (b"PING 1\xff\xfa\x18xterm and no end", b"PING 1"),
        (b"PING 1\xff\xfa\x18xterm\xff", b"PING 1"),
        (b"PING 1\xff\xfb", b"PING 1"),
        (b"PING 1\xff", b"PING 1"),
        (b"\xff\xffy", b"\xffy"),
        (b"\xffy", b"\xffy"),
        (b"\xfaPING", b"\xfaPING"),
    ],
)
def test_telnet_commands_are_swallowed(line: bytes, left: bytes) -> None:
    """Wherever they stand; an unfinished one ends with its line; a doubled IAC is a byte."""
    assert without_telnet(line) == left


def test_an_unfinished_telnet_command_does_not_swallow_the_next_line(in_rooms: People) -> None:
    """Its bound is its own line."""
    alice = in_rooms("alice")
    alice.sends(b"\xff\xfa\x18\x00xterm\nPING 1\r\n\xff\xfb\nPING 2\n")
    alice.hears("PONG 1", "PONG 2")


def test_telnet_shows_what_comes_after_ctrl_c(in_rooms: People) -> None:
    """It asks for a timing mark then, and is mute until it gets an answer."""
    alice = in_rooms("alice")
    alice.sends(b"\xff\xf4\xff\xfd\x06")
    assert alice.transport.value() == b"\xff\xfc\x06"
    alice.transport.clear()
    alice.says("PING").hears("PONG")


def test_ctrl_d_in_telnet_does_not_spoil_the_next_command(in_rooms: People) -> None:
    """It ends nothing there; telnet sends it in front of what is typed next."""
    in_rooms("alice").says("\x04\x04PING").hears("PONG")


def test_a_half_closed_connection_gets_its_complete_answer(visitor: People) -> None:
    """Printf ... | nc -N: the last answer comes, then the connection ends by itself."""
    person = visitor().says("JOIN lobby bob", "MSG lobby hi")
    person.hangs_up()
    person.hears("INFO joined room lobby", "MSG lobby bob hi")
    assert person.is_sent_away


def test_a_line_that_was_cut_off_is_not_run(visitor: People, in_rooms: People) -> None:
    """The end of the connection is no end of a line: half a message is none."""
    bob = in_rooms("bob")
    person = visitor().says("JOIN lobby alice")
    person.sends(b"MSG lobby I will no")
    person.hangs_up()
    person.hears(
        "INFO joined room lobby",
        "ERROR the last line had no end and was thrown away: end it with a newline",
    )
    bob.hears("INFO alice joined lobby", "INFO alice left lobby")


def test_a_silent_connection_is_told_how_to_begin(visitor: People, clock: Clock) -> None:
    """Once, after 3 s; telnet's own greeting is silence too."""
    quick = visitor().says("PING").hears("PONG")
    silent, telnet, typing = visitor(), visitor(), visitor()
    telnet.sends(b"\xff\xfd\x03\xff\xfb\x18")
    typing.sends(b"LOGIN al")
    clock.advance(2.9)
    silent.hears()
    clock.advance(0.2)
    for person in (silent, telnet):
        person.hears(HINT)
    for person in (quick, typing):
        person.hears()
    clock.advance(30)
    silent.hears()


def test_who_says_nothing_of_itself_is_sent_away(
    visitor: People, clock: Clock, in_rooms: People
) -> None:
    """After 60 s, even where a byte came every 10 s; who is here is not."""
    alice = in_rooms("alice")
    slow = visitor()
    slow.sends(b"L")
    for _ in range(5):
        clock.pump([1] * 10)
        slow.sends(b"O")
        assert not slow.is_sent_away
    clock.pump([1] * 9)
    assert not slow.is_sent_away
    clock.advance(1)
    slow.hears("ERROR you did not say who you are in time: connect again, then LOGIN or JOIN")
    assert slow.is_sent_away
    clock.advance(600)
    alice.hears()
    assert not alice.is_sent_away


def test_the_time_to_log_in_can_be_short(clock: Clock) -> None:
    """Shorter than the hint takes."""
    person = Visitor(chat_with(clock=clock, limits=Limits(login_timeout=1)))
    clock.advance(1)
    clock.advance(0)
    assert "in time" in person.heard()[-1]
    assert person.is_sent_away


def test_an_unexpected_error_costs_one_connection(
    in_rooms: People, monkeypatch: pytest.MonkeyPatch, logged_errors: list[str], factory: Any
) -> None:
    """It is logged; the one who caused it is sent away, the others see it leave."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.heard()
    with monkeypatch.context() as patch:
        patch.setattr(factory.realm, "say", lambda *_: 1 / 0)
        bob.says("MSG lobby boom", "MSG lobby more")
    bob.hears("ERROR something went wrong in the server: please connect again")
    assert bob.is_sent_away
    alice.says("MSG lobby ok").hears("INFO bob left lobby", "MSG lobby alice ok")
    assert logged_errors.pop().endswith("division by zero")


def test_a_connection_that_cannot_be_written_to_disturbs_nobody(
    in_rooms: People, logged_errors: list[str]
) -> None:
    """The error is logged, that connection closed; the message reaches everyone else."""

    def broken(data: bytes) -> bool:
        raise RuntimeError("bug")

    alice, bob, carol = in_rooms("alice"), in_rooms("bob"), in_rooms("carol")
    alice.heard(), carol.heard()
    bob.protocol.session.offer = broken
    alice.says("MSG lobby hi").hears("MSG lobby alice hi")
    carol.hears("MSG lobby alice hi")
    assert bob.is_sent_away
    assert logged_errors
    logged_errors.clear()


def test_a_closed_connection_hears_nothing_more(in_rooms: People, clock: Clock) -> None:
    """Nor does it keep its place: others see it gone, and its name is free."""
    bob = in_rooms("bob").says("QUIT").hears("INFO goodbye")
    alice = in_rooms("alice").says("MSG lobby hi", "DM bob hi")
    alice.hears("MSG lobby alice hi", "ERROR nobody here is called bob: WHO lists who is here")
    bob.hears()
    bob.vanishes()
    clock.advance(600)


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_any_bytes_at_all_disturb_nobody(packets: list[bytes]) -> None:
    """They raise nothing, are answered in valid lines, and touch no other user."""
    factory = ChatFactory()
    bystander = Visitor(factory).says("LOGIN bystander").hears("OK")
    bystander.says("JOIN elsewhere").hears("OK")
    for beginning in ("", "JOIN lobby alice\n", "LOGIN bob\n"):
        person = Visitor(factory)
        person.sends(beginning.encode())
        for packet in packets:
            person.sends(packet)
        for line in person.transport.value().replace(b"\xff\xfc\x06", b"").split(b"\n"):
            text = line.decode()
            assert text == clean(text)
        person.hangs_up()
        person.vanishes()
    bystander.hears()
    assert set(factory.users) == {"bystander"}
    assert set(factory.rooms) == {"elsewhere"}


VERBS = [
    "JOIN",
    "LOGIN",
    "MSG",
    "LEAVE",
    "WHO",
    "DM",
    "PING",
    "ROOMS",
    "HELP",
    "HISTORY",
    "QUIT",
    "EXIT",
    "AUTH",
    "FOO",
]
WORDS = ["", "lobby", "#lobby", "x", "alice", "bob", "5", "BEFORE", "AFTER", "%s", "\0", "é", "\t"]


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.lists(st.sampled_from(WORDS))), max_size=20))
def test_any_words_in_any_order_disturb_nobody(commands: list[tuple[str, list[str]]]) -> None:
    """As above, with what is nearly right."""
    factory = ChatFactory()
    person = Visitor(factory)
    for verb, words in commands:
        person.says(" ".join([verb, *words]))
    kinds = {line.split(" ")[0] for line in person.heard()}
    answers = "INFO MSG ERROR ERR OK USER ROOM PONG HISTORY DM Goodbye!"
    assert kinds <= set(answers.split())
    person.vanishes()
    assert not factory.users
    assert not factory.rooms
