"""Many numbers at once."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.terms import numbers
from chat.client.terms.numbers import Numbers, count_of, runs_of, written

some = st.sets(st.integers(1, 60))
runs = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)).map(lambda r: (r[0], sum(r))))


def all_of(found: Numbers) -> set[int]:
    return {number for first, last in found.runs for number in range(first, last + 1)}


@given(some, runs, runs)
def test_they_are_a_set(
    first: set[int], added: list[tuple[int, int]], gone: list[tuple[int, int]]
) -> None:
    """Whatever comes and goes, in whatever order; the runs are in order, and apart."""
    found, wanted = Numbers(), set(first)
    for number in first:
        found.put(number)
    found.add(added)
    wanted.update(number for start, end in added for number in range(start, end + 1))
    assert all_of(found) == wanted
    found.discard(gone)
    wanted.difference_update(number for start, end in gone for number in range(start, end + 1))
    assert all_of(found) == wanted
    assert len(found) == len(wanted)
    assert bool(found) == bool(wanted)
    assert all((number in found) == (number in wanted) for number in range(70))
    assert all(before[1] + 1 < after[0] for before, after in pairwise(found.runs))
    assert Numbers(runs_of(written(found.runs))).runs == found.runs
    found.clear()
    assert not found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17", ((17, 17),)),
        ("17,19-25", ((17, 17), (19, 25))),
        ("19-25,17,18", ((17, 25),)),
        ("1-999999999999999999", ((1, 999999999999999999),)),
        ("", ()),
        ("17,", ()),
        ("17,x", ()),
        ("25-19", ()),
        ("-19", ()),
        ("19-", ()),
        ("1-" + "9" * 50, ()),
        ("17, 18", ()),
    ],
)
def test_as_a_server_writes_them(text: str, expected: tuple[tuple[int, int], ...]) -> None:
    """What makes no sense is none at all."""
    assert runs_of(text) == expected


def test_a_server_can_not_make_up_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten; how many a run has makes no difference."""
    monkeypatch.setattr(numbers, "MOST_RUNS", 10)
    found = Numbers([(number, number) for number in range(0, 100, 2)])
    assert found.runs[0] == (80, 80)
    assert len(found.runs) == 10
    assert count_of([(1, 10**18 - 1)]) == 10**18 - 1
