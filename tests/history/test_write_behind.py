"""What belongs to accounts gets to the store, in its order, also if that takes a while."""

from __future__ import annotations

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from chat.history.store import StoreError
from chat.history.write_behind import Note, WriteBehind
from chat.vocabulary.limits import NOTES_WAITING, RETRY_SECONDS
from tests.accounts.owning import owned
from tests.people import Visitor


class Store:
    """Does what it is asked for, unless it is broken."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.broken = False

    def note(self, number: int) -> Note:
        """A change that can be told from others."""

        def change() -> Deferred[None]:
            if self.broken:
                return fail(StoreError("disk full"))
            self.done.append(number)
            return succeed(None)

        return change


def test_what_fails_is_done_later_before_what_came_after_it(logged: list[str]) -> None:
    """It is said once that the store can't do it now."""
    clock, store = Clock(), Store()
    notes = WriteBehind(clock)
    notes.take(store.note(1))
    store.broken = True
    for number in (2, 3):
        notes.take(store.note(number))
    clock.pump([RETRY_SECONDS] * 3)
    store.broken = False
    notes.take(store.note(4))
    assert store.done == [1]
    clock.advance(RETRY_SECONDS)
    assert store.done == [1, 2, 3, 4]
    notes.take(store.note(5))
    assert store.done[-1] == 5
    assert [line for line in logged if "disk full" in line] == [
        "what belongs to accounts waits to be stored: disk full"
    ]


def test_not_any_number_of_them_is_kept() -> None:
    """A store that is gone for long is no reason to need more and more memory."""
    clock, store = Clock(), Store()
    notes = WriteBehind(clock)
    store.broken = True
    for number in range(NOTES_WAITING + 10):
        notes.take(store.note(number))
    store.broken = False
    clock.advance(RETRY_SECONDS)
    assert len(store.done) == NOTES_WAITING


def test_a_session_waits_for_what_it_has_changed() -> None:
    """So nobody can ask for more than the store can do."""
    visitor = Visitor(owned()).says("LOGIN bob").hears("OK")
    done: Deferred[None] = Deferred()
    WriteBehind(Clock()).take(lambda: done, visitor.protocol.session.connection)
    visitor.says("PING").hears()
    done.callback(None)
    visitor.hears("PONG")
