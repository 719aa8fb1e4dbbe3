"""The store that forgets: its bounds. What it has in common with others is in contracts/."""

import tracemalloc
from collections import deque

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from chat.history.memory.memory_store import MemoryStore
from chat.vocabulary.events import Draft, Said


def drafts(key: str, *texts: str) -> list[Draft]:
    return [Draft(key, key.title(), "alice", "alice", text, 1000) for text in texts]


def result(deferred: Deferred[list[Said]]) -> list[Said]:
    found: list[list[Said]] = []
    deferred.addCallback(found.append)
    return found[0]


def numbers(deferred: Deferred[list[Said]]) -> list[int]:
    return [said.number for said in result(deferred)]


@given(
    said=st.integers(0, 30),
    most=st.integers(1, 12),
    number=st.none() | st.integers(0, 10**18),
    before=st.booleans(),
)
def test_a_page_is_what_was_asked_for(
    said: int, most: int, number: int | None, before: bool
) -> None:
    """As a plain list of the last ten messages would give it, from any number."""
    store = MemoryStore(per_room=10)
    model = deque[int](maxlen=10)
    for i in range(said):
        store.append(drafts("tea", str(i)))
        model.append(i + 1)
    if number is None:
        expected = list(model)[-most:]
    elif before:
        expected = [n for n in model if n < number][-most:]
    else:
        expected = [n for n in model if n > number][:most]
    where = {} if number is None else {"before" if before else "after": number}
    assert numbers(store.page("tea", most, **where)) == expected


def test_what_is_kept_is_bounded_and_the_quietest_room_forgets_first() -> None:
    """Past its bytes the store forgets the oldest of the room that nobody has spoken in."""
    store = MemoryStore(most_bytes=10_000)
    store.append(drafts("quiet", "x"))
    for _ in range(100):
        store.append(drafts("busy", "y" * 100))
    assert numbers(store.page("quiet", 9)) == []
    assert numbers(store.page("busy", 1)) == [100]
    assert len(result(store.page("busy", 1000))) < 30


def test_a_room_that_was_forgotten_goes_on_counting() -> None:
    """Numbers do not begin again while anyone could remember them."""
    store = MemoryStore(most_bytes=4000)
    store.append(drafts("quiet", "a", "b"))
    store.append(drafts("busy", *"cdefghij"))
    assert numbers(store.page("quiet", 9)) == []
    assert numbers(store.append(drafts("quiet", "k"))) == [3]


def test_a_room_with_one_word_in_it_costs_what_it_costs() -> None:
    """The bound is about memory, also where there are many rooms and little text."""
    store = MemoryStore(most_bytes=1_000_000)
    tracemalloc.start()
    try:
        for i in range(3000):
            store.append(drafts(f"room{i}", "x"))
        assert tracemalloc.get_traced_memory()[0] < 1_500_000
    finally:
        tracemalloc.stop()


def test_even_the_names_of_rooms_are_bounded() -> None:
    """Whoever opens rooms without end does not fill the memory with their names."""
    store = MemoryStore(most_bytes=5000, most_rooms=50)
    for i in range(1000):
        store.append(drafts(f"room{i}", "x"))
    assert len(store._emptied) == 50
    assert len(store._shelves) < 10
    assert store._bytes <= 5000


def test_a_room_that_was_told_to_forget_everything_is_tidied_up() -> None:
    """It costs no more than its last number, and goes on where it was."""
    store = MemoryStore(most_bytes=3000)
    store.append(drafts("tea", "a", "b"))
    store.forget("tea", 2000, 0)
    store.append(drafts("jam", *"cdefghij"))
    store.append(drafts("bun", *"cdefghij"))
    assert numbers(store.append(drafts("tea", "k"))) == [3]
    assert store._bytes <= 3000


def test_closing_takes_no_time() -> None:
    """There is nothing to let go of."""
    closed: list[None] = []
    MemoryStore().close().addCallback(closed.append)
    assert closed == [None]
