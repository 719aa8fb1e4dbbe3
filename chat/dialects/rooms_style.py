"""The rooms style: JOIN, MSG <room>, LEAVE; many rooms at once, and one hears oneself. Knows only
in what it differs."""

from __future__ import annotations

from chat.dialects.commands.grammar import cut
from chat.dialects.commands.moderator_verbs import ModeratorVerbs
from chat.dialects.stamps import Stamped, pair, stored
from chat.queries.seam import realm_of
from chat.realm.room import Room
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Entered, Event, Exited, Joined, Left, Said
from chat.vocabulary.times import rfc3339


class RoomsDialect(ModeratorVerbs):
    """The style of those who began with JOIN <room> <username>."""

    changed = "INFO stamps {}"

    def encode(self, event: Event) -> bytes:
        """See LineDialect."""
        if type(event) is Said:
            return f"MSG {event.room} {event.user} {event.text}\n".encode()
        if type(event) is Joined:
            return b"" if event.is_further else f"INFO {event.user} joined {event.room}\n".encode()
        if type(event) is Left:
            return f"INFO {event.user} left {event.room}\n".encode()
        if type(event) is Entered:
            return f"INFO joined room {event.room}\n".encode()
        if type(event) is Exited:
            return f"INFO left room {event.room}\n".encode()
        return super().encode(event)

    def done(self, what: str) -> str:
        """INFO and what was done"""
        return f"INFO {what}"

    def closing(self, count: int, what: str, where: str) -> tuple[str, ...]:
        """A list ends with a line that says how long it was."""
        return (f"INFO {count} {what}{'' if count == 1 else 's'} {where}",)

    def room_meant(self, session: Session) -> Room:
        """The only room one is in."""
        rooms = list(user_of(session).rooms.values())
        if len(rooms) != 1:
            raise ChatError("missing-room")
        return rooms[0]

    def do_join(self, session: Session, rest: str) -> None:
        """JOIN <room> [username]  ->  INFO joined room <room>; INFO <your username> joined
        <room> to the others"""
        words = rest.split()
        self.check_username(session, words)
        session.welcome(realm_of(session).membership.join(session, words[0] if words else ""))

    def do_msg(self, session: Session, rest: str) -> None:
        """MSG <room> <text>  ->  MSG <room> <your username> <text> to everyone in it"""
        user = user_of(session)
        word, _, text = rest.partition(" ")
        room = user.words.get(word)
        if room is None:
            word, text = cut(rest)
            room = realm_of(session).rooms.of(user, word)
        session.seam.realm.say(session, user, room, text)  # realm_of costs every message a call

    def do_leave(self, session: Session, rest: str) -> None:
        """LEAVE <room>  ->  INFO left room <room>; INFO <your username> left <room> to
        the others"""
        session.hear(realm_of(session).membership.leave(session, rest.strip()))


class StampedRooms(Stamped, RoomsDialect):
    """The same with stamps."""

    def own(self, said: Said) -> bytes:
        """As the others hear it, with its token; what was whispered, as OK <number> <token>"""
        if said.room.startswith("@"):
            return stored(said)
        stamp = f"@{said.number} {rfc3339(said.at)}" + (f" {said.token}" if said.token else "")
        return f"{stamp} MSG {said.room} {said.user} {said.text}\n".encode()


ROOMS = RoomsDialect()
pair(ROOMS, StampedRooms())
