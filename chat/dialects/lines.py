"""What the line styles have in common: the verb table; receive, encode, refuse, answer. Knows no
verb of a room: see chat.dialects.commands."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from functools import partial
from typing import Any, ClassVar, NamedTuple, NoReturn, TypeVar, cast

from twisted.internet.defer import Deferred, inlineCallbacks, maybeDeferred
from twisted.python.failure import Failure

from chat.dialects.commands.grammar import cut
from chat.dialects.sentences import TOLD, in_words
from chat.moderation.rules import RULES, Role, Where, who_may
from chat.queries.seam import queries_of, realm_of
from chat.realm.room import Room
from chat.realm.session import GONE, Session
from chat.realm.user import user_of
from chat.vocabulary.errors import SENTENCES, ChatError
from chat.vocabulary.events import Event, Said
from chat.vocabulary.names import username
from chat.vocabulary.pieces import pieces
from chat.vocabulary.text import REPLACED, clean, decode
from chat.vocabulary.writing.erasing import erased

T = TypeVar("T")


class Verb(NamedTuple):
    """A command: what it does, and its docstring, which is its grammar and its help."""

    act: Callable[[Any, Session, str], None]
    help: str
    is_restricted: bool
    """Whether it is not for everyone who is here, wherever that may be."""

    @property
    def usage(self) -> str:
        """How it is written."""
        return self.help.partition("  ->  ")[0]


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
                found.setdefault(verb, Verb(act, grammar, is_restricted))
    return {verb: found[verb] for verb in RULES if verb in found}


class LineDialect:
    """A style of the line protocol. It keeps no state: that is in the session."""

    verbs: ClassVar[dict[str, Verb]] = {}
    alike = True
    has_one_room = False
    is_stamped = False
    hears_devices = False
    goodbye = "INFO goodbye"

    grammars: ClassVar[dict[str, str]] = {}
    """What HELP says of the verbs of all styles."""

    def __init_subclass__(cls) -> None:
        cls.verbs = _verbs(cls)
        for name, verb in cls.verbs.items():
            cls.grammars.setdefault(name, verb.help)

    def receive(self, session: Session, line: bytes) -> None:
        """Do what a line asks for, or say why not."""
        verb = None
        try:
            text = decode(line)
            if REPLACED in text:
                text = self._edited(line)
            name, _, rest = text.partition(" ")
            verb = self.verbs.get(name)
            if verb is None:
                name, rest = cut(text.lstrip())
                if not name:
                    self.blank(session)
                    return
                verb = self.verbs.get(name.upper()) or self.unknown(name)
            if verb.is_restricted:  # before its words are looked at
                realm_of(session).rulebook.check(name.upper(), user_of(session))
            verb.act(self, session, rest)
        except ChatError as error:
            if verb is not None:
                error.usage = verb.usage
            session.refuse(error)

    def _edited(self, line: bytes) -> str:
        """A line that was typed with editing keys, without what was erased. Whoever passes on what
        others write may not have their command erased in it: raises ChatError: erased-command."""
        text, first = erased(line.decode())
        verb, space, _ = first.lstrip().partition(" ")
        if space and verb.upper() in self.verbs and verb != text.lstrip().partition(" ")[0]:
            raise ChatError("erased-command", verb)
        return clean(text)

    def encode(self, event: Event) -> bytes:
        """The event as whole lines; empty if this style does not tell it."""
        return in_words(TOLD, event)

    def own(self, said: Said) -> bytes:
        """What speakers hear of their own message, where that is not what the others hear."""
        return b""

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        """ERROR <sentence>"""
        return f"ERROR {error.sentence}\n".encode()

    def blank(self, session: Session) -> None:
        """A blank line came."""

    def unknown(self, name: str) -> NoReturn:
        """A verb came that is not in the table."""
        raise ChatError("unknown-command", name)

    def reply(self, session: Session, *lines: str) -> None:
        """Answer with these lines, after everything the session has caused before."""
        data = "".join(line + "\n" for line in lines).encode()
        session.after(partial(session.write, data), len(data))

    def tell(self, session: Session, lines: Iterable[str]) -> None:
        """Answer with a list that may be long: a piece at a time, as it is read."""
        session.connection.hold()
        session.after(partial(self._begin_telling, session, lines))

    def tell_list(self, session: Session, lines: Iterable[str], what: str, where: str) -> None:
        """Answer with a list, and what closes it. A line is made when it is sent: whoever does not
        read has a place in the list, and no copy of it."""
        self.tell(session, self.counted(lines, what, where))

    def counted(self, lines: Iterable[str], what: str, where: str) -> Iterator[str]:
        """The lines of a list, and what closes it."""
        told = 0
        for line in lines:
            yield line
            told += 1
        yield from self.closing(told, what, where)

    def _begin_telling(self, session: Session, lines: Iterable[str]) -> None:
        told = self.write_lines(session, lines)
        told.addErrback(lambda failure: session.connection.fail(failure))
        told.addBoth(lambda _: session.connection.release())

    @inlineCallbacks
    def write_lines(
        self, session: Session, lines: Iterable[str], may: Callable[[], bool] = lambda: True
    ) -> Generator[Deferred[Any], Any, None]:
        """Write these lines: the first piece at once, each other one when the client can read it,
        and each when it is their turn among all who are told so much. They may be read as long as
        `may` says so."""
        yield session.turn()
        first = True
        for data, _ in pieces(((line + "\n").encode(), None) for line in lines):
            if not first:
                yield session.connection.ready()
                yield session.turn()
            if session.connection is GONE or not may():
                return
            session.write(data)
            first = False

    def ask(self, session: Session, tell: Callable[[], Deferred[None]]) -> None:
        """Tell what the store has, once all that was said before is stored. Other commands of the
        session wait so long."""

        def apologise(failure: Failure) -> None:
            if failure.check(ChatError):
                session.refuse_now(_refusal(failure))
            else:
                session.connection.fail(failure)

        def begin() -> None:
            told = maybeDeferred(tell).addErrback(apologise)
            told.addBoth(lambda _: session.connection.release())

        session.connection.hold()
        session.after(begin)

    def closing(self, count: int, what: str, where: str) -> tuple[str, ...]:
        """What closes a list."""
        return ()

    def do_ping(self, session: Session, rest: str) -> None:
        """PING [token]  ->  PONG [token]"""
        self.reply(session, f"PONG {rest}".rstrip())

    def do_help(self, session: Session, rest: str) -> None:
        """HELP [verb or code]  ->  all commands, one of them, or what a refusal means"""
        word = rest.strip()
        if word.lower() in SENTENCES:
            ask = ["who looks after the room, or the server"]
            self.reply(session, f"INFO {ChatError(word.lower(), '...', ask=ask).sentence}")
            return
        verb = self.verbs.get(word.upper())
        if word and verb is None and word.upper() not in self.grammars:
            self.unknown(word)
        one = verb.help if verb else self.grammars.get(word.upper(), "")
        if word and (who := who_may(word.upper())):
            one += f" (for {who})"
        grammars = [one] if word else [self.verbs[name].help for name in self.usable(session)]
        self.reply(session, *dict.fromkeys(f"INFO {grammar}" for grammar in grammars))

    def usable(self, session: Session) -> list[str]:
        """The verbs that somebody may use, if not everywhere."""
        return list(self.verbs)

    def do_quit(self, session: Session, rest: str) -> None:
        """QUIT or EXIT  ->  a goodbye, then the connection is closed"""
        session.end(f"{self.goodbye}\n".encode())

    do_exit = do_quit


class UserDialect(LineDialect):
    """A style of somebody who has said who they are."""

    changed = "OK"
    """The answer to STAMPS, with a place for `on` or `off`."""
    stamps: dict[str, UserDialect]
    """The styles to change to with STAMPS on, and off."""

    def unknown(self, name: str) -> NoReturn:
        """See LineDialect."""
        if name.upper() in ("LOGIN", "AUTH"):
            raise ChatError("already-logged-in")
        super().unknown(name)

    def usable(self, session: Session) -> list[str]:
        """See LineDialect."""
        highest = queries_of(session).highest_role(user_of(session))
        return [verb for verb in self.verbs if _least(verb) <= highest]

    def done(self, what: str) -> str:
        """The answer to a command that tells nothing but that it was done."""
        return "OK"

    def answer(self, session: Session, done: Deferred[T], what: str | Callable[[T], str]) -> None:
        """Say what was done, once it holds and all have heard what came of it, or why not."""

        def tell(result: T) -> None:
            session.wait_for_others()
            self.reply(session, self.done(what if isinstance(what, str) else what(result)))

        when_done(session, done, tell)

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

    def do_dm(self, session: Session, rest: str) -> None:
        """DM <username> <text>  ->  DM <your username> <text> to that user alone"""
        word, text = cut(rest)
        realm_of(session).whisper(session, word, text)

    def do_stamps(self, session: Session, rest: str) -> None:
        """STAMPS on or off  ->  @<number> <time> before each message in a room, or no longer"""
        dialect = self.stamps.get(rest.strip().lower())
        if dialect is None:
            raise ChatError("bad-argument" if rest.strip() else "missing-argument", rest.strip())
        session.connection.hold()
        session.in_order(partial(self._stamp, session, dialect, rest.strip().lower()))

    def _stamp(self, session: Session, dialect: UserDialect, word: str) -> None:
        if not session.ended:
            session.change(dialect)
            session.write(f"{self.changed.format(word)}\n".encode())
        session.connection.release()


def when_done(
    session: Session,
    work: Deferred[T],
    done: Callable[[T], object],
    refuse: Callable[[ChatError], object] | None = None,
) -> None:
    """Call `done` with what comes of some work, or refuse; no further line of the session is
    received before."""

    def finish(result: T) -> None:
        if not session.ended:
            done(result)

    def apologise(failure: Failure) -> None:
        failure.trap(ChatError)
        (refuse or session.refuse)(_refusal(failure))

    session.connection.hold()
    work.addCallback(finish).addErrback(apologise)
    work.addErrback(lambda failure: session.connection.fail(failure))
    work.addBoth(lambda _: session.connection.release())


def _refusal(failure: Failure) -> ChatError:
    """The refusal, without the frames that it came through: they refer to it and the session."""
    error = cast(ChatError, failure.value)
    error.__traceback__ = None
    return error


def _least(verb: str) -> Role:
    """The least role that one has to have to use a verb somewhere."""
    rule = RULES[verb]
    return min(rule.who, rule.free, rule.who if rule.shows is None else rule.shows)
