"""What the people's styles rely on, whatever other doors are told: the order of lines, whose a
question is, and that nothing is left of whoever has gone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from chat.accounts.passwords import Hashing
from chat.factory import ChatFactory
from tests.accounts.owning import CHEAP, PASSWORD, owned
from tests.chats import chat_with
from tests.late import LateStore
from tests.people import Visitor
from tests.stores import SlowStore


def test_one_more_device_changes_no_order() -> None:
    """Lines of several rooms come as they were said, also where a device has come in between."""
    store = SlowStore()
    factory = owned("bob", store=store)
    eve, fay = (Visitor(factory).says(f"JOIN lobby {name}") for name in ("eve", "fay"))
    for each in (eve, fay):
        each.says("JOIN jam", "JOIN den")
    Visitor(factory).says(f"AUTH bob {PASSWORD}", "JOIN den")
    phone = Visitor(factory).says(f"AUTH bob {PASSWORD}")
    for each in (eve, fay, phone):
        each.heard()
    fay.says("MSG lobby zero", "MSG lobby one")
    phone.says("JOIN den")
    fay.says("MSG jam two", "MSG den three")
    while store.is_busy:
        store.commit()
    eve.hears(
        *("MSG lobby fay zero", "MSG lobby fay one"),
        *("MSG jam fay two", "MSG den fay three"),
    )


def test_what_was_read_is_read_though_its_reader_has_gone_meanwhile() -> None:
    """READ is whose it was when it came."""
    store = SlowStore()
    factory = owned("ann", store=store)
    ann = Visitor(factory).says(f"AUTH ann {PASSWORD}", "JOIN lobby", "JOIN tea", "STAMPS on")
    bob = Visitor(factory).says("JOIN lobby bob", "JOIN tea", "MSG lobby one", "MSG lobby two")
    store.commit()
    for each in (ann, bob):
        each.heard()
    ann.says("MSG tea hi", "READ lobby 2").vanishes()
    while store.is_busy:
        store.commit()
    again = Visitor(factory).says(f"AUTH ann {PASSWORD}", "JOIN lobby")
    again.heard()
    again.says("CATCHUP")
    assert not [line for line in again.heard() if line.startswith("CATCHUP lobby")]


def test_a_full_page_lets_others_have_their_turn_before_it_is_closed() -> None:
    """What was said meanwhile comes before the line that closes a history."""
    turns: list[Callable[[], object]] = []
    factory = ChatFactory(later=turns.append)

    def turn() -> None:
        while turns:
            turns.pop(0)()

    fay, eve = (Visitor(factory).says(f"JOIN lobby {name}") for name in ("fay", "eve"))
    for number in range(100):
        fay.says(f"MSG lobby {number}")
        turn()
    eve.heard()
    fay.says("MSG lobby now")
    eve.says("HISTORY lobby 100 AFTER 0")
    turn()
    heard = [line for line in eve.heard() if not line.startswith("HISTORY")]
    assert heard == ["MSG lobby fay now", "INFO 100 messages from lobby"]


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Python does not look for objects that refer to one another."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("asks", ["HISTORY tea", "HISTORY tea 300", "SEARCH lumps", "READ tea 1"])
@pytest.mark.parametrize("is_put_out", [False, True])
def test_nothing_is_left_of_whoever_goes_while_they_wait(asks: str, is_put_out: bool) -> None:
    """What refers to a session is freed at once, also where it was refused what it asked for."""
    store = LateStore()
    factory = chat_with(store, hashing=Hashing(hasher=CHEAP))
    alice = Visitor(factory).says("JOIN tea alice", f"REGISTER {PASSWORD}", "CLAIM tea")
    alice.says(*["MSG tea two lumps"] * 150)
    gus = Visitor(factory).says("JOIN tea gus", f"REGISTER {PASSWORD}")
    store.is_late = True
    gus.says(asks)
    if is_put_out:
        alice.says("KICK tea gus")
    user = weakref.ref(factory.users["gus"])
    gus.vanishes()
    del gus
    store.answer()
    assert user() is None
