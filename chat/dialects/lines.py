"""What the line styles have in common: the verb table; receive, encode, refuse."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from functools import partial
from itertools import chain
from typing import Any, ClassVar, NamedTuple, NoReturn, cast

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.python.failure import Failure

from chat.dialects.commands.questions import Question, asked, shown, where_said
from chat.history.store import Store, StoreError
from chat.history.words import Query, parse
from chat.moderation.rules import RULES, Role, Where, who_may
from chat.realm.room import Room
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import SENTENCES, ChatError
from chat.vocabulary.events import Announced, Event, Said, Sent, Whispered
from chat.vocabulary.limits import AGAIN, BULK_LINES, CATCH_UP_MESSAGES, HISTORY_COUNT
from chat.vocabulary.names import username
from chat.vocabulary.text import decode


class Verb(NamedTuple):
    """A command: what it does, and its docstring, which is its grammar and its help."""

    act: Callable[[Any, Session, str], None]
    help: str
    is_bulk: bool
    """Whether its answer may be long."""
    is_restricted: bool
    """Whether it is not for everyone who is here, wherever that may be."""


def _verbs(style: type[LineDialect]) -> dict[str, Verb]:
    """Every do_* method of a style, in the order of the rule book."""
    found: dict[str, Verb] = {}
    for cls in style.__mro__:
        for name, act in vars(cls).items():
            if name.startswith("do_"):
                grammar = " ".join((act.__doc__ or "").split()).replace(" -> ", "  ->  ")
                verb = name[3:].upper()
                rule = RULES[verb]
                is_restricted = rule.who > Role.GUEST and rule.where is Where.NOWHERE
                is_bulk = name[3:] in style.bulk
                found.setdefault(verb, Verb(act, grammar, is_bulk, is_restricted))
    return {verb: found[verb] for verb in RULES if verb in found}


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
    bulk: ClassVar[set[str]] = {
        *("who", "rooms", "history", "search", "catchup"),
        *("mutes", "bans", "held", "earlier", "audit"),
    }
    """Verbs whose answer may be long: each counts as several lines."""
    alike = True
    has_one_room = False
    is_stamped = False
    goodbye = "INFO goodbye"

    grammars: ClassVar[dict[str, str]] = {}
    """What HELP says of the verbs of all styles."""

    def __init_subclass__(cls) -> None:
        cls.verbs = _verbs(cls)
        for name, verb in cls.verbs.items():
            cls.grammars.setdefault(name, verb.help)

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
            if verb.is_bulk:
                session.connection.spend(BULK_LINES - 1)
            if verb.is_restricted:
                session.realm.rulebook.check(name.upper(), user_of(session))
            verb.act(self, session, rest)
        except ChatError as error:
            session.refuse(error)

    def encode(self, event: Event) -> bytes:
        """The event as whole lines; empty if this style does not tell it."""
        if type(event) is Announced:
            return f"INFO {event.text}\n".encode()
        if type(event) is Whispered:
            return f"DM {event.user} {event.text}\n".encode()
        if type(event) is Sent:
            return f"SENT {event.user} {event.text}\n".encode()
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
            error = ChatError(word.lower(), "...", ask="who looks after the room, or the server")
            session.reply(f"INFO {error.sentence}")
            return
        verb = self.verbs.get(word.upper())
        if word and verb is None and word.upper() not in self.grammars:
            self.unknown(word)
        one = verb.help if verb else self.grammars.get(word.upper(), "")
        if word and (who := who_may(word.upper())):
            one += f" (for {who})"
        grammars = [one] if word else [self.verbs[name].help for name in self.usable(session)]
        session.reply(*dict.fromkeys(f"INFO {grammar}" for grammar in grammars))

    def usable(self, session: Session) -> list[str]:
        """The verbs that somebody may use, if not everywhere."""
        return list(self.verbs)

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
        if name.upper() in ("LOGIN", "AUTH"):
            raise ChatError("already-logged-in")
        super().unknown(name)

    def usable(self, session: Session) -> list[str]:
        """See LineDialect."""
        highest = session.realm.rulebook.highest(user_of(session))
        return [verb for verb in self.verbs if _least(verb) <= highest]

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
        room = realm.rooms.find(user_of(session), word) if word else None
        users, where = (room.members, f"in {room.name}") if room else (realm.users.values(), "here")
        names = [user.name for user in users]
        lines = (f"USER {name}" for name in names)
        session.tell(chain(lines, self.closing(len(names), "user", where)))

    def do_dm(self, session: Session, rest: str) -> None:
        """DM <username> <text>  ->  DM <your username> <text> to that user alone"""
        word, text = cut(rest)
        session.realm.whisper(session, word, text)

    def do_rooms(self, session: Session, rest: str) -> None:
        """ROOMS  ->  ROOM <name> <members> for every room"""
        rooms = session.realm.rooms.listed(user_of(session))
        lines = (f"ROOM {name} {members}" for name, members in rooms)
        session.tell(chain(lines, self.closing(len(rooms), "room", "open")))

    def do_history(self, session: Session, rest: str) -> None:
        """HISTORY [room] [count] [BEFORE <number> | AFTER <number>]  ->
        HISTORY <room> <number> <time> <username> <text> for each message, oldest first"""
        room_meant = partial(self.room_meant, session)
        question = asked(rest, user_of(session), session.realm, room_meant)
        self._ask(session, partial(self._tell_history, session, question))

    @inlineCallbacks
    def _tell_history(
        self, session: Session, question: Question
    ) -> Generator[Deferred[Any], Any, None]:
        """Tell what was asked for, a page at a time."""
        realm, told = session.realm, 0
        store = realm.store
        key, name, most, before, after = question
        since = realm.people.private_since(user_of(session)) if name[0] == "@" else 0
        if after is None and most > CATCH_UP_MESSAGES:
            last = yield store.last(key)
            before = min(before or last + 1, last + 1)
            after = max(0, before - 1 - most)
            if (yield store.moderation.hidden_after({key: after})):
                after = yield self._find_start(store, key, most, before)
        while told < most:
            wanted = min(most - told, CATCH_UP_MESSAGES)
            if after is None:
                page = yield store.page(key, wanted, before=before)
            else:
                page = yield store.page(key, wanted, after=after)
                page = [said for said in page if before is None or said.number < before]
            own = [said for said in page if said.at > since]
            may = partial(_reads, session, [key])
            yield session.write_lines((shown(said, name) for said in own), may)
            if not may():
                raise ChatError("not-in-room", name)
            told += len(own)
            if after is None or len(page) < wanted:
                break
            after = page[-1].number
            yield session.connection.ready()
        yield session.write_lines(self.closing(told, "message", f"from {name}"))

    @inlineCallbacks
    def _find_start(
        self, store: Store, key: str, most: int, before: int
    ) -> Generator[Deferred[Any], Any, int]:
        """The number before the first one of the last messages before a number, where numbers have
        holes."""
        while most > 0 and before > 1:
            page = yield store.page(key, min(most, CATCH_UP_MESSAGES), before=before)
            if not page:
                break
            most, before = most - len(page), page[0].number
        return before - 1

    def do_search(self, session: Session, rest: str) -> None:
        """SEARCH <words> ["a phrase"] [from:<username>]  ->
        HISTORY <room> <number> <time> <username> <text> for the last messages with all of these in
        your rooms, oldest first"""
        self._ask(session, partial(self._tell_found, session, parse(rest)))

    @inlineCallbacks
    def _tell_found(self, session: Session, query: Query) -> Generator[Deferred[Any], Any, None]:
        user = user_of(session)
        for _ in range(AGAIN):
            rooms = list(user.rooms)
            scopes = [*rooms, f"@{user.key}"]
            found = yield session.realm.store.search(scopes, query, HISTORY_COUNT)
            if session.user is None or _reads(session, rooms):
                break  # or it was sent out of one meanwhile
        since = session.realm.people.private_since(user)
        found = [said for said in found if said.room[0] != "@" or said.at > since]
        may = partial(_reads, session, rooms)
        lines = (shown(said, where_said(said, user)) for said in found)
        yield session.write_lines(chain(lines, self.closing(len(found), "message", "found")), may)
        if not may():
            raise ChatError("no-history")

    def do_stamps(self, session: Session, rest: str) -> None:
        """STAMPS on or off  ->  @<number> <time> before each message in a room, or no longer"""
        dialect = self.stamps.get(rest.strip().lower())
        if dialect is None:
            raise ChatError("bad-argument", rest.strip() or "STAMPS")
        session.connection.hold()
        session.in_order(partial(self._stamp, session, dialect, rest.strip().lower()))

    def _stamp(self, session: Session, dialect: UserDialect, word: str) -> None:
        if not session.ended:
            session.change(dialect)
            session.write(f"{self.changed.format(word)}\n".encode())
        session.connection.release()

    def _ask(self, session: Session, tell: Callable[[], Deferred[None]]) -> None:
        """Tell what the store has, once all that was said before is stored. Other commands of the
        session wait so long."""

        def apologise(failure: Failure) -> None:
            if failure.check(StoreError):
                session.write(self.refusal(ChatError("no-history")))
            elif failure.check(ChatError):
                session.write(self.refusal(cast(ChatError, failure.value)))
            else:
                session.connection.fail(failure)

        def begin() -> None:
            told = maybeDeferred(tell).addErrback(apologise)
            told.addBoth(lambda _: session.connection.release())

        session.connection.hold()
        session.after(begin)


def _reads(session: Session, keys: Collection[str]) -> bool:
    """Whether it may still read what it has asked for: rooms, or conversations."""
    if session.user is None:
        return False
    rooms = session.user.rooms
    return all(key in rooms or key[0] == "@" for key in keys)


def _least(verb: str) -> Role:
    """The least that one has to be to use a verb somewhere."""
    rule = RULES[verb]
    return min(rule.who, rule.free, rule.who if rule.shows is None else rule.shows)
