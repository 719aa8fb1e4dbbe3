"""What STAMPS on changes in a style: numbers and times in front, and tokens of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from chat.dialects.lines import UserDialect
from chat.realm.session import Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import (
    Edited,
    Event,
    Hidden,
    Marked,
    ModesSet,
    Said,
    Shown,
    StandingSet,
    TopicSet,
)
from chat.vocabulary.limits import NUMBERS_PER_LINE, TOKEN_CHARACTERS
from chat.vocabulary.times import rfc3339

_NAMED: Final = re.compile(rb"@([A-Za-z0-9_-]{1,%d})[ \t]+(.*)" % TOKEN_CHARACTERS, re.DOTALL)
_SPEAKING: Final = re.compile(rb"(MSG|DM)([ \t]|$)", re.IGNORECASE)


class Stamped(UserDialect):
    """Goes before a style, and makes it another one."""

    alike = False
    is_stamped = True

    def receive(self, session: Session, line: bytes) -> None:
        """@<token> before what one says is a name for it."""
        if not line.startswith(b"@"):
            super().receive(session, line)
            return
        named = _NAMED.match(line)
        try:
            session.token = named[1].decode() if named else ""
            if named and _SPEAKING.match(named[2]):
                super().receive(session, named[2])
            else:
                session.refuse(ChatError("bad-token"))
        finally:
            session.token = ""

    def encode(self, event: Event) -> bytes:
        """@<number> <time> and the message, for a message in a room."""
        if type(event) is Said:
            return b"@%d %s " % (event.number, rfc3339(event.at).encode()) + super().encode(event)
        if type(event) is Marked:
            return f"READ {event.room} {event.number}\n".encode()
        if (tell := _CHANGES.get(type(event))) is not None:
            return tell(event).encode()
        return super().encode(event)

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        """@<token> and the refusal, if the line had one"""
        name = f"@{token} ".encode() if token else b""
        return name + super().refusal(error)


def _numbers(event: Hidden | Shown) -> str:
    """HIDDEN or SHOWN <room> <numbers>, in as many lines as that takes: 17,19-25"""
    verb = "HIDDEN" if type(event) is Hidden else "SHOWN"
    runs: list[list[int]] = []
    for number in event.numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = [f"{first}-{last}" if last > first else str(first) for first, last in runs]
    lines = [words[at : at + NUMBERS_PER_LINE] for at in range(0, len(words), NUMBERS_PER_LINE)]
    return "".join(f"{verb} {event.room} {','.join(line)}\n" for line in lines)


_CHANGES: Final[dict[type, Callable[[Any], str]]] = {
    TopicSet: lambda event: f"TOPIC {event.room} {event.topic}".rstrip() + "\n",
    ModesSet: lambda event: f"MODE {event.room} {event.modes}\n",
    StandingSet: lambda event: f"MODERATOR {event.room} {event.user} {event.standing}\n",
    Hidden: _numbers,
    Shown: _numbers,
    Edited: lambda event: f"EDITED {event.room} {event.number} {event.user} {event.text}\n",
}
"""What happens to a room, and to what was said in it."""


def stored(said: Said) -> bytes:
    """OK <number> <token>, for who does not hear its own message; nothing where it has no token"""
    return f"OK {said.number} {said.token}\n".encode() if said.token else b""


def pair(plain: UserDialect, stamped: Stamped) -> None:
    """The two sides of STAMPS."""
    plain.stamps = stamped.stamps = {"on": stamped, "off": plain}
