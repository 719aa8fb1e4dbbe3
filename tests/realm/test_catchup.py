"""Who does not keep up: what waits for it is bounded, and it misses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chat.factory import ChatFactory
from chat.history.memory.memory_store import MemoryStore
from chat.history.store import StoreError
from chat.vocabulary.limits import CATCH_UP_MESSAGES, STUCK_LOOKS, STUCK_SECONDS
from tests.people import Visitor
from tests.stores import SlowStore

People = Callable[..., Visitor]
MANY = 3 * CATCH_UP_MESSAGES


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def factory(clock: Clock) -> ChatFactory:
    return ChatFactory(clock=clock)


def test_who_does_not_read_is_sent_nothing_and_then_everything(in_rooms: People) -> None:
    """No gap, no repeat, in order; then it is live again."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    bob.stops_reading()
    texts = [str(number) for number in range(MANY)]
    alice.says(*[f"MSG tea {text}" for text in texts])
    bob.hears()
    bob.reads_on()
    bob.hears(*[f"MSG tea alice {text}" for text in texts])
    alice.says("MSG tea live")
    bob.hears("MSG tea alice live")
    assert bob.protocol.session.catching_up is None


def test_others_do_not_wait_for_it(in_rooms: People) -> None:
    """They hear all at once, and so does who comes later."""
    alice, bob, carol = (in_rooms(name, "tea") for name in ("alice", "bob", "carol"))
    bob.stops_reading()
    carol.heard()
    alice.says("MSG tea hi")
    carol.hears("MSG tea alice hi")
    dave = in_rooms("dave", "tea")
    alice.says("MSG tea ho")
    dave.hears("MSG tea alice ho")


def test_it_stops_and_reads_on_as_it_likes(in_rooms: People) -> None:
    """Also while it is catching up, and while the room talks on."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    heard: list[str] = []
    for number in range(MANY):
        alice.says(f"MSG tea {number}")
        if number % 7 == 0:
            bob.stops_reading()
        if number % 11 == 0:
            bob.reads_on()
        heard += bob.heard()
    bob.reads_on()
    heard += bob.heard()
    assert heard == [f"MSG tea alice {number}" for number in range(MANY)]


def test_what_the_memory_has_forgotten_is_counted(clock: Clock) -> None:
    """It is told how many it has missed, and where."""
    factory = ChatFactory(MemoryStore(per_room=10), clock=clock)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    bob.heard()
    alice.says("MSG tea seen")
    bob.hears("MSG tea alice seen").stops_reading()
    alice.says(*[f"MSG tea {number}" for number in range(130)])
    bob.reads_on()
    rest = [f"MSG tea alice {number}" for number in range(120, 130)]
    bob.hears("INFO 120 messages missed in tea", *rest)
    bob.stops_reading()
    alice.says(*[f"MSG tea {number}" for number in range(11)])
    bob.reads_on()
    assert bob.heard()[:2] == ["INFO 1 message missed in tea", "MSG tea alice 1"]


def test_a_room_of_which_nothing_is_left_is_caught_up_with(clock: Clock) -> None:
    """All of it is missed, and then it is live."""
    factory = ChatFactory(MemoryStore(most_bytes=1), clock=clock)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    bob.heard()
    bob.stops_reading()
    alice.says("MSG tea 1", "MSG tea 2")
    bob.reads_on()
    bob.hears("INFO 2 messages missed in tea")
    alice.says("MSG tea 3")
    bob.hears("MSG tea alice 3")


def test_who_came_and_went_meanwhile_is_not_told(in_rooms: People) -> None:
    """WHO tells."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    bob.stops_reading()
    in_rooms("carol", "tea").says("MSG tea hi", "QUIT")
    in_rooms("dave", "tea")
    bob.reads_on()
    bob.hears("MSG tea carol hi")
    bob.says("WHO tea").hears("USER alice", "USER bob", "USER dave", "INFO 3 users in tea")
    alice.heard()


def test_each_room_is_caught_up_with(in_rooms: People) -> None:
    """One it is behind in, others not, in whatever order."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    for person in (alice, bob):
        person.says("JOIN jam", "JOIN milk").heard()
    bob.stops_reading()
    for room in ("tea", "jam", "tea"):
        alice.says(f"MSG {room} {room}")
    bob.reads_on()
    heard = bob.heard()
    assert sorted(heard) == ["MSG jam alice jam", "MSG tea alice tea", "MSG tea alice tea"]
    alice.says("MSG milk live", "MSG tea live")
    bob.hears("MSG milk alice live", "MSG tea alice live")


def test_ones_own_messages_look_as_always(in_rooms: People, logged_in: People) -> None:
    """Heard, not heard, or answered with their number, as its style has it; said before it stopped
    reading, stored after."""
    store = SlowStore()
    factory = ChatFactory(store)
    bob = Visitor(factory).says("LOGIN bob").hears("OK")
    carol = Visitor(factory).says("LOGIN carol", "STAMPS on").hears("OK", "OK")
    dave = Visitor(factory).says("JOIN lobby dave", "STAMPS on")
    dave.heard()
    alice = Visitor(factory).says("LOGIN alice").hears("OK")
    alice.says("MSG hi")
    bob.says("MSG bob's")
    carol.says("@t1 MSG carol's")
    dave.says("@t2 MSG lobby dave's")
    for person in (bob, carol, dave):
        person.heard()
        person.stops_reading()
    store.commit()
    store.commit()
    for person in (bob, carol, dave):
        person.reads_on()
    bob.hears("MSG alice hi", "MSG carol carol's", "MSG dave dave's")
    stamped = carol.heard()
    assert [line.split(" ", 2)[2] for line in stamped if line[0] == "@"] == [
        "MSG alice hi", "MSG bob bob's", "MSG dave dave's",
    ]  # fmt: skip
    assert stamped[2] == "OK 3 t1"
    assert [line.split(" ", 2)[2] for line in dave.heard()] == [
        "MSG lobby alice hi", "MSG lobby bob bob's", "MSG lobby carol carol's",
        "t2 MSG lobby dave dave's",
    ]  # fmt: skip


def test_direct_messages_are_kept_for_it(in_rooms: People) -> None:
    """Each once and in order; what it is told by one does not wait for another."""
    alice, bob, carol = (in_rooms(name, "tea") for name in ("alice", "bob", "carol"))
    bob.heard()
    bob.says("DM alice before")
    bob.stops_reading()
    for number in range(3):
        alice.says(f"DM bob {number}")
        carol.says(f"DM bob {number}")
    bob.hears()
    bob.reads_on()
    heard = bob.heard()
    for name in ("alice", "carol"):
        theirs = [line for line in heard if line.startswith(f"DM {name} ")]
        assert theirs == [f"DM {name} {number}" for number in range(3)]
    assert len(heard) == 6
    alice.says("DM bob live")
    bob.hears("DM alice live")


def test_one_may_go_without_having_read_all(in_rooms: People) -> None:
    """By LEAVE, by QUIT and by breaking off; the room goes on, and coming again begins anew."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    bob.says("JOIN jam").heard()
    bob.stops_reading()
    alice.says("MSG tea missed")
    bob.says("LEAVE tea", "JOIN tea")  # not read before it reads
    bob.vanishes()
    alice.says("MSG tea ho").heard()
    bob = in_rooms("bob", "tea")
    alice.says("MSG tea new")
    bob.hears("MSG tea alice new")


def test_a_message_that_is_told_while_it_leaves(clock: Clock) -> None:
    """Somebody who is catching up says LEAVE, and then JOIN: from there on it hears all."""
    store = SlowStore()
    factory = ChatFactory(store, clock=clock)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    bob.heard()
    bob.stops_reading()
    alice.says("MSG tea 1")
    store.commit()
    store.asked = []
    bob.reads_on()
    bob.says("LEAVE tea", "JOIN tea").hears("INFO left room tea", "INFO joined room tea")
    store.asked.pop().unpause()
    bob.hears()
    alice.says("MSG tea 2")
    store.commit()
    bob.hears("MSG tea alice 2")


def test_a_style_may_change_on_the_way(clock: Clock) -> None:
    """STAMPS on while it is catching up: from there on it hears stamps."""
    store = SlowStore()
    factory = ChatFactory(store, clock=clock)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    bob.heard()
    bob.stops_reading()
    alice.says("MSG tea 1")
    store.commit()
    store.asked = []
    bob.reads_on()
    bob.says("STAMPS on").hears("INFO stamps on")
    store.asked.pop().unpause()
    alice.says("MSG tea 2")
    store.commit()
    assert [line.split()[0] for line in bob.heard()] == ["@1", "@2"]


@pytest.mark.parametrize("command", ["LEAVE tea", "STAMPS on"])
def test_who_falls_behind_in_the_very_act(command: str, clock: Clock) -> None:
    """It has said LEAVE or STAMPS, and does not read what was told just before that is done: it has
    left for good; or it has changed its style, and misses nothing."""
    store = SlowStore()
    factory = ChatFactory(store, clock=clock)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    alice.says("MSG tea 0", "MSG tea 1")
    bob.says(command)
    alice.says("MSG tea 2")
    store.commit()
    bob.hears("INFO joined room tea", "MSG tea alice 0").stops_reading()
    store.commit()
    bob.reads_on()
    for number in (3, 4):
        alice.says(f"MSG tea {number}")
        store.commit()
    heard = bob.heard()
    if command == "LEAVE tea":
        assert heard == ["INFO left room tea"]
    else:
        assert heard[0] == "INFO stamps on"
        assert [line.rpartition(" ")[2] for line in heard[1:]] == ["1", "2", "3", "4"]


def test_a_note_to_oneself_is_not_lost(clock: Clock) -> None:
    """A DM to one's own name, while one does not read."""
    store = SlowStore()
    bob = Visitor(ChatFactory(store, clock=clock)).says("LOGIN bob").hears("OK")
    bob.says("DM bob note").stops_reading()
    store.commit()
    bob.reads_on()
    bob.hears("DM bob note")


def test_a_history_that_cannot_be_read_is_told(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With how much is missed; then it is live."""

    def broken(*_: object, **__: object) -> None:
        raise StoreError("gone")

    factory = ChatFactory(clock=clock)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    bob.heard()
    bob.stops_reading()
    alice.says("MSG tea 1", "MSG tea 2")
    with monkeypatch.context() as patch:
        patch.setattr(factory.realm.store, "page", broken)
        bob.reads_on()
    bob.hears(
        "ERROR the history can't be read just now: try again in a moment",
        "INFO 2 messages missed in tea",
    )
    alice.says("MSG tea 3")
    bob.hears("MSG tea alice 3")


def test_its_own_commands_wait_as_long_as_it_does_not_read(in_rooms: People) -> None:
    """Nobody piles up answers."""
    bob = in_rooms("bob", "tea")
    bob.stops_reading()
    bob.says("PING 1", "PING 2").hears()
    bob.reads_on()
    bob.hears("PONG 1", "PONG 2")


def test_who_takes_nothing_for_a_minute_is_dropped(in_rooms: People, clock: Clock) -> None:
    """And not before; its name is free then, and the log says why."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    bob.stops_reading()
    alice.says("MSG tea hi")
    clock.pump([STUCK_SECONDS / STUCK_LOOKS] * STUCK_LOOKS)
    assert not bob.transport.disconnected
    clock.pump([STUCK_SECONDS / STUCK_LOOKS])
    assert bob.transport.disconnected


def test_who_reads_slowly_is_not_dropped(in_rooms: People, clock: Clock) -> None:
    """A little in a minute is enough."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "tea")
    for _ in range(10):
        bob.stops_reading()
        alice.says("MSG tea hi")
        clock.pump([STUCK_SECONDS / STUCK_LOOKS] * STUCK_LOOKS)
        bob.reads_on()
    bob.heard()
    assert not bob.transport.disconnected
    clock.pump([STUCK_SECONDS] * 10)
    assert not bob.transport.disconnected
    assert not clock.getDelayedCalls()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["alice", "bob", "cy"]), st.integers(1, 5)),
        st.tuples(st.sampled_from(["stop", "read"]), st.sampled_from(["bob", "cy", "di"])),
        st.tuples(st.just("commit")),
    ),
    max_size=60,
)


@given(STEPS)
def test_everyone_hears_everything_once_in_order(steps: list[tuple[str, ...]]) -> None:
    """Whoever reads when, whatever is stored when, whoever speaks."""
    store = SlowStore()
    factory = ChatFactory(store)
    people = {name: Visitor(factory) for name in ("alice", "bob", "cy", "di")}
    for name, person in people.items():
        person.says(f"LOGIN {name}" if name == "di" else f"JOIN lobby {name}")
    for person in people.values():
        person.heard()
    heard: dict[str, list[str]] = {name: [] for name in people}
    said = 0
    for verb, *words in steps:
        if verb == "say":
            for _ in range(int(words[1])):
                said += 1
                people[words[0]].says(f"MSG lobby {said}")
        elif verb == "commit":
            if store.is_busy:
                store.commit()
        elif verb == "stop":
            people[words[0]].stops_reading()
        else:
            people[words[0]].reads_on()
        for name, person in people.items():
            heard[name] += person.heard()
    for person in people.values():
        person.reads_on()
    while store.is_busy or factory.clock.getDelayedCalls():
        if store.is_busy:
            store.commit()
        factory.clock.advance(1)
    for name, person in people.items():
        heard[name] += person.heard()
    order = [line.rpartition(" ")[2] for line in heard["alice"]]
    assert sorted(map(int, order)) == list(range(1, said + 1))
    for lines in heard.values():
        assert [line.rpartition(" ")[2] for line in lines] == order
