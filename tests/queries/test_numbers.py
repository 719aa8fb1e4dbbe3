"""Numbers in questions: zero, negative, huge and none at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from chat.factory import ChatFactory
from tests.people import Visitor

People = Callable[..., Visitor]

SAID: Final = 150
"""More than a page of the history."""

HUGE: Final = 10**18 - 1
"""The largest number that is one."""

NONE: Final = ["-1", "+1", "1e3", "0x10", "1.0", "１", "99999999999999999999", "9" * 400]
"""What is no number of a message, nor a count."""


@pytest.fixture
def alice(factory: ChatFactory, in_rooms: People) -> Visitor:
    alice = in_rooms("alice", "tea")
    alice.says(*[f"MSG tea {number}" for number in range(1, SAID + 1)]).heard()
    return alice


def numbers(alice: Visitor, line: str) -> list[int]:
    *told, closing = alice.says(line).heard()
    assert closing.startswith(f"INFO {len(told)} message")
    return [int(each.split()[2]) for each in told]


@pytest.mark.parametrize("count", ["", "1", "2", "100", "101", "1000", str(HUGE)])
@pytest.mark.parametrize("edge", [0, 1, 2, SAID, SAID + 1, SAID + 2, HUGE])
def test_what_stands_before_and_after_a_number(alice: Visitor, count: str, edge: int) -> None:
    """Nothing before the first or after the last, however much is asked for and however large the
    numbers are."""
    all_, most = range(1, SAID + 1), int(count or 50)
    before = [number for number in all_ if number < edge][-most:]
    after = [number for number in all_ if number > edge][:most]
    assert numbers(alice, f"HISTORY tea {count} BEFORE {edge}") == before
    assert numbers(alice, f"HISTORY tea {count} AFTER {edge}") == after


@pytest.mark.parametrize("word", NONE)
@pytest.mark.parametrize(
    "line",
    [
        "HISTORY tea {}",
        "HISTORY tea 5 BEFORE {}",
        "HISTORY tea AFTER {}",
        "AUDIT tea {}",
        "AUDIT tea 5 BEFORE {}",
        "EARLIER tea {}",
        "EDIT tea {} text",
        "READ tea {}",
        "MODE tea slow {}",
        "MUTE tea bob {}d",
        "HIDE tea bob {}h",
        "RAID tea on {}m",
    ],
)
def test_what_is_no_number(alice: Visitor, in_rooms: People, line: str, word: str) -> None:
    """Is refused in one line, and changes nothing."""
    in_rooms("bob", "tea")
    alice.says("REGISTER correct-horse", "CLAIM tea").heard()
    (refusal,) = alice.says(line.format(word)).heard()
    assert refusal.startswith("ERROR "), refusal
    assert "went wrong" not in refusal
    alice.says("BANS tea", "MUTES tea", "MODE tea", "PING").hears(
        "INFO 0 bans in tea",
        "INFO 0 mutes in tea",
        "MODE tea private=off moderated=off registered=off slow=0 raid=off",
        "PONG",
    )


@pytest.mark.parametrize("line", ["HISTORY tea 0", "AUDIT tea 0", "AUDIT tea 0 BEFORE 5"])
def test_none_is_no_count(alice: Visitor, line: str) -> None:
    """Whoever wants to see nothing has made a slip."""
    alice.says("REGISTER correct-horse", "CLAIM tea").heard()
    (refusal,) = alice.says(line).heard()
    assert refusal.startswith(f"ERROR 0 makes no sense here: {line.split()[0]} ")


@pytest.mark.parametrize("edge", [0, 1, HUGE])
def test_what_was_done_before_a_number(alice: Visitor, edge: int) -> None:
    """The log is asked for in the same way."""
    alice.says("REGISTER correct-horse", "CLAIM tea", "MODE tea slow 5").heard()
    told = alice.says(f"AUDIT tea 1000 BEFORE {edge}").heard()
    assert len(told) == (3 if edge == HUGE else 1), told
