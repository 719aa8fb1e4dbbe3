"""Commands that are passed on to the server, and what it answers in words for people.

Knows neither where they are typed nor where the answer is shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from chat.client.commands.usage import EVERYWHERE, Command, CommandError, elements, usage
from chat.client.terms.events import Modes, Standing, Topic
from chat.client.terms.numbers import is_number
from chat.client.terms.phrases import short, when
from chat.client.wire.grammar import Answer, Headed, Line, Ruled, Stands
from chat.vocabulary.names import key_of

_QUESTIONS: Final = ("topic", "mode", "moderator")
"""What is a question where nothing follows."""

MOST_LINES: Final = 1000
"""More of an answer is not shown."""


class Recipient(Protocol):
    """Where it is passed on, and what is known there."""

    def own_last(self, room: str) -> int:
        """The number of what one has said last in a room; 0: not known."""

    def last_changed(self, room: str) -> int:
        """The number of what was edited or hidden last in a room; 0: nothing was."""

    async def order(self, line: str) -> list[Line]:
        """Say it, and have the answer. Raises RefusedError and UnreachableError."""


async def pass_on(chat: Recipient, command: Command, room: str) -> list[str]:
    """Have the server do what was typed in a room ("": in none); its answer.

    Raises CommandError, RefusedError and UnreachableError.
    """
    lines = await chat.order(line_of(chat, command, room))
    asked = key_of(room) if command.name in _QUESTIONS and not command.rest else ""
    told = [words for line in lines if (words := _words(line, asked))]
    more = [f"and {len(told) - MOST_LINES} more"] if len(told) > MOST_LINES else []
    return told[:MOST_LINES] + more


def line_of(chat: Recipient, command: Command, room: str) -> str:
    """What is said to the server. Raises CommandError.

    A # stands before the room, so that it is taken for nothing else.
    """
    name, rest = command
    if name == "announce":
        return f"ANNOUNCE {rest}"
    words = rest.split()
    if elements(name, words)[:1] == [EVERYWHERE]:
        return f"{name.upper()} {rest}"
    if not room or room.startswith("@"):
        where = "in no room" if not room else f"talking to {short(room[1:])} alone"
        raise CommandError(f"/{name} is about a room, and you are {where}: /join <room>")
    if name == "edit":
        rest = _edited(chat, room, rest)
    elif name == "earlier":
        rest = _earlier(chat, room, rest)
    return f"{name.upper()} #{room} {rest}".rstrip()


def _edited(chat: Recipient, room: str, rest: str) -> str:
    """A number, and the text. Raises CommandError."""
    first, _, text = rest.partition(" ")
    if first.startswith("#") and is_number(first[1:]):
        number = int(first[1:])
    else:
        number, text = chat.own_last(room), rest
    if not text.strip():
        raise CommandError(f"say more: {usage('edit')}")
    if not number:
        raise CommandError("you have said nothing here that could be edited")
    return f"{number} {text.strip()}"


def _earlier(chat: Recipient, room: str, rest: str) -> str:
    """A number. Raises CommandError."""
    number = rest.removeprefix("#") or str(chat.last_changed(room))
    if not is_number(number):
        raise CommandError(f"{rest!r} is no number: {usage('earlier')}")
    if number == "0":
        raise CommandError("nothing was edited or hidden here since you came: /earlier <number>")
    return number


# --- answers --------------------------------------------------------------------------------------


def _words(line: Line, asked: str) -> str:
    """A line of an answer in words; "" if it is none.

    asked: the key of the room of which it was asked how it is kept. What is told of that unasked is
        news, and told as such.
    """
    if isinstance(line, Headed | Ruled | Stands):
        return _fact(line) if asked and key_of(line.room) == asked else ""
    if not isinstance(line, Answer):
        return ""
    if line.word == "INFO":
        return line.rest
    return _ROWS[line.word](line.rest) if line.word in _ROWS else f"{line.word} {line.rest}"


def _fact(line: Headed | Ruled | Stands) -> str:
    if isinstance(line, Headed):
        return Topic(line.room, line.topic).words
    if isinstance(line, Ruled):
        return Modes(line.room, dict(line.modes)).words
    return Standing(line.room, line.user, line.standing).words


def _invited(rest: str) -> str:
    """<room> <username>"""
    _, user = _cut(rest, 2)
    return f"{short(user)} is invited"


def _sanction(rest: str) -> str:
    """<room> <who> <until or -> <by> <reason>"""
    _, who, until, by, reason = _cut(rest, 5)
    length = "for good" if until == "-" else f"until {moment(until)}"
    return f"{short(who)} {length}, by {short(by)}" + (f": {reason}" if reason else "")


def _earlier_text(rest: str) -> str:
    """<room> <number> <time> <text>"""
    _, number, until, text = _cut(rest, 4)
    return f"{number} until {moment(until)}: {text}"


def _waiting(rest: str) -> str:
    """<room> <time> <username> <text>"""
    _, at, user, text = _cut(rest, 4)
    return f"{moment(at)} {short(user)}: {text}"


def _act(rest: str) -> str:
    """<number> <time> <room or *> <by> <act> <target or -> <text>"""
    number, at, room, by, act, target, text = _cut(rest, 7)
    where = "the server" if room == EVERYWHERE else short(room)
    whom = "" if target == "-" else f" {short(target)}"
    return f"{number}  {moment(at)} {where}, {short(by)}: {act}{whom} {text}".rstrip()


_ROWS: Final = {
    "INVITED": _invited,
    "MUTE": _sanction,
    "BAN": _sanction,
    "EARLIER": _earlier_text,
    "HELD": _waiting,
    "AUDIT": _act,
}
"""What the lines of lists say."""


def moment(text: str) -> str:
    """A time that a server tells, or what it tells instead."""
    try:
        return when(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        return short(text)


def _cut(rest: str, count: int) -> list[str]:
    """So many words, the last of which is the rest; as many of them are empty as are missing."""
    words = rest.split(" ", count - 1)
    return [*words, *[""] * (count - len(words))]
