"""What the lines of a server mean, in the rooms style with stamps (docs/protocol.md).

Knows no connection. Nothing that a server sends raises anything here: a line that makes no sense
is an Answer.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final, NamedTuple

from chat.client.terms.bounds import NAME_CHARACTERS
from chat.client.terms.numbers import Run, is_number, runs_of
from chat.vocabulary.limits import LINE_BYTES
from chat.vocabulary.text import clean

STANDINGS: Final = ("owner", "moderator", "none")
"""What somebody may be in a room."""

MOST_MODES: Final = 16
"""More words about what holds in a room are not read."""

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
"""What every platform can show in its own zone."""


class Said(NamedTuple):
    """@<number> <time> [token] MSG <room> <username> <text>, or a line of HISTORY."""

    room: str
    number: int
    at: datetime
    user: str
    text: str
    token: str = ""


class Whispered(NamedTuple):
    """DM <username> <text>"""

    user: str
    text: str


class Stored(NamedTuple):
    """OK <number> <token>"""

    number: int
    token: str


class Came(NamedTuple):
    """INFO <username> joined <room>"""

    user: str
    room: str


class Went(NamedTuple):
    """INFO <username> left <room>"""

    user: str
    room: str


class CameIn(NamedTuple):
    """INFO joined room <room>: oneself, here or on another device."""

    room: str


class WentOut(NamedTuple):
    """INFO left room <room>"""

    room: str


class Sent(NamedTuple):
    """SENT <username> <text>: said to somebody alone on another device."""

    user: str
    text: str


class Marked(NamedTuple):
    """READ <room> <number>: read on another device."""

    room: str
    number: int


class Headed(NamedTuple):
    """TOPIC <room> <text>: what a room is about."""

    room: str
    topic: str


class Ruled(NamedTuple):
    """MODE <room> private=off slow=0 ...: what holds in a room."""

    room: str
    modes: tuple[tuple[str, str], ...]
    """Each with how it is."""


class Stands(NamedTuple):
    """MODERATOR <room> <username> owner|moderator|none: who keeps a room, or does no more."""

    room: str
    user: str
    standing: str


class TakenBack(NamedTuple):
    """HIDDEN <room> <numbers>: messages that are not to be seen any more."""

    room: str
    numbers: tuple[Run, ...]


class PutBack(NamedTuple):
    """SHOWN <room> <numbers>: messages that may be seen again."""

    room: str
    numbers: tuple[Run, ...]


class Reworded(NamedTuple):
    """EDITED <room> <number> <username> <text>: what a message says now."""

    room: str
    number: int
    user: str
    text: str


class SentOut(NamedTuple):
    """INFO <username> has sent you out of <room>: <reason>, and the like: why a room is being left,
    which is told next.
    """

    words: str
    """For people."""


class Proclaimed(NamedTuple):
    """INFO <username> announces: <text>"""

    user: str
    text: str


class Bidden(NamedTuple):
    """INFO <username> invites you to <room>: ..."""

    user: str
    room: str


class Pong(NamedTuple):
    """PONG <token>"""

    token: str


class Refusal(NamedTuple):
    """[@<token>] ERROR <sentence>"""

    reason: str
    token: str


class Found(NamedTuple):
    """HISTORY <room> <number> <time> <username> <text>"""

    said: Said


class Answer(NamedTuple):
    """Any other line: its first word, and the rest."""

    word: str
    rest: str


Line = (
    Said
    | Whispered
    | Sent
    | Marked
    | Stored
    | Came
    | Went
    | CameIn
    | WentOut
    | Headed
    | Ruled
    | Stands
    | TakenBack
    | PutBack
    | Reworded
    | SentOut
    | Proclaimed
    | Bidden
    | Pong
    | Refusal
    | Found
    | Answer
)


def parse(data: bytes) -> Line:
    """A line without its end. Bytes that are not UTF-8, and what could harm a terminal, become
    U+FFFD.
    """
    line = clean(data.decode(errors="replace"))
    word, _, rest = line.partition(" ")
    if word.startswith("@"):
        return _stamped(word[1:], rest) or Answer(word, rest)
    known = _KNOWN.get(word)
    return (known(rest) if known else None) or Answer(word, rest)


def _stamped(name: str, rest: str) -> Line | None:
    if rest.startswith("ERROR "):
        return Refusal(rest[6:], name)
    at, _, rest = rest.partition(" ")
    word, _, rest = rest.partition(" ")
    token = ""
    if word != "MSG":
        token = word
        word, _, rest = rest.partition(" ")
    room, user, text, *_ = (*rest.split(" ", 2), "", "")
    return _said(room, name, at, user, text, token) if word == "MSG" else None


def _said(room: str, number: str, at: str, user: str, text: str, token: str = "") -> Said | None:
    when = _time(at)
    if not (user and when and is_number(number)):
        return None
    return Said(_name(room), int(number), when, _name(user), text[:LINE_BYTES], token)


def _time(text: str) -> datetime | None:
    """A time with its zone, in a year that is one in every other zone too."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo and _FIRST_YEAR <= at.year <= _LAST_YEAR else None


def _name(word: str) -> str:
    """As much of it as a name may have."""
    return word[:NAME_CHARACTERS]


def _found(rest: str) -> Line | None:
    room, number, at, user, text, *_ = (*rest.split(" ", 4), "", "", "", "")
    said = _said(room, number, at, user, text)
    return Found(said) if said else None


_SENT_OUT: Final = re.compile(
    r"(?P<who>\S+ has sent you out|you have been sent out) of [^\s:]+(?P<why>:.*)?"
)
_NO_MORE: Final = re.compile(r"you are banned|\S+ is for registered usernames")
_BIDDEN: Final = re.compile(r"(?P<user>\S+) invites you to (?P<room>[^\s:]+)(?::.*)?")


def _info(rest: str) -> Line | None:
    words = rest.split(" ")
    if len(words) == 3 and words[1] in ("joined", "left"):
        return (Came if words[1] == "joined" else Went)(_name(words[0]), _name(words[2]))
    if len(words) == 3 and words[1] == "room" and words[0] in ("joined", "left"):
        return (CameIn if words[0] == "joined" else WentOut)(_name(words[2]))
    if found := _SENT_OUT.fullmatch(rest):
        return SentOut(f"{found['who']}{found['why'] or ''}")
    if _NO_MORE.match(rest):
        return SentOut(rest)
    user, _, text = rest.partition(" announces: ")
    if text and " " not in user:
        return Proclaimed(user, text)
    if found := _BIDDEN.fullmatch(rest):
        return Bidden(found["user"], found["room"])
    return None


def _whispered(rest: str) -> Line | None:
    user, _, text = rest.partition(" ")
    return Whispered(_name(user), text[:LINE_BYTES]) if user else None


def _sent(rest: str) -> Line | None:
    user, _, text = rest.partition(" ")
    return Sent(_name(user), text[:LINE_BYTES]) if user else None


def _marked(rest: str) -> Line | None:
    room, _, number = rest.partition(" ")
    return Marked(_name(room), int(number)) if room and is_number(number) else None


def _stored(rest: str) -> Line | None:
    number, _, token = rest.partition(" ")
    return Stored(int(number), token) if is_number(number) else None


def _headed(rest: str) -> Line | None:
    room, _, topic = rest.partition(" ")
    return Headed(room, topic.strip()) if room else None


def _ruled(rest: str) -> Line | None:
    room, *modes = rest.split()[: MOST_MODES + 1] or [""]
    pairs = [mode.partition("=") for mode in modes]
    if not (pairs and all(name and value for name, _, value in pairs)):
        return None
    return Ruled(room, tuple((name, value) for name, _, value in pairs))


def _stands(rest: str) -> Line | None:
    words = rest.split()
    return Stands(*map(_name, words)) if len(words) == 3 and words[2] in STANDINGS else None


def _taken_back(rest: str) -> Line | None:
    room, _, text = rest.partition(" ")
    numbers = runs_of(text)
    return TakenBack(room, numbers) if numbers else None


def _put_back(rest: str) -> Line | None:
    room, _, text = rest.partition(" ")
    numbers = runs_of(text)
    return PutBack(room, numbers) if numbers else None


def _reworded(rest: str) -> Line | None:
    room, number, user, text, *_ = (*rest.split(" ", 3), "", "", "")
    return Reworded(room, int(number), user, text) if user and is_number(number) else None


_KNOWN: Final = {
    "HISTORY": _found,
    "INFO": _info,
    "DM": _whispered,
    "SENT": _sent,
    "READ": _marked,
    "OK": _stored,
    "TOPIC": _headed,
    "MODE": _ruled,
    "MODERATOR": _stands,
    "HIDDEN": _taken_back,
    "SHOWN": _put_back,
    "EDITED": _reworded,
    "PONG": Pong,
    "ERROR": lambda rest: Refusal(rest, ""),
}
