"""What STAMPS on changes in a style: numbers and times in front, and tokens of one's own. Knows
no style."""

from __future__ import annotations

import re
from typing import Final

from chat.dialects.lines import UserDialect
from chat.dialects.sentences import CHANGES, in_words
from chat.realm.session import Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Event, Said
from chat.vocabulary.limits import TOKEN_CHARACTERS
from chat.vocabulary.times import rfc3339

_NAMED: Final = re.compile(rb"@([A-Za-z0-9_-]{1,%d})[ \t]+(.*)" % TOKEN_CHARACTERS, re.DOTALL)
_SPEAKING: Final = re.compile(rb"(MSG|DM)([ \t]|$)", re.IGNORECASE)


class Stamped(UserDialect):
    """Stands before a style as a base class, and makes it one with stamps."""

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
        return in_words(CHANGES, event) or super().encode(event)

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        """@<token> and the refusal, if the line had one"""
        name = f"@{token} ".encode() if token else b""
        return name + super().refusal(error)


def stored(said: Said) -> bytes:
    """OK <number> <token>, for speakers who do not hear their own message; nothing without token"""
    return f"OK {said.number} {said.token}\n".encode() if said.token else b""


def pair(plain: UserDialect, stamped: Stamped) -> None:
    """The two sides of STAMPS."""
    plain.stamps = stamped.stamps = {"on": stamped, "off": plain}
