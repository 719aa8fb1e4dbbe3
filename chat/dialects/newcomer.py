"""Before anyone has said who they are: the first identifying command decides the style."""

from __future__ import annotations

import re
from typing import Final, NoReturn

from chat.dialects.dialect import LineDialect, cut
from chat.dialects.login import LOGIN
from chat.dialects.rooms import ROOMS
from chat.errors import ChatError
from chat.names import LOBBY, room_name
from chat.session import Session

HINT: Final = (
    "INFO welcome: LOGIN <username> to chat in the lobby, "
    "or JOIN <room> <username> for a room; HELP tells more"
)

TLS_HELLO: Final = b"\x16"
"""The first byte of a TLS connection: a record of the handshake. No line begins with it."""

_FOREIGN: Final = re.compile(rb"\x16|[A-Z]+ \S+ HTTP/\d(\.\d)?\r?$")


class Newcomer(LineDialect):
    """The style of a connection that has none yet."""

    def receive(self, session: Session, line: bytes) -> None:
        """See LineDialect. Browsers and TLS clients are told once, and sent away."""
        if _FOREIGN.match(line):
            session.refuse(ChatError("wrong-protocol"))
            session.end()
        else:
            super().receive(session, line)

    def blank(self, session: Session) -> None:
        """Somebody pressed Enter to see what happens."""
        session.reply(HINT)

    def unknown(self, name: str) -> NoReturn:
        """See LineDialect."""
        raise ChatError("not-logged-in")

    def do_login(self, session: Session, rest: str) -> None:
        """LOGIN <username>  ->  OK; you are in the lobby, and HELP tells what you can do"""
        try:
            user = session.enter(rest.strip(), LOGIN)
        except ChatError as error:  # who says LOGIN expects its answers
            session.write(LOGIN.refusal(error))
            return
        session.room = session.realm.join(user, LOBBY)
        session.welcome(session.room, "OK")

    def do_join(self, session: Session, rest: str) -> None:
        """JOIN <room> <username>  ->  INFO joined room <room>; HELP tells what you can do"""
        word, name = cut(rest.lstrip())
        if not name.strip():
            raise ChatError("not-logged-in")
        room_name(word)  # a bad one is refused before the username is taken
        user = session.enter(name.strip(), ROOMS)
        room = session.realm.join(user, word)
        session.welcome(room, f"INFO joined room {room.name}")


NEWCOMER = Newcomer()
