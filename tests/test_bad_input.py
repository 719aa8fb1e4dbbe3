"""Every bad input gets one clear answer and disturbs nobody.

Each is sent by somebody who is in a room with a bystander, or who has yet to say who it is. Where
the connection stays, the next command works; where it does not, the reason was told first.
"""

from collections.abc import Callable

import pytest

from chat.factory import ChatFactory
from chat.vocabulary.errors import ChatError
from tests.people import Visitor

People = Callable[..., Visitor]

STAYS: list[tuple[bytes, str, str]] = [
    (b"MSG lobby " + b"x" * 4086, "line-too-long", ""),
    (b"MSG lobby " + b"x" * 40_000, "line-too-long", ""),
    (b"x" * 20_000 + b" MSG lobby evil", "line-too-long", ""),
    (b"MSG lobby \xc3\x28", "not-utf8", ""),
    (b"\x80\x80\x80", "not-utf8", ""),
    (b"LOGIN alice", "already-logged-in", ""),
    (b"JOIN tea mallory", "already-logged-in", ""),
    (b"JOIN ../../etc/passwd", "invalid-room", ""),
    (b"JOIN %s{}\\x00';DROP", "invalid-room", ""),
    (b"JOIN \x1b[2J", "invalid-room", ""),
    (b"JOIN nul\0", "invalid-room", ""),
    (b"JOIN " + "c1\x9b".encode(), "invalid-room", ""),
    (b"JOIN " + "rtl\u202e".encode(), "invalid-room", ""),
    (b"JOIN " + ("a" + "\u0301\u0302" * 20).encode(), "invalid-room", ""),
    (b"JOIN " + b"x" * 1000, "invalid-room", ""),
    (b"JOIN " + b"x" * 10_000, "line-too-long", ""),
    (b"JOIN", "missing-room", ""),
    (b"LEAVE tea", "not-in-room", "tea"),
    (b"MSG tea hi", "not-in-room", "tea"),
    (b"MSG lobby", "missing-text", ""),
    (b"DM nobody hi", "user-not-found", "nobody"),
    (b"DM " + b"x" * 1000 + b" hi", "invalid-username", ""),
    (b"FOO", "unknown-command", "FOO"),
    (b"%s {} \\x00 ' ; DROP TABLE", "unknown-command", "%s"),
    (b"{0.__class__}", "unknown-command", "{0.__class__}"),
    (b"\x1b]0;title\x07", "unknown-command", "\ufffd]0;title\ufffd"),
    (b"\xff\xfb\x18\xff\xfa\x18\0xterm\xff\xf0FOO", "unknown-command", "FOO"),
    (b"FOO\xff\xfa\x18 unfinished", "unknown-command", "FOO"),
]


@pytest.mark.parametrize(("line", "code", "word"), STAYS)
def test_bad_input_in_a_room(in_rooms: People, line: bytes, code: str, word: str) -> None:
    """One refusal; the connection stays, the bystander hears only what is said well."""
    bystander, alice = in_rooms("bob"), in_rooms("alice")
    bystander.hears("INFO alice joined lobby")
    alice.sends(line + b"\n")
    error = ChatError(code, word)
    error.usage = "JOIN <room> [username]"
    alice.hears(f"ERROR {error.sentence}")
    bystander.hears()
    alice.says("MSG lobby well").hears("MSG lobby alice well")
    bystander.hears("MSG lobby alice well")


@pytest.mark.parametrize("text", ["%s {} \\x00 ' ; DROP TABLE", "{peer}", "${x}", "<b>&amp;"])
def test_text_is_only_text(in_rooms: People, text: str) -> None:
    """Whatever it would mean to a formatter, a shell, a database or a browser."""
    bystander, alice = in_rooms("bob"), in_rooms("alice")
    alice.says(f"MSG lobby {text}").hears(f"MSG lobby alice {text}")
    bystander.hears("INFO alice joined lobby", f"MSG lobby alice {text}")


NAMES = [
    b"../../etc/passwd",
    b"nul\0",
    b"esc\x1b[2J",
    "c1\x9b".encode(),
    "rtl\u202eevil".encode(),
    ("a" + "\u0301\u0302" * 20).encode(),
    b"%s{}';DROP",
    b"x" * 1000,
    b"three words here",
]


@pytest.mark.parametrize("name", NAMES)
def test_bad_names(factory: ChatFactory, in_rooms: People, visitor: People, name: bytes) -> None:
    """In both styles; nobody is there under such a name, and one may choose another."""
    bystander = in_rooms("bob")
    alice = visitor()
    alice.sends(b"LOGIN " + name + b"\nJOIN lobby " + name + b"\n")
    sentence = ChatError("invalid-username").sentence
    alice.hears("ERR invalid-username", f"ERROR {sentence}")
    assert list(factory.users) == ["bob"]
    alice.says("JOIN lobby alice").hears("INFO joined room lobby")
    bystander.hears("INFO alice joined lobby")


def test_a_name_of_ten_kilobytes(in_rooms: People, visitor: People) -> None:
    """It is a line that is too long before it is anything else."""
    in_rooms("bob")
    alice = visitor().says("LOGIN " + "x" * 10_000)
    alice.hears(f"ERROR {ChatError('line-too-long').sentence}").says("LOGIN alice").hears("OK")


@pytest.mark.parametrize("style", ["in_rooms", "logged_in"])
def test_a_message_to_oneself(style: str, request: pytest.FixtureRequest) -> None:
    """It is heard, in both styles, by nobody else."""
    come = request.getfixturevalue(style)
    bystander, alice = come("bob"), come("alice")
    bystander.heard()
    alice.says("DM alice note").hears("DM alice note")
    bystander.hears()


TYPED = (
    "AHTU alice QXZQ-secret",
    "AUTH QXZQ-secret",
    "QXZQ-secret",
    "LOGIN alice QXZQ-secret more",
    "RGISTER QXZQ-secret",
    "REGISTER QXZQ secret",
    "PASSWORD QXZQ-secret",
    "UNREGISTER QXZQ-secret",
    "MSG QXZQ-secret",
    "DM QXZQ-secret",
    "/auth alice QXZQ-secret",
)


def test_what_was_typed_wrong_is_in_no_log(in_rooms: People, logged: list[str]) -> None:
    """It may have been a password; before somebody has said who they are, and afterwards."""
    in_rooms("bob")
    for person in (Visitor(in_rooms("carol").protocol.factory), in_rooms("alice")):
        for line in TYPED:
            person.says(line).heard()
    assert logged
    assert [line for line in logged if "QXZQ" in line] == []
