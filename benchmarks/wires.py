"""What clients and servers say to each other in the two protocols that are measured."""

from __future__ import annotations

import re
import time
from typing import Final, NamedTuple

TEXT_BYTES: Final = 80
"""The length of a message's text, unless a measurement says otherwise: a sentence."""

_SAID: Final = re.compile(rb"~(\d+) (\d+) ")
_MISSED: Final = re.compile(rb"INFO (\d+) messages? missed in ")


class Wire(NamedTuple):
    """How a client says things.

    hello: what it has to say before it can join a room, and `welcome` ends the answer to that.
    join: says that it comes to a room, and `joined` is in the answer to that.
    echo: whether it hears what it says itself.
    """

    hello: str
    welcome: bytes
    join: str
    joined: bytes
    say: str
    echo: bool


ROOMS: Final = Wire(
    hello="",
    welcome=b"",
    join="JOIN {room} {user}\n",
    joined=b"INFO joined ",
    say="MSG {room} {text}\n",
    echo=True,
)

LOGIN: Final = Wire(
    hello="",
    welcome=b"",
    join="LOGIN {user}\n",
    joined=b"OK\n",
    say="MSG {text}\n",
    echo=False,
)
"""Has one room, the lobby, where nobody is told who comes."""

IRC: Final = Wire(
    hello="NICK {user}\r\nUSER {user} 0 * :{user}\r\n",
    welcome=b" 001 ",
    join="JOIN #{room}\r\n",
    joined=b" 366 ",
    say="PRIVMSG #{room} :{text}\r\n",
    echo=False,
)


class Said(NamedTuple):
    """A message as it was heard: when it was sent, in us, and its number."""

    at: int
    number: int


def now_us() -> int:
    """The time in us; the same clock for all processes of a machine."""
    return time.monotonic_ns() // 1000


def text(number: int, length: int = TEXT_BYTES) -> str:
    """A text that tells when it was sent, and its number."""
    return f"~{now_us()} {number} ".ljust(length, "x")


def said(lines: bytes) -> list[Said]:
    """The messages in what was heard."""
    return [Said(int(at), int(number)) for at, number in _SAID.findall(lines)]


def missed(line: bytes) -> int:
    """How many messages a line says were left out; 0 where it says nothing of that."""
    found = _MISSED.search(line)
    return int(found[1]) if found else 0
