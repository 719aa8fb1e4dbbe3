"""A few rounds of benchmarks/crash.py, which tells what is done in them."""

import pytest

from benchmarks import crash, powercut
from tests.soaking import many

SEED = 7


@pytest.mark.parametrize("rounds", [3, many(100)])
def test_a_killed_server_loses_nothing_that_anybody_was_shown(rounds: int) -> None:
    """And what is sent again after it came back is there once."""
    record = crash.kills(rounds, SEED)
    assert record.report() == ""
    assert record.rounds == rounds
    assert record.copies > len(record.sent) > 0
    assert record.resent > 0


@pytest.mark.skipif(not powercut.compiler(), reason="there is no C compiler (cc)")
@pytest.mark.parametrize("rounds", [2, many(20)])
def test_a_power_cut_loses_nothing_that_anybody_was_shown(rounds: int) -> None:
    """The disk may have any part of what was not synced: what was heard was."""
    record, _ = crash.cuts(rounds, SEED)
    assert record.report() == ""
    assert record.rounds == rounds
    assert record.copies > len(record.sent) > 0


def test_a_store_that_forgets_is_found_out() -> None:
    """The same rounds tell what was lost, and which numbers were given anew."""
    # Two of them: when a server is killed, on a slow machine, nothing may be under way.
    record = crash.kills(2, SEED, store="memory:")
    assert record.faults["missing"]
    assert record.faults["doubled"]
