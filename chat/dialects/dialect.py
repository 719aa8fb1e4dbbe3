"""What the line styles have in common: the verb table; receive, encode, refuse."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, NamedTuple, NoReturn, cast

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from chat.dialects.asking import asked, shown, where_said
from chat.errors import SENTENCES, ChatError
from chat.events import Announced, Event, Said, Whispered
from chat.history.store import StoreError
from chat.history.words import parse
from chat.limits import HISTORY_COUNT
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
    alike = True
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

    def own(self, said: Said) -> bytes:
        """What a speaker hears of its own message, where that is not what the others hear."""
        return b""

    def refusal(self, error: ChatError, token: str = "") -> bytes:
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

    changed = "OK"
    """The answer to a change of style, with a place for how it is now."""
    stamps: dict[str, UserDialect]
    """The styles to change to with STAMPS on, and off."""

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
        room_meant = partial(self.room_meant, session)
        key, name, most, before, after = asked(rest, user_of(session), session.realm, room_meant)
        page = partial(session.realm.store.page, key, most, before=before, after=after)
        self._ask(session, page, lambda said: shown(said, name), f"from {name}")

    def do_search(self, session: Session, rest: str) -> None:
        """SEARCH <words> ["a phrase"] [from:<username>]  ->
        HISTORY <room> <number> <time> <username> <text> for the last messages with all of these in
        your rooms, oldest first"""
        user, query = user_of(session), parse(rest)
        scopes = [*user.rooms, f"@{user.key}"]
        search = partial(session.realm.store.search, scopes, query, HISTORY_COUNT)
        self._ask(session, search, lambda said: shown(said, where_said(said, user)), "found")

    def do_stamps(self, session: Session, rest: str) -> None:
        """STAMPS on or off  ->  @<number> <time> before each message in a room, or no longer"""
        dialect = self.stamps.get(rest.strip().lower())
        if dialect is None:
            raise ChatError("bad-argument", rest.strip() or "STAMPS")
        session.connection.hold()
        session.after(partial(self._stamp, session, dialect, rest.strip().lower()))

    def _stamp(self, session: Session, dialect: UserDialect, word: str) -> None:
        if not session.ended:
            session.change(dialect)
            session.write(f"{self.changed.format(word)}\n".encode())
        session.connection.release()

    def _ask(
        self,
        session: Session,
        ask: Callable[[], Deferred[list[Said]]],
        line: Callable[[Said], str],
        what: str,
    ) -> None:
        """Ask the store, once all that was said before is stored, and tell what it has found."""

        def tell(found: list[Said]) -> None:
            lines = [*map(line, found), *self.closing(len(found), "message", what)]
            session.write("".join(line + "\n" for line in lines).encode())

        def apologise(failure: Failure) -> None:
            if failure.check(StoreError):
                session.write(self.refusal(ChatError("no-history")))
            else:
                session.connection.fail(failure)

        def begin() -> None:
            asked = maybeDeferred(ask).addCallback(tell).addErrback(apologise)
            asked.addBoth(lambda _: session.connection.release())

        session.connection.hold()
        session.after(begin)


def user_of(session: Session) -> User:
    """The user of a session that has one, as every session in a UserDialect has."""
    return cast(User, session.user)
