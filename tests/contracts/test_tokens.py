"""What is sent again is stored once; what somebody else calls the same is something else."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chat.history.room_records import Author
from chat.history.store import Store
from chat.vocabulary.events import A_GUEST, Draft
from tests.contracts.drafts import draft
from tests.stored import act
from tests.turning import result


def by_guest(text: str, token: str = "1", key: str = "tea", at: int = 1000) -> Draft:
    """What some guest called alice has said."""
    return replace(draft(key, text, at=at, token=token), since=A_GUEST)


def by_account(text: str, since: int, at: int = 9000, key: str = "tea") -> Draft:
    """What the account alice has said, which has been one since then."""
    return replace(draft(key, text, at=at, token="1"), account="alice", since=since)


def numbers(store: Store, *drafts: Draft) -> list[int]:
    """What numbers they get, each in a batch of its own."""
    return [said.number for each in drafts for said in result(store.append([each]))]


@pytest.mark.parametrize("key", ["tea", "@alice@bob"])
def test_the_next_guest_of_a_name_is_heard(store: Store, key: str) -> None:
    """Also where their client counts as that of the one before did; what each of them sends again
    is no second message."""
    one, other = by_guest("one", key=key), by_guest("other", key=key)
    assert numbers(store, one, other, one, other, one) == [1, 2, 1, 2, 1]
    third = by_guest("third", key=key)
    assert [said.number for said in result(store.append([third, other, third]))] == [3, 2, 3]
    assert [said.token for said in result(store.page(key, 9))] == ["1"] * 3


def test_what_a_guest_sends_again_is_no_second_message_whatever_became_of_it(store: Store) -> None:
    """It was edited, or taken back."""
    assert numbers(store, by_guest("one"), by_guest("two", "2")) == [1, 2]
    alice = Author("alice", 0)
    assert result(store.moderation.edit("tea", 2, alice, "changed", act("EDIT")))
    assert result(store.moderation.take_back("tea", 1, alice, act("UNSAY")))
    assert numbers(store, by_guest("one"), by_guest("two", "2")) == [1, 2]


def test_what_an_account_sends_again_is_no_second_message(store: Store) -> None:
    """Nor is anything else that it calls the same; nor what it has said before it was one."""
    assert numbers(store, by_guest("before"), by_account("before", 5000)) == [1, 1]
    assert numbers(store, by_account("hi", 5000), by_account("other", 5000)) == [2, 2]


def test_the_next_owner_of_a_name_is_heard(store: Store) -> None:
    """And so is a guest who has it in between."""
    first, second = by_account("one", 5000), by_account("three", 20_000, at=21_000)
    assert numbers(store, first, by_guest("two", at=15_000), second, second) == [1, 2, 3, 3]
    assert numbers(store, replace(first, since=20_000)) == [1]


def test_what_was_stored_by_the_version_before_is_known(opened: Any, url: str) -> None:
    """A guest sends again what was stored under their name alone."""
    store = opened(url)
    assert numbers(store, draft("tea", "hi", token="1")) == [1]
    assert numbers(store, by_guest("hi"), by_guest("ho"), by_guest("hi")) == [1, 2, 1]
