"""When things were said, and done: whatever the clock does, numbers and times agree."""

from __future__ import annotations

from typing import Any

import pytest

from chat.history.room_records import AuditEntry, Author
from chat.history.store import Store
from chat.history.upkeep.timekeeper import Sighting
from chat.vocabulary.events import Said
from tests.contracts.drafts import draft
from tests.stored import act
from tests.turning import result

KEYS = ["tea", "@alice@bob"]
BATCHES = [[5000, 2000, 2500], [1000], [7000, 7000, 6999]]
AS_STORED = [5000, 5000, 5000, 5000, 7000, 7000, 7000]


def times(said: list[Said]) -> list[int]:
    return [each.at for each in said]


@pytest.mark.parametrize("key", KEYS)
def test_a_clock_that_is_set_back_sets_no_message_back(store: Store, key: str) -> None:
    """In one batch, from one to the next, in a room and in a conversation; as it is told, and as it
    is read again. Elsewhere they follow the clock."""
    told: list[int] = []
    for batch in BATCHES:
        drafts = [draft(key, str(at), at=at) for at in batch]
        both = result(store.append([*drafts, draft("jam", "x", at=batch[-1])]))
        told += times(both[:-1])
    assert told == times(result(store.page(key, 9))) == AS_STORED
    assert times(result(store.page("jam", 9))) == [2500, 2500, 6999]


def test_a_store_that_is_opened_again_knows_the_last_time(opened: Any, url: str) -> None:
    """Also where that message is hidden, taken back or edited by then."""
    store = opened(url)
    result(store.append([draft("tea", "a", at=9000), draft("tea", "b", at=9000)]))
    alice = Author("alice", 0)
    assert result(store.moderation.edit("tea", 2, alice, "c", act("EDIT", at=9100)))
    assert result(store.moderation.take_back("tea", 2, alice, act("UNSAY", at=9200)))
    again = opened(url)
    assert times(result(again.append([draft("tea", "d", at=10)]))) == [9000]
    result(again.moderation.note(act("KICK", "tea", at=10)))
    assert [entry.at for entry in result(again.moderation.audit(None, 9))] == [9100, 9200, 9200]


def test_what_is_sent_again_has_the_time_that_it_had(store: Store) -> None:
    """A token names a message, with its time."""
    result(store.append([draft("tea", "a", at=5000, token="t"), draft("tea", "b", at=6000)]))
    assert times(result(store.append([draft("tea", "a", at=9000, token="t")]))) == [5000]


def test_the_log_of_what_was_done_is_in_order(store: Store) -> None:
    """Of all that is done, wherever."""
    for at in (5000, 3000, 5001):
        result(store.moderation.note(AuditEntry(at, "tea", "Tea", "carol", "KICK", "eve")))
    log = result(store.moderation.audit(None, 9))
    assert [(entry.number, entry.at) for entry in log] == [(1, 5000), (2, 5000), (3, 5001)]


def test_the_newest_time_is_known(store: Store) -> None:
    """Of all rooms and conversations, also where they are hidden."""
    assert result(store.newest()) == 0
    batch = [draft("tea", "a", at=7000), draft("@alice@bob", "b", at=9000), draft("jam", "c")]
    result(store.append(batch))
    assert result(store.newest()) == 9000
    bob = Author("alice", 0)
    assert result(store.moderation.take_back("@alice@bob", 1, bob, act("UNSAY")))
    assert result(store.newest()) == 9000


def test_a_name_that_was_given_up_is_the_next_owners_since_then(store: Store) -> None:
    """Also where the clock was set back meanwhile: what was said before is not for them."""
    assert result(store.accounts.create("alice", "Alice", None, 5000))
    result(store.accounts.give_up("alice", 9000))
    assert result(store.accounts.create("alice", "Alice", None, 7000))
    (record,) = result(store.accounts.changes()).records
    assert (record.since, record.is_owned) == (9000, True)


def test_what_is_known_of_the_time_is_kept(opened: Any, url: str) -> None:
    """The last of it, for the next run."""
    store = opened(url)
    assert result(store.sighting()) is None
    for seen in (Sighting(1000, 2**52, 5), Sighting(2000, 3000, 0)):
        result(store.note_sighting(seen))
        assert result(opened(url).sighting()) == seen
