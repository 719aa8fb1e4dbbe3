"""A few rounds of benchmarks/crash.py, which tells what is done in them."""

import pytest

from benchmarks import crash, powercut

SEED = 7


def test_a_killed_server_loses_nothing_that_anybody_was_shown() -> None:
    """And what is sent again after it came back is there once."""
    record = crash.kills(3, SEED)
    assert record.report() == ""
    assert record.rounds == 3
    assert record.copies > len(record.sent) > 0
    assert record.resent > 0


@pytest.mark.skipif(not powercut.compiler(), reason="there is no C compiler (cc)")
def test_a_power_cut_loses_nothing_that_anybody_was_shown() -> None:
    """The disk may have any part of what was not synced: what was heard was."""
    record, _ = crash.cuts(2, SEED)
    assert record.report() == ""
    assert record.rounds == 2
    assert record.copies > len(record.sent) > 0


def test_a_store_that_forgets_is_found_out() -> None:
    """The same rounds tell what was lost, and which numbers were given anew."""
    record = crash.kills(2, SEED, store="memory:")
    assert record.faults["missing"]
    assert record.faults["doubled"]
