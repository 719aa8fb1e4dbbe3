"""What the benchmark of passwords compares with: a figure that is wrong looks like any other."""

import random

import pytest

from benchmarks.passwords import compared


def test_values_that_are_the_same_can_not_be_told_apart() -> None:
    assert compared([1.0] * 50, [1.0] * 60) == (0.5, 1.0)
    assert compared([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]) == (0.5, 1.0)


def test_values_that_are_all_larger_can() -> None:
    larger, chance = compared([float(n) for n in range(50, 100)], [float(n) for n in range(50)])
    assert larger == 1.0
    assert chance < 1e-9
    smaller, same = compared([float(n) for n in range(50)], [float(n) for n in range(50, 100)])
    assert (smaller, same) == (0.0, pytest.approx(chance))


def test_one_that_is_counted_by_hand_comes_out() -> None:
    """17 of 20 pairs; the normal distribution has 1.715 deviations and more in 8.6 % of cases."""
    larger, chance = compared([19.0, 22, 16, 29, 24], [20.0, 11, 17, 12])
    assert larger == pytest.approx(17 / 20)
    assert chance == pytest.approx(0.0864, abs=0.0001)


def test_small_differences_are_found_in_many_values() -> None:
    """A tenth of the deviation is, in a few thousand; none is not."""
    rng = random.Random(1)
    one, same = ([rng.gauss(0, 1) for _ in range(3000)] for _ in range(2))
    assert compared(one, same)[1] > 0.01
    assert compared(one, [value + 0.15 for value in same])[1] < 0.01
