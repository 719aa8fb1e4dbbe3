"""A door that nobody has written yet: what it takes to write one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.python.failure import Failure

from chat.history.words import parse
from chat.queries.seam import acts_of, queries_of, realm_of
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Event, Said
from chat.vocabulary.names import Name, conversation_key
from tests.accounts.owning import PASSWORD, owned
from tests.people import Visitor
from tests.turning import result


class Shouting:
    """A dialect in capitals. Its commands have a colon behind them, its refusals are codes."""

    alike = True
    has_one_room = False
    is_stamped = True
    hears_devices = False

    def receive(self, session: Session, line: bytes) -> None:
        """Do what a line asks for, or say why not."""
        verb, _, rest = line.decode().partition(": ")
        asked = maybeDeferred(getattr(self, verb.lower()), session, rest)
        asked.addCallback(self.shout, session).addErrback(self.refuse, session)

    def encode(self, event: Event) -> bytes:
        """Messages are told, and nothing else."""
        if not isinstance(event, Said):
            return b""
        return f"#{event.number} {event.user}: {event.text}\n".upper().encode()

    own = encode

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        """The code."""
        return f"NO! {error.code}\n".upper().encode()

    def shout(self, lines: Iterable[str], session: Session) -> None:
        session.write("".join(line + "\n" for line in lines).upper().encode())

    def refuse(self, failure: Failure, session: Session) -> None:
        failure.trap(ChatError)
        session.refuse(failure.value)

    def hello(self, session: Session, name: str) -> list[str]:
        name, _, room = name.partition(" in ")
        session.enter(name, room or None, self)
        membership = realm_of(session).membership
        rooms = membership.arrive(session, room) if room else membership.arrive_nowhere(session)
        realm_of(session).settle(session)
        return [f"in {room.name}" for room in rooms]

    def who(self, session: Session, word: str) -> list[str]:
        return [member.user for member in queries_of(session).members(session, word)]

    def history(self, session: Session, word: str) -> Deferred[list[str]]:
        queries = queries_of(session)
        found = queries.history(session, queries.place(user_of(session), word))
        return found.addCallback(lambda page: [_line(said) for said in page.messages])

    def search(self, session: Session, words: str) -> Deferred[list[str]]:
        found = queries_of(session).search(session, parse(words))
        return found.addCallback(lambda found: [_line(said) for said in found.messages])

    def catchup(self, session: Session, _: str) -> Deferred[list[str]]:
        found = queries_of(session).unread(session, user_of(session))
        return found.addCallback(lambda all_: [f"{one.unread} in {one.room}" for one in all_])

    def password(self, session: Session, word: str) -> Deferred[Any]:
        proved = acts_of(session).identity.prove(session, *word.split())
        return proved.addCallback(lambda account: [f"hello {account.name}"])


def _line(said: Said) -> str:
    return f"{said.room} #{said.number} {said.user}{'*' if said.account else ''}: {said.text}"


def shouter(comes: Callable[[], Visitor]) -> Visitor:
    """Somebody whose door speaks in capitals."""
    visitor = comes()
    visitor.protocol.session.dialect = Shouting()
    return visitor


def test_a_new_dialect_writes_nothing_twice() -> None:
    """HISTORY, SEARCH, WHO and CATCHUP are there for a dialect of sixty lines, with the names of
    rooms, the rights and the refusals of all the others."""
    factory = owned("carol")
    alice = Visitor(factory).says("JOIN tea alice").hears("INFO joined room tea")
    carol = shouter(lambda: Visitor(factory))
    carol.says(f"password: carol {PASSWORD}", "hello: carol in tea").hears("HELLO CAROL", "IN TEA")
    alice.hears("INFO carol joined tea").says("MSG tea two lumps", "DM carol psst").heard()
    carol.hears("#1 ALICE: TWO LUMPS")
    carol.says("who: tea", "who: ").hears("ALICE", "CAROL", "ALICE", "CAROL")
    carol.says("history: tea").hears("TEA #1 ALICE: TWO LUMPS")
    carol.says("history: @alice", "search: lumps").hears(
        "@ALICE #1 ALICE: PSST", "TEA #1 ALICE: TWO LUMPS"
    )
    carol.says("catchup: ").hears("1 IN @ALICE", "1 IN TEA")
    carol.says("history: jam", "who: jam", "search: ").hears(
        "NO! NOT-IN-ROOM", "NO! ROOM-NOT-FOUND", "NO! MISSING-WORDS"
    )


def test_a_guest_of_a_new_dialect_is_refused_as_in_all_others() -> None:
    """What is for accounts is for accounts, without a word of it in the dialect."""
    factory = owned("carol")
    gus = shouter(lambda: Visitor(factory))
    gus.says("hello: carol", "hello: gus in tea", "catchup: ").hears(
        "NO! PASSWORD-REQUIRED", "IN TEA", "NO! ACCOUNT-REQUIRED"
    )


def test_somebody_may_be_here_in_no_room() -> None:
    """They are listed, can be told something alone, and come to a room later; an account is in its
    rooms again."""
    factory = owned("carol")
    alice = Visitor(factory).says("LOGIN alice").hears("OK")
    gus = shouter(lambda: Visitor(factory)).says("hello: gus", "who: ").hears("ALICE", "GUS")
    alice.says("DM gus psst").hears()
    gus.hears()  # this dialect tells no direct messages
    gus.vanishes()
    alice.hears()
    Visitor(factory).says(f"AUTH carol {PASSWORD}", "JOIN tea").vanishes()
    carol = shouter(lambda: Visitor(factory))
    carol.says(f"password: carol {PASSWORD}", "hello: ").hears("HELLO CAROL", "IN TEA")


def test_a_door_can_ask_for_nothing_that_is_not_its_users() -> None:
    """Whatever key a door hands in: what two others say to each other stays theirs; and no number
    of messages is asked for that makes no sense."""
    factory = owned("carol")
    alice = Visitor(factory).says("LOGIN alice").hears("OK")
    Visitor(factory).says("LOGIN bob", "DM alice secret").hears("OK")
    alice.hears("DM bob secret")
    gus = shouter(lambda: Visitor(factory)).says("hello: gus in tea")
    session = gus.protocol.session
    theirs = Name("@bob", conversation_key("alice", "bob"))
    with pytest.raises(ChatError, match="not-in-room"):
        result(queries_of(session).history(session, theirs))
    for limit in (0, -1):
        with pytest.raises(ChatError, match="bad-argument"):
            queries_of(session).history(session, Name("tea", "tea"), limit)
        with pytest.raises(ChatError, match="bad-argument"):
            queries_of(session).search(session, parse("secret"), limit)
