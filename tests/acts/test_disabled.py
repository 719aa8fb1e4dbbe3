"""That an account is disabled is told to nobody but whoever runs the server."""

from __future__ import annotations

from msgspec.structs import replace

from chat.history.memory.memory_store import MemoryStore
from tests.accounts.owning import PASSWORD
from tests.accounts.setting import result
from tests.moderation.town import Town, hush


def put(town: Town, store: MemoryStore, name: str, is_disabled: bool) -> None:
    """Disable an account behind the server's back, or enable it again."""
    account = store.accounts._all[name]
    account.record = replace(account.record, is_disabled=is_disabled, secret=1)
    account.revision = store.accounts._next()
    result(town.factory.directory.load())


def test_whoever_asks_is_answered_as_of_one_who_is_away() -> None:
    """In every way in which an account can be named; what was said to it waits for it."""
    store = MemoryStore()
    town = Town("alice", "eve", "away", store=store, ago=1)
    put(town, store, "eve", is_disabled=True)
    alice = town.stamped("alice").says("CLAIM tea")
    hush(alice)
    asked = [
        *("DM {} hello", "INVITE tea {}", "INVITE tea", "INVITE tea {} off", "MODERATOR tea {} on"),
        *("MODERATOR tea", "INVITE tea {}", "MODERATOR tea", "MUTE tea {}"),
        *("UNMUTE tea {}", "KICK tea {}", "HIDE tea {} 1h", "MODERATOR tea {} off"),
        "HISTORY @{}",
    ]
    told = []
    for name in ("eve", "away"):
        alice.says(*(line.format(name) for line in asked))
        told.append([line.replace(name, "NAME") for line in alice.heard()])
    assert told[0] == told[1]
    put(town, store, "eve", is_disabled=False)
    eve = town.stranger().says(f"AUTH eve {PASSWORD}", "JOIN hall")
    assert eve.heard()[-1] == "DM alice hello"
