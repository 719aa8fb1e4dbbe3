"""The login style: LOGIN, MSG <text>; one room at a time, and one hears the others. Knows only in
what it differs."""

from __future__ import annotations

from typing import cast

from chat.dialects.commands.moderator_verbs import ModeratorVerbs
from chat.dialects.stamps import Stamped, pair, stored
from chat.queries.seam import realm_of
from chat.realm.room import Room
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Entered, Event, Left, Said
from chat.vocabulary.names import LOBBY


class LoginDialect(ModeratorVerbs):
    """The style of those who began with LOGIN <username>."""

    alike = False
    has_one_room = True
    goodbye = "Goodbye!"

    def encode(self, event: Event) -> bytes:
        """See LineDialect."""
        if type(event) is Said:
            return f"MSG {event.user} {event.text}\n".encode()
        if type(event) is Entered:
            return b"OK\n"
        if type(event) is Left:
            return f"INFO {event.user} disconnected\n".encode() if event.cause == "gone" else b""
        return super().encode(event)

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        """ERR <code>, with the word concerned where there is one"""
        word = f" {error.word}" if error.word else ""
        return f"ERR {error.code}{word}\n".encode()

    def room_meant(self, session: Session) -> Room:
        """The current room."""
        return cast(Room, session.room)

    def do_msg(self, session: Session, rest: str) -> None:
        """MSG <text>  ->  MSG <your username> <text> to everyone else in your room"""
        session.seam.realm.say(session, user_of(session), self.room_meant(session), rest)

    def do_join(self, session: Session, rest: str) -> None:
        """JOIN <room>  ->  OK; from now on that is your room"""
        words = rest.split()
        self.check_username(session, words)
        self._move(session, words[0] if words else "")

    def do_leave(self, session: Session, rest: str) -> None:
        """LEAVE [room]  ->  OK; you are back in the lobby"""
        if rest.strip():
            realm_of(session).rooms.of(user_of(session), rest.strip())
        self._move(session, LOBBY)

    def _move(self, session: Session, word: str) -> None:
        session.welcome(realm_of(session).membership.move(session, word))


class StampedLogin(Stamped, LoginDialect):
    """The same with stamps."""

    def own(self, said: Said) -> bytes:
        """OK <number> <token>"""
        return stored(said)


LOGIN = LoginDialect()
pair(LOGIN, StampedLogin())
