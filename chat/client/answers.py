"""What the lines of an answer say. Knows no connection."""

from __future__ import annotations

from typing import TypeGuard

from chat.client.wire import Answer, Found, Line, Said, is_number


def is_word(line: Line, word: str) -> TypeGuard[Answer]:
    """A line that begins with this word, and is nothing else that is known."""
    return isinstance(line, Answer) and line.word == word


def joined(lines: list[Line]) -> str:
    """The room of INFO joined room <room>; "": there is none."""
    return _room(lines, "joined")


def left(lines: list[Line]) -> str:
    """The room of INFO left room <room>; "": there is none."""
    return _room(lines, "left")


def found(lines: list[Line]) -> list[Said]:
    """The messages of HISTORY and SEARCH."""
    return [line.said for line in lines if isinstance(line, Found)]


def users(lines: list[Line]) -> list[str]:
    """The usernames of WHO."""
    return [line.rest for line in lines if is_word(line, "USER")]


def rooms(lines: list[Line]) -> list[tuple[str, int]]:
    """The names of ROOMS, and how many are in each."""
    rows = [line.rest.split() for line in lines if is_word(line, "ROOM")]
    return [(row[0], int(row[1])) for row in rows if len(row) == 2 and is_number(row[1])]


def _room(lines: list[Line], what: str) -> str:
    for line in lines:
        words = line.rest.split() if is_word(line, "INFO") else []
        if words[:2] == [what, "room"] and len(words) == 3:
            return words[2]
    return ""
