"""What a door is told: every fact with its fields, and none as a sentence."""

from __future__ import annotations

from collections.abc import Callable

from chat.history.memory.memory_store import MemoryStore
from chat.queries.seam import realm_of
from chat.realm.session import Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import (
    Announced,
    Appointed,
    Banned,
    Barred,
    Closing,
    Event,
    Exited,
    Given,
    Hidden,
    Invited,
    Joined,
    Kicked,
    Left,
    Missed,
    Modes,
    ModesSet,
    Moved,
    Said,
    TopicSet,
    Whispered,
)
from chat.vocabulary.limits import CLOGGED_BYTES, LINE_BYTES
from tests.moderation.town import NOON, Town
from tests.people import Visitor

AT = NOON * 1000


class Recorder:
    """A dialect that keeps what it is told, and says nothing; its lines are names of rooms."""

    alike = True
    has_one_room = False
    is_stamped = True
    hears_devices = True

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.line = b""

    def receive(self, session: Session, line: bytes) -> None:
        realm_of(session).membership.join(session, line.decode())

    def encode(self, event: Event) -> bytes:
        self.told.append(event)
        return self.line

    own = encode

    def refusal(self, error: ChatError, token: str = "") -> bytes:
        return b""

    def hears(self, *events: Event) -> None:
        """These have been told since the last look, in this order."""
        told, self.told = self.told, []
        assert told == list(events)


def recorded(visitor: Visitor) -> Recorder:
    """From now on somebody hears events."""
    recorder = Recorder()
    visitor.protocol.session.change(recorder)
    visitor.heard()
    return recorder


def town() -> tuple[Town, Visitor, Callable[..., Recorder]]:
    """A chat where alice owns the room tea, and somebody who listens comes to it."""
    its = Town("alice", "bob", operators=("op",))
    alice = its.rooms("alice").says("CLAIM tea")
    return its, alice, lambda name, *rooms: recorded(its.rooms(name, *(rooms or ("tea",))))


def test_a_message_says_whose_it_is() -> None:
    """The account behind a name, the kind, the room's name and key; number and time."""
    _, alice, listens = town()
    bob = listens("bob")
    alice.says("MSG tea hi", "DM bob psst")
    bob.hears(
        Said("tea", "alice", "hi", 1, AT, account="alice", key="tea"),
        Whispered("@alice@bob", "@alice", "alice", "psst", 1, AT, account="alice"),
    )


def test_who_comes_and_goes_and_why() -> None:
    """An account, one more device of it, and each way to be in a room no longer."""
    its, alice, listens = town()
    witness = listens("gus")
    its.rooms("bob")
    its.rooms("bob").says("LEAVE tea")
    witness.hears(
        Joined("tea", "tea", "bob", AT, "bob"),
        Joined("tea", "tea", "bob", AT, "bob", is_further=True),
        Left("tea", "tea", "bob", AT, "bob"),
    )
    its.rooms("lou").vanishes()
    its.rooms("max")
    alice.says("KICK tea max enough")
    witness.hears(
        Joined("tea", "tea", "lou", AT),
        Left("tea", "tea", "lou", AT, cause="gone"),
        Joined("tea", "tea", "max", AT),
        Left("tea", "tea", "max", AT, cause="kicked", by="alice", reason="enough"),
    )


def test_whoever_is_put_out_knows_why() -> None:
    """Kicked, banned and barred: by whom, until when, and who could help."""
    _, alice, listens = town()
    gus, lou = listens("gus"), listens("lou")
    gus.told.clear()
    alice.says("KICK tea gus enough")
    gus.hears(Kicked("tea", "tea", AT, "alice", "enough"), Exited("tea", "tea", AT))
    alice.says("BAN tea lou 1h rude")
    lou.hears(
        Left("tea", "tea", "gus", AT, cause="kicked", by="alice", reason="enough"),
        Banned("tea", "tea", AT, "alice", AT + 3_600_000, "rude", ("alice",)),
        Exited("tea", "tea", AT),
    )
    kim = listens("kim")
    alice.says("MODE tea registered on")
    kim.hears(
        Barred("tea", "tea", AT, "registered-only"),
        Exited("tea", "tea", AT),
    )


def test_whoever_is_made_something_knows_by_whom() -> None:
    """Invited, appointed, given."""
    _, alice, listens = town()
    bob = listens("bob")
    alice.says("MODERATOR tea bob on", "INVITE tea bob", "GIVE tea bob")
    told = [event for event in bob.told if isinstance(event, Appointed | Invited | Given)]
    assert told == [
        Appointed("tea", "tea", AT, "alice"),
        Invited("tea", "tea", AT, "alice"),
        Given("tea", "tea", AT, "alice"),
    ]


def test_what_happens_to_a_room_says_who_and_when() -> None:
    """A topic, modes as a struct, what was hidden; an announcement, and the end."""
    its, alice, listens = town()
    op = its.login("op")
    gus = listens("gus")
    alice.says("TOPIC tea leaves", "MODE tea slow 5", "MSG tea x", "UNSAY tea")
    op.says("ANNOUNCE soon")
    its.factory.shut_down()
    gus.hears(
        TopicSet("tea", "tea", "leaves", AT, "alice"),
        ModesSet("tea", "tea", Modes(slow=5), AT),
        Said("tea", "alice", "x", 1, AT, account="alice", key="tea"),
        Hidden("tea", "tea", (1,), AT, "alice"),
        Announced(AT, "op", "soon"),
        Closing(AT),
    )


def test_whoever_is_moved_knows_where() -> None:
    """A device with one room has lost it to a private one of the same name, where another device
    of its owner went, and is in the lobby then."""
    its, alice, _ = town()
    alice.says("MODE tea private on")
    lodger = recorded(its.login("bob").says("JOIN tea"))
    lodger.has_one_room = True
    alice.says("INVITE tea bob")
    lodger.told.clear()
    its.rooms("bob")
    assert [event for event in lodger.told if isinstance(event, Moved)] == [
        Moved("tea\x1f1", "tea", AT, is_namesake=True),
        Moved("lobby", "lobby", AT),
    ]


def test_what_is_missed_is_a_number() -> None:
    """How many messages of a room a slow reader can't be told any more."""
    its = Town(store=MemoryStore(per_room=2))
    alice, gus = its.rooms("alice"), its.rooms("gus")
    recorder = recorded(gus)
    recorder.line = b"x" * (LINE_BYTES - 1) + b"\n"
    gus.stops_reading()
    many = 3 * CLOGGED_BYTES // LINE_BYTES
    alice.says(*["MSG tea hi"] * many)
    gus.reads_on()
    taken = len(gus.heard()) - len(["missed", "the last but one", "the last"])
    missed = [event for event in recorder.told if isinstance(event, Missed)]
    assert missed == [Missed("tea", "tea", many - 2 - taken, AT)]
    assert taken < many - 2
