"""What the line styles have in common: the verb table; receive, encode, refuse."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple, NoReturn, cast

from twisted.internet.defer import maybeDeferred

from chat.dialects.asking import Question, asked, rfc3339
from chat.errors import SENTENCES, ChatError
from chat.events import Announced, Event, Whispered
from chat.names import username
from chat.realm import User
from chat.room import Room
from chat.session import Session
from chat.text import decode


class Verb(NamedTuple):
    """A command: what it does, and its docstring, which is its grammar and its help."""

    act: Callable[[Any, Session, str], None]
    help: str


def _verbs(style: type[LineDialect]) -> dict[str, Verb]:
    """Every do_* method of a style, its own first."""
    found: dict[str, Verb] = {}
    for cls in style.__mro__:
        for name, act in vars(cls).items():
            if name.startswith("do_"):
                grammar = " ".join((act.__doc__ or "").split()).replace(" -> ", "  ->  ")
                found.setdefault(name[3:].upper(), Verb(act, grammar))
    return found


def cut(rest: str) -> tuple[str, str]:
    """The first word, and what stands behind the one space that follows it."""
    word, _, tail = rest.partition(" ")
    if word and "\t" not in word:
        return word, tail
    word, tail, *_ = [*rest.split(None, 1), "", ""]
    return word, tail


class LineDialect:
    """A style of the line protocol. It keeps no state: that is in the session."""

    verbs: ClassVar[dict[str, Verb]] = {}
    echoes = True
    goodbye = "INFO goodbye"

    def __init_subclass__(cls) -> None:
        cls.verbs = _verbs(cls)

    def receive(self, session: Session, line: bytes) -> None:
        """Do what a line asks for, or say why not."""
        try:
            text = decode(line)
            name, _, rest = text.partition(" ")
            verb = self.verbs.get(name)
            if verb is None:
                name, rest = cut(text.lstrip())
                if not name:
                    self.blank(session)
                    return
                verb = self.verbs.get(name.upper()) or self.unknown(name)
            verb.act(self, session, rest)
        except ChatError as error:
            session.refuse(error)

    def encode(self, event: Event) -> bytes:
        """The event as whole lines; empty if this style does not tell it."""
        if type(event) is Announced:
            return f"INFO {event.text}\n".encode()
        if type(event) is Whispered:
            return f"DM {event.user} {event.text}\n".encode()
        return b""

    def refusal(self, error: ChatError) -> bytes:
        """ERROR <sentence>"""
        return f"ERROR {error.sentence}\n".encode()

    def blank(self, session: Session) -> None:
        """A blank line came."""

    def unknown(self, name: str) -> NoReturn:
        """A verb came that is not in the table."""
        raise ChatError("unknown-command", name)

    def closing(self, count: int, what: str, where: str) -> tuple[str, ...]:
        """What closes a list."""
        return ()

    def do_ping(self, session: Session, rest: str) -> None:
        """PING [token]  ->  PONG [token]"""
        session.reply(f"PONG {rest}".rstrip())

    def do_help(self, session: Session, rest: str) -> None:
        """HELP [verb or code]  ->  all commands, one of them, or what a refusal means"""
        word = rest.strip()
        if word.lower() in SENTENCES:
            session.reply(f"INFO {ChatError(word.lower(), '...').sentence}")
            return
        if word and word.upper() not in self.verbs:
            self.unknown(word)
        verbs = [self.verbs[word.upper()]] if word else self.verbs.values()
        session.reply(*dict.fromkeys(f"INFO {verb.help}" for verb in verbs))

    def do_quit(self, session: Session, rest: str) -> None:
        """QUIT or EXIT  ->  a goodbye, then the connection is closed"""
        session.end(self.goodbye)

    do_exit = do_quit


class UserDialect(LineDialect):
    """A style of somebody who has said who it is."""

    def unknown(self, name: str) -> NoReturn:
        """See LineDialect."""
        if name.upper() == "LOGIN":
            raise ChatError("already-logged-in")
        super().unknown(name)

    def room_meant(self, session: Session) -> Room:
        """The room of a command that names none. Raises ChatError: missing-room."""
        raise NotImplementedError

    def check_username(self, session: Session, words: list[str]) -> None:
        """A JOIN may repeat one's own username behind the room, and nothing else.

        Raises ChatError: already-logged-in, invalid-username, bad-argument.
        """
        if len(words) > 2:
            raise ChatError("bad-argument", words[2])
        if words[1:] and username(words[1]).key != user_of(session).key:
            raise ChatError("already-logged-in")

    def do_who(self, session: Session, rest: str) -> None:
        """WHO [room]  ->  USER <username> for everyone in the room, or on the whole server"""
        realm, word = session.realm, rest.strip()
        room = realm.find(word) if word else None
        users, where = (room.members, f"in {room.name}") if room else (realm.users.values(), "here")
        lines = [f"USER {user.name}" for user in users]
        session.reply(*lines, *self.closing(len(lines), "user", where))

    def do_dm(self, session: Session, rest: str) -> None:
        """DM <username> <text>  ->  DM <your username> <text> to that user alone"""
        word, text = cut(rest)
        session.realm.whisper(user_of(session), word, text)

    def do_rooms(self, session: Session, rest: str) -> None:
        """ROOMS  ->  ROOM <name> <members> for every room"""
        rooms = session.realm.rooms.values()
        lines = [f"ROOM {room.name} {len(room.members)}" for room in rooms]
        session.reply(*lines, *self.closing(len(lines), "room", "open"))

    def do_history(self, session: Session, rest: str) -> None:
        """HISTORY [room] [count] [BEFORE <number> | AFTER <number>]  ->
        HISTORY <room> <number> <time> <username> <text> for each message, oldest first"""
        question = asked(rest, user_of(session), session.realm, partial(self.room_meant, session))
        session.connection.hold()
        session.after(partial(self._tell_history, session, question))

    def _tell_history(self, session: Session, question: Question) -> None:
        room, most, before, after = question
        store = session.realm.store
        page = maybeDeferred(store.page, room.key, most, before=before, after=after)

        def tell(found: list[Any]) -> None:
            lines = [
                f"HISTORY {room.name} {said.number} {rfc3339(said.at)} {said.user} {said.text}"
                for said in found
            ]
            lines += self.closing(len(lines), "message", f"from {room.name}")
            session.write("".join(line + "\n" for line in lines).encode())

        page.addCallback(tell)
        page.addErrback(lambda failure: session.connection.fail(failure))
        page.addBoth(lambda _: session.connection.release())


def user_of(session: Session) -> User:
    """The user of a session that has one, as every session in a UserDialect has."""
    return cast(User, session.user)
