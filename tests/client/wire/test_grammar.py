"""What a server's lines mean, whatever bytes they are made of."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.client.wire.grammar import (
    Answer,
    Bidden,
    Came,
    CameIn,
    Found,
    Headed,
    Line,
    Marked,
    Pong,
    Proclaimed,
    PutBack,
    Refusal,
    Reworded,
    Ruled,
    Said,
    Sent,
    SentOut,
    Stands,
    Stored,
    TakenBack,
    Went,
    WentOut,
    Whispered,
    parse,
)

BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029}
AT = datetime(2026, 5, 4, 9, 33, 0, 1000, UTC)
STARTS = [
    *("@1 2026-05-04T09:33:00.001Z MSG ", "@a ERROR ", "HISTORY ", "INFO ", "DM ", "OK ", ""),
    *("TOPIC ", "MODE ", "MODERATOR ", "HIDDEN ", "SHOWN ", "EDITED ", "INFO a announces: "),
]

names = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=32)
texts = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")))
numbers = st.integers(1, 2**59)
times = st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
tokens = st.from_regex(r"[A-Za-z0-9_-]{1,36}", fullmatch=True).filter(lambda token: token != "MSG")


def strings(line: Line) -> list[str]:
    """Every text in what was parsed."""
    parts = line.said if isinstance(line, Found) else line
    return [part for part in parts if isinstance(part, str)]


def is_harmful(character: str) -> bool:
    if character == "\t":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or ord(character) in BIDI


def written(at: datetime) -> str:
    """A time as a server writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@given(st.sampled_from(STARTS), st.binary(max_size=300))
@example("", b"@1 9999-12-31T23:59:59-14:00 MSG tea alice hi")
@example("", b"OK " + b"9" * 5000 + b" token")
@example("", "@\u0661 2026-05-04T09:33:00Z MSG tea alice \x1b[2J\u202e".encode())
def test_no_bytes_harm(start: str, data: bytes) -> None:
    """Whatever a server sends raises nothing, and comes out without control characters."""
    line = parse(start.encode() + data)
    assert not [text for text in strings(line) if any(map(is_harmful, text))]


@given(names, numbers, times, names, texts, st.just("") | tokens)
def test_messages_come_back(
    room: str, number: int, at: datetime, user: str, text: str, token: str
) -> None:
    """A message is told as it was said: live, with one's own token, and from the history."""
    said = Said(room, number, at, user, text, token)
    stamp = f"{written(at)} {token}".rstrip()
    assert parse(f"@{number} {stamp} MSG {room} {user} {text}".encode()) == said
    line = f"HISTORY {room} {number} {written(at)} {user} {text}"
    assert parse(line.encode()) == Found(said._replace(token=""))


@given(names, names, texts, numbers, tokens)
def test_other_lines_come_back(room: str, user: str, text: str, number: int, token: str) -> None:
    """So are all other lines that the protocol has."""
    assert parse(f"INFO {user} joined {room}".encode()) == Came(user, room)
    assert parse(f"INFO {user} left {room}".encode()) == Went(user, room)
    assert parse(f"INFO joined room {room}".encode()) == CameIn(room)
    assert parse(f"INFO left room {room}".encode()) == WentOut(room)
    assert parse(f"DM {user} {text}".encode()) == Whispered(user, text)
    assert parse(f"SENT {user} {text}".encode()) == Sent(user, text)
    assert parse(f"READ {room} {number}".encode()) == Marked(room, number)
    assert parse(f"OK {number} {token}".encode()) == Stored(number, token)
    assert parse(f"PONG {token}".encode()) == Pong(token)
    assert parse(f"ERROR {text}".encode()) == Refusal(text, "")
    assert parse(f"@{token} ERROR {text}".encode()) == Refusal(text, token)


@given(names, names, texts, numbers)
def test_what_is_told_of_rooms_comes_back(room: str, user: str, text: str, number: int) -> None:
    """How they are kept, and what becomes of their messages."""
    assert parse(f"TOPIC {room} {text}".encode()) == Headed(room, text.strip())
    assert parse(f"TOPIC {room}".encode()) == Headed(room, "")
    assert parse(f"MODERATOR {room} {user} owner".encode()) == Stands(room, user, "owner")
    modes = (("private", "off"), ("slow", "30"))
    assert parse(f"MODE {room} private=off slow=30".encode()) == Ruled(room, modes)
    runs = ((number, number), (number + 2, number + 5))
    written = f"{number},{number + 2}-{number + 5}"
    assert parse(f"HIDDEN {room} {written}".encode()) == TakenBack(room, runs)
    assert parse(f"SHOWN {room} {written}".encode()) == PutBack(room, runs)
    edited = parse(f"EDITED {room} {number} {user} {text}".encode())
    assert edited == Reworded(room, number, user, text)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("bob has sent you out of tea: no: spam", SentOut("bob has sent you out: no: spam")),
        ("bob has sent you out of tea", SentOut("bob has sent you out")),
        ("you have been sent out of tea", SentOut("you have been sent out")),
        ("you are banned: spam: ask bob", SentOut("you are banned: spam: ask bob")),
        ("tea is for registered usernames", SentOut("tea is for registered usernames")),
        ("root announces: at six: tea", Proclaimed("root", "at six: tea")),
        ("bob invites you to den: JOIN den", Bidden("bob", "den")),
    ],
)
def test_what_is_told_to_nobodys_question(line: str, meant: Line) -> None:
    """Sentences that may stand in the middle of an answer are told from it."""
    assert parse(f"INFO {line}".encode()) == meant


@pytest.mark.parametrize(
    "line",
    [
        "TOPIC",
        "MODE tea",
        "MODE tea private",
        "MODE tea =on",
        "MODERATOR tea bob",
        "MODERATOR tea bob king",
        "HIDDEN tea",
        "HIDDEN tea all",
        "SHOWN tea 7-",
        "EDITED tea 7",
        "EDITED tea seven bob x",
        "INFO bob has sent you out of this server: spam",
        "INFO the king announces: tea",
        "INFO bob announces: ",
        "USER alice",
        "OK",
        "INFO 2 users in tea",
        "INFO joined room",
        "READ tea",
        "READ tea many",
        "SENT",
        "@1 yesterday MSG tea alice hi",
        "@1 2026-05-04T09:33:00 MSG tea alice no-zone",
        "@one 2026-05-04T09:33:00Z MSG tea alice hi",
        "@1 2026-05-04T09:33:00Z MSG tea",
        "HISTORY tea",
        "DM",
        "",
    ],
)
def test_what_makes_no_sense_is_an_answer(line: str) -> None:
    """A line that is nothing else is kept as its first word and the rest."""
    word, _, rest = line.partition(" ")
    assert parse(line.encode()) == Answer(word, rest)


def test_what_is_no_utf8_is_replaced() -> None:
    """A line that is not UTF-8 is shown as far as it is."""
    assert parse(b"@1 2026-05-04T09:33:00.001Z MSG tea alice \xff!") == Said(
        "tea", 1, AT, "alice", "\ufffd!"
    )
