"""What is done when the store can't: nothing, here and in the log; and that is said."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail

from chat.history.memory.memory_store import MemoryStore
from chat.history.store import StoreError
from chat.vocabulary.errors import ChatError
from tests.moderation.town import Town, hush
from tests.people import Visitor

CHANGES = ("keep", "impose", "lift", "note", "hide", "unhide", "take_back", "edit")
QUESTIONS = ("changes", "last_of", "earlier", "audit")


class Shaky:
    """A ModerationStore before another one: it fails when the test says so, does things and has
    them answered later, or has somebody else be quicker."""

    def __init__(self, moderation: Any) -> None:
        self._moderation = moderation
        self.failing: set[str] = set()
        self.late: list[Deferred[Any]] | None = None
        """Where not None: what was asked for; `unpause` answers it."""
        self.before: Callable[[], object] | None = None
        """Called before the next change, and each one if `is_always`; not before its own."""
        self.is_always = False

    def __getattr__(self, name: str) -> Any:
        def ask(*words: Any, **named: Any) -> Any:
            if name in self.failing:
                return fail(StoreError("disk full"))
            if self.before and name in CHANGES:
                before, self.before = self.before, None
                before()
                self.before = before if self.is_always else None
            done = getattr(self._moderation, name)(*words, **named)
            if self.late is not None and name in CHANGES:
                self.late.append(done)
                done.pause()
            return done

        return ask if name in CHANGES + QUESTIONS else getattr(self._moderation, name)


class ShakyStore(MemoryStore):
    """A store whose part for moderation is shaky."""

    def __init__(self) -> None:
        super().__init__()
        self.shaky = Shaky(self.moderation)
        self.moderation = self.shaky  # type: ignore[assignment]


ACTS = [
    "TOPIC tea other",
    "CLAIM hall",
    "UNCLAIM tea",
    "GIVE tea bob",
    "MODERATOR tea carol on",
    "MODERATOR tea bob off",
    "MODE tea private on",
    "MODE tea registered on",
    "MODE tea slow 30",
    "INVITE tea carol",
    "KICK tea gus",
    "MUTE tea gus",
    "UNMUTE tea lou",
    "BAN tea gus",
    "BAN tea 192.0.2.0/24",
    "UNBAN tea zoe",
    "HIDE tea gus 10m",
    "HIDE tea * 10m",
    "UNHIDE tea dan",
    "UNSAY tea",
    "EDIT tea 3 another",
    "RAID tea off",
    "RAID tea on 1h",
    "LET tea held",
    "LET tea *",
]

SERVER_ACTS = ["BAN * gus", "MUTE * gus", "KICK * gus", "RAID * on", "ANNOUNCE hello"]

ASKED = [
    *("TOPIC tea", "MODE tea", "MODERATOR tea", "MODERATOR hall", "INVITE tea"),
    *("MUTES tea", "BANS tea", "HELD tea", "HISTORY tea", "WHO tea", "AUDIT tea 1000"),
    *("EARLIER tea 1", "EARLIER tea 2", "EARLIER tea 3"),
]


class Scene:
    """alice keeps tea, where something of everything is."""

    def __init__(self) -> None:
        self.store = ShakyStore()
        self.town = Town("alice", "bob", "carol", operators=("op",), store=self.store)
        gus, dan = self.town.rooms("gus", host="192.0.2.7"), self.town.rooms("dan")
        gus.says("MSG tea one")
        dan.says("MSG tea two")
        self.alice = self.town.rooms("alice", "tea", "hall")
        self.alice.says(
            *("CLAIM tea", "MSG tea three", "TOPIC tea time", "MODERATOR tea bob on"),
            *("MUTE tea lou", "BAN tea zoe", "HIDE tea dan 10m", "RAID tea on"),
        )
        self.held = self.town.stamped("held").says("MSG tea hm")
        self.op = self.town.rooms("op", "office")
        self.people = [self.alice, gus, dan, self.held, self.op]
        hush(*self.people)

    def state(self) -> list[list[str]]:
        """All that can be asked."""
        op = [self.op.says(line).heard() for line in ("AUDIT * 1000", "BANS *", "MUTES *")]
        return op + [self.alice.says(line).heard() for line in ASKED]


@pytest.mark.parametrize("line", [*ACTS, *SERVER_ACTS])
def test_what_could_not_be_stored_is_not_done(line: str) -> None:
    """It is answered so; nobody hears of it, nothing is different, and the log does not say it;
    and when the store works again it can be done."""
    scene = Scene()
    who = scene.op if line in SERVER_ACTS else scene.alice
    before = scene.state()
    scene.store.shaky.failing = {*CHANGES}
    who.says(line).hears(f"ERROR {ChatError('not-kept').sentence}")
    scene.store.shaky.failing = set()
    assert scene.state() == before
    for person in scene.people:
        person.hears()
    answer = who.says(line).heard()
    assert not [line for line in answer if line.startswith("ERROR")]
    assert scene.state() != before


@pytest.mark.parametrize("line", ["UNSAY tea", "EDIT tea 3 another"])
def test_what_could_not_be_looked_up_is_not_done(line: str) -> None:
    """One's own last message."""
    scene = Scene()
    before = scene.state()
    scene.store.shaky.failing = {"last_of"}
    assert scene.alice.says(line).heard()[0].startswith("ERROR ")
    scene.store.shaky.failing = set()
    assert scene.state() == before


@pytest.mark.parametrize("line", ["AUDIT tea", "EARLIER tea 1"])
def test_what_could_not_be_read_is_told_so(line: str) -> None:
    """As the history is."""
    scene = Scene()
    scene.store.shaky.failing = {"audit", "earlier"}
    scene.alice.says(line).hears(f"ERROR {ChatError('no-history').sentence}")
    assert not scene.alice.is_sent_away


@pytest.mark.parametrize("line", ACTS)
def test_nobody_sees_it_before_it_is_stored(line: str) -> None:
    """As long as the store takes its time all is as it was, and one's next line waits; then it
    holds. With the connection gone meanwhile as well."""
    for is_gone in (False, True):
        scene = Scene()
        before = [scene.op.says(line).heard() for line in ("WHO tea", "BANS *")]
        hush(*scene.people)
        scene.store.shaky.late = []
        scene.alice.says(line, "PING").hears()
        assert [scene.op.says(line).heard() for line in ("WHO tea", "BANS *")] == before
        for person in scene.people:
            person.hears()
        if is_gone:
            scene.alice.vanishes()
        late, scene.store.shaky.late = scene.store.shaky.late, None
        for done in late:
            done.unpause()
        if not is_gone:
            answer, pong = scene.alice.heard()[-2:]
            assert not answer.startswith("ERROR")
            assert pong == "PONG"
        acts = [entry.split()[4:6] for entry in scene.op.says("AUDIT * 3").heard()]
        assert ["alice", line.split()[0]] in acts


def two_towns() -> tuple[Town, Town, ShakyStore]:
    """Two servers with one store; each looks what the other has done when it is told to."""
    store = ShakyStore()
    one = Town("alice", "bob", "carol", "dave", store=store)
    return one, Town(store=store), store


def catch_up(town: Town) -> None:
    """As a server does by itself every half second."""
    town.factory.directory.load()
    town.factory.registry.load()


def asked(person: Visitor, line: str) -> list[str]:
    hush(person)
    return person.says(line).heard()


def test_what_another_server_was_quicker_with_is_not_lost() -> None:
    """Both change the same room without knowing of each other: both changes hold."""
    one, other, _ = two_towns()
    alice = one.rooms("alice").says("CLAIM tea", "MODERATOR tea bob on")
    catch_up(other)
    bob = other.rooms("bob")
    alice.says("TOPIC tea of one", "MODERATOR tea carol on")
    bob.says("INVITE tea dave").hears("INFO dave is invited to tea")
    alice.says("MODE tea slow 30")
    bob.says("TOPIC tea of both").hears("INFO topic of tea set")
    catch_up(one)
    for person in (alice, bob):
        assert asked(person, "TOPIC tea") == ["TOPIC tea of both"]
        assert asked(person, "MODE tea")[0].split()[5] == "slow=30"
        assert asked(person, "INVITE tea")[:-1] == ["INVITED tea dave"]
        names = [line.split()[2] for line in asked(person, "MODERATOR tea")[:-1]]
        assert sorted(names) == ["alice", "bob", "carol"]


def test_two_who_claim_the_same_room_at_once() -> None:
    """One has it, and the other is told whose it is; the log has one of them."""
    one, other, store = two_towns()
    catch_up(other)
    alice, bob = one.rooms("alice"), other.rooms("bob")
    store.shaky.before = lambda: alice.says("CLAIM tea").hears("INFO tea is yours")
    bob.says("CLAIM tea").hears("ERROR tea has an owner: ask alice")
    acts = asked(alice, "AUDIT tea")
    assert [line.split()[4:6] for line in acts[:-1]] == [["alice", "CLAIM"]]


def test_who_is_no_moderator_any_more_when_it_is_done() -> None:
    """What somebody may do is decided by what it knew; what it changes is changed on top of what
    holds, and takes nothing back."""
    one, other, store = two_towns()
    alice = one.rooms("alice").says("CLAIM tea", "MODERATOR tea bob on")
    catch_up(other)
    bob = other.rooms("bob")
    store.shaky.before = lambda: alice.says("MODERATOR tea bob off")
    assert bob.says("TOPIC tea mine").heard()[0].startswith(("INFO topic", "ERROR that is not"))
    assert asked(alice, "MODERATOR tea")[:-1] == ["MODERATOR tea alice owner"]


@pytest.mark.parametrize("line", ["UNSAY tea", "EDIT tea 1 x"])
def test_what_was_hidden_meanwhile_is_not_taken_back(line: str) -> None:
    """Nor edited: whoever hides it can show it again as it was."""
    one, _, store = two_towns()
    alice, gus = one.rooms("alice").says("CLAIM tea"), one.rooms("gus").says("MSG tea spam")
    hush(alice, gus)
    store.shaky.before = lambda: alice.says("HIDE gus 10m")
    gus.says(line).hears(f"ERROR {ChatError('nothing-said', 'tea').sentence}")
    alice.says("UNHIDE gus")
    assert asked(alice, "HISTORY tea")[0].endswith(" gus spam")


def test_always_somebody_is_quicker() -> None:
    """Then it is not done, and said so; what the others did holds."""
    one, other, store = two_towns()
    alice = one.rooms("alice").says("CLAIM tea")
    catch_up(other)
    hush(alice)
    again = other.rooms("alice", "hall")
    topics = count()
    store.shaky.before = lambda: alice.says(f"TOPIC tea {next(topics)}")
    store.shaky.is_always = True
    again.says("MODE tea slow 30").hears(f"ERROR {ChatError('not-kept').sentence}")
    store.shaky.before = None
    assert next(topics) > 1
    assert asked(alice, "MODE tea")[0].split()[5] == "slow=0"
    acts = [line.split()[5] for line in asked(alice, "AUDIT tea")[:-1]]
    assert acts == ["CLAIM", *["TOPIC"] * (next(topics) - 1)]


@pytest.mark.parametrize(
    "line",
    [
        *("GIVE tea bob", "MODERATOR tea carol on", "MODERATOR tea bob off", "INVITE tea carol"),
        *("MODE tea slow 30", "UNCLAIM tea"),
    ],
)
def test_what_nobody_keeps_any_more_is_nobody_s(line: str) -> None:
    """Given back at one server while its owner does something with it at the other one: it stays
    so."""
    one, other, store = two_towns()
    alice = one.rooms("alice").says("CLAIM tea", "MODERATOR tea bob on")
    catch_up(other)
    hush(alice)
    again = other.rooms("alice", "hall")
    store.shaky.before = lambda: alice.says("UNCLAIM tea")
    refused = again.says(line).heard()
    assert refused[0].startswith("ERROR ")
    catch_up(one)
    assert asked(alice, "MODERATOR tea") == ["INFO 0 names in tea"]
    assert asked(alice, "TOPIC tea") == ["TOPIC tea"]
    assert asked(alice, "MODE tea")[0].split()[5] == "slow=0"
