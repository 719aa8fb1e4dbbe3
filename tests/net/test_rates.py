"""A bucket of tokens that fills up again."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chat.net.rates import Bucket


def test_a_burst_goes_at_once_and_then_each_waits() -> None:
    """As many as the bucket holds, then as many as come in."""
    clock = Clock()
    bucket = Bucket(2.0, 3, clock.seconds)
    for _ in range(3):
        assert bucket.wait() == 0
        bucket.take()
    assert bucket.wait() == 0.5
    clock.advance(0.5)
    assert bucket.wait() == 0
    bucket.take()
    assert bucket.wait() == 0.5


def test_who_waits_rests() -> None:
    """A while at the least, in which a few come in, and never so long that the bucket overflows."""
    clock = Clock()
    large, small = (Bucket(100.0, burst, clock.seconds, rest=0.1) for burst in (200, 4))
    for bucket in (large, small):
        bucket.take(200 if bucket is large else 4)
    assert large.wait() == 0.1
    assert small.wait() == 0.02


def test_what_is_dear_is_paid_for_afterwards() -> None:
    """More may be taken than there is; the next one waits until that has come in."""
    clock = Clock()
    bucket = Bucket(1.0, 5, clock.seconds)
    bucket.take(10)
    assert bucket.wait() == 6
    assert not bucket.full
    clock.advance(100)
    assert bucket.full


@given(st.lists(st.floats(0, 10), max_size=50), st.floats(0.1, 100), st.integers(1, 100))
def test_it_never_gives_more_than_it_has(pauses: list[float], rate: float, burst: int) -> None:
    """In any time, the burst and what has come in since."""
    clock = Clock()
    bucket, given = Bucket(rate, burst, clock.seconds), 0
    for pause in pauses:
        clock.advance(pause)
        while bucket.wait() == 0 and given <= burst + clock.seconds() * rate:
            bucket.take()
            given += 1
        assert given <= burst + clock.seconds() * rate + 1e-6
