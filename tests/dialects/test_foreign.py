"""What is no chat: of whatever goes astray, or is sent by a page that somebody looks at, nothing is
run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.factory import ChatFactory
from chat.vocabulary.limits import RUNAWAY_BYTES
from tests.people import Visitor

People = Callable[..., Visitor]

WRONG = "ERROR this is a chat in plain text: use nc or telnet, and start with HELP"
COMMANDS = b"\nJOIN lobby mallory\nMSG lobby evil\nLOGIN mallory\nMSG evil\n"

METHODS = ["GET", "POST", "PUT", "OPTIONS", "PROPFIND", "JOIN", "LOGIN", "msg", "x!#$%&'*+.^_`|~-"]
METHODS += ["M" * 300, "M" * 5000]  # a page of the same origin may choose one
TARGETS = ["/", "*", "/?a=b", "http://127.0.0.1:5000/", "127.0.0.1:5000", "sip:bob@h", "//x"]
VERSIONS = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "RTSP/1.0", "SIP/2.0", "http/3"]

OTHERS = [
    b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
    b"GET /\r\n",  # as long ago
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"RFB 003.008\n",
    b"CLIENT libcurl 7.88.1\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n",
    b"<?xml version='1.0'?><stream:stream to='x'>",
    b"<policy-file-request/>\0",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    b"\x00\x03\x00\x30\x21\x12\xa4\x42" + b"\nJOIN lobby t",  # TURN, as WebRTC speaks it
    b"\x00\x03\x00\n",
    b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01",  # RDP
    b"\x04\x01\x13\x88\x7f\x00\x00\x01\x00",  # SOCKS 4
    b"\x05\x02\x00\x01",  # SOCKS 5
    b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04abcd",
    b"AMQP\x00\x00\x09\x01",
    b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00",  # LDAP
    b"\x13BitTorrent protocol" + bytes(8) + b"x" * 40,
    b"\x00\x00\x00\x08\x04\xd2\x16\x2f",  # PostgreSQL asks for TLS
    b"set x 0 0 21\r\n",  # memcached
    b"EHLO mail.example.org\r\n",
    b"Content-Length: 21\r\n\r\n",  # as editors speak with their helpers
    b"gemini://chat.example.org/\r\n",
    b'{"jsonrpc": "2.0"}\n',
    b"GET\t/\tHTTP/1.1\r\n",
]


def requests() -> st.SearchStrategy[bytes]:
    """Requests as a page or a program may make them, with a line of any length."""
    long = st.sampled_from([0, 1, 4000, 4096, 5000, 9000, 60_000])
    line = st.builds(
        lambda method, target, more, version: f"{method} {target}{'a' * more} {version}",
        *(st.sampled_from(METHODS), st.sampled_from(TARGETS), long, st.sampled_from(VERSIONS)),
    )
    end = st.sampled_from(["\r\n", "\n"])
    headers = st.sampled_from(["", "Host: 127.0.0.1:5000{}", "Content-Type: text/plain{}"])
    return st.builds(
        lambda line, end, header: f"{line}{end}{header.format(end)}{end}".encode(),
        line, end, headers,
    )  # fmt: skip


def in_pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """The data, cut there."""
    ends = [*sorted(cut % len(data) for cut in cuts), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def is_sent_away_unheard(pieces: list[bytes], host: str = "192.0.2.9") -> None:
    """Whoever sends that is told so, and is never anybody."""
    factory = ChatFactory()
    bystander = Visitor(factory).says("JOIN lobby bob").hears("INFO joined room lobby")
    mallory = Visitor(factory, host)
    for piece in pieces:
        mallory.sends(piece)
    assert mallory.is_sent_away
    assert mallory.heard() == [WRONG]
    assert list(factory.users) == ["bob"]
    bystander.hears()


@given(requests(), st.lists(st.integers(0, 70_000), max_size=4))
def test_no_request_of_a_browser_says_anything(request: bytes, cuts: list[int]) -> None:
    """Whatever its method, what it asks for, the length of its lines and where it is cut: the
    connection ends, and what stands behind is not run."""
    is_sent_away_unheard(in_pieces(request + COMMANDS, cuts))


@pytest.mark.parametrize("hello", OTHERS)
@pytest.mark.parametrize("cuts", [[], [1], [2, 5], range(9)])
def test_other_protocols_say_nothing_either(hello: bytes, cuts: Sequence[int]) -> None:
    """They are known by how they begin."""
    is_sent_away_unheard(in_pieces(hello + COMMANDS, cuts))


def test_a_line_without_an_end_ends_the_connection(visitor: People) -> None:
    """Before anything behind it is run, whatever it is."""
    person = visitor()
    person.sends(b"POST /" + b"a" * RUNAWAY_BYTES)
    assert person.is_sent_away
    person.sends(COMMANDS)
    assert len(person.heard()) == 1


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("MSG lobby GET / HTTP/1.1", "ERROR say who you are first"),
        ("MSG /me waves", "ERROR say who you are first"),
        ("get up", "ERROR say who you are first"),
        ("<3", "ERROR say who you are first"),
        ("hello?", "ERROR say who you are first"),
        ("set the table", "ERROR say who you are first"),
        ("host: who are you?", "ERROR say who you are first"),
        ("x" * 5000 + " and/or 1", "ERROR that line was too long"),
        ("\x1b[A\x1b[B\x0c", "ERROR say who you are first"),
        ("\x01LOGIN bob", "ERROR say who you are first"),
        ("LOGIN \x01\x02\x03", "ERR invalid-username"),
        ("x" * 5000, "ERROR that line was too long"),
        ("JOIN /" + "x" * 5000, "ERROR that line was too long"),
    ],
)
def test_people_who_mistype_stay(visitor: People, line: str, answer: str) -> None:
    """What only looks a little like something else is answered, and one goes on."""
    person = visitor().says(line)
    assert [heard[: len(answer)] for heard in person.heard()] == [answer]
    person.says("LOGIN alice").hears("OK")


def test_whoever_has_come_may_say_what_they_like(in_rooms: People) -> None:
    """What looks like a request is a text, or a command that there is not."""
    alice = in_rooms("alice").says("MSG lobby GET / HTTP/1").hears("MSG lobby alice GET / HTTP/1")
    alice.says("GET / HTTP/1.1").hears("ERROR there is no command GET: HELP lists what there is")
