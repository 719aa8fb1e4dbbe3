"""What the lines of an answer say. Knows no connection."""

from __future__ import annotations

from typing import TypeGuard

from chat.client.terms.bounds import NAME_CHARACTERS
from chat.client.terms.events import Unread
from chat.client.terms.numbers import is_number
from chat.client.wire.grammar import Answer, CameIn, Found, Line, Refusal, Said
from chat.vocabulary.names import key_of


def is_word(line: Line, word: str) -> TypeGuard[Answer]:
    """A line that begins with this word, and is nothing else that is known."""
    return isinstance(line, Answer) and line.word == word


def joined(lines: list[Line], room: str) -> str:
    """The room one has come to that asked for this one, as the server calls it; "": one has not.

    Another device may have come to others meanwhile.
    """
    wanted = key_of(room.removeprefix("#"))
    came = [line.room for line in lines if isinstance(line, CameIn)]
    return next((name for name in came if key_of(name) == wanted), "") or (
        came[0] if came and not refusal(lines) else ""
    )


def refusal(lines: list[Line]) -> str:
    """The first refusal of an answer; "": there is none."""
    return next((line.reason for line in lines if isinstance(line, Refusal)), "")


def found(lines: list[Line]) -> list[Said]:
    """The messages of HISTORY and SEARCH."""
    return [line.said for line in lines if isinstance(line, Found)]


def users(lines: list[Line]) -> list[str]:
    """The usernames of WHO."""
    return [line.rest[:NAME_CHARACTERS] for line in lines if is_word(line, "USER")]


def rooms(lines: list[Line]) -> list[tuple[str, int]]:
    """The names of ROOMS, and how many are in each."""
    rows = [line.rest.split() for line in lines if is_word(line, "ROOM")]
    return [(row[0], int(row[1])) for row in rows if len(row) == 2 and is_number(row[1])]


def unread(lines: list[Line]) -> list[Unread]:
    """The rooms of CATCHUP."""
    rows = [line.rest.split() for line in lines if is_word(line, "CATCHUP")]
    return [
        Unread(row[0], int(row[1]), int(row[2]), int(row[3]))
        for row in rows
        if len(row) == 4 and all(map(is_number, row[1:]))
    ]
