"""How fast one may be: a bucket of tokens that fills up again, and one for each of
many names. Knows nobody, and not what is done."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable


class Bucket:
    """Holds so many tokens at the most, and gets so many a second.

    rate: tokens a second.
    burst: tokens that it holds, and has at first.
    seconds: the time, from some point on.
    rest: whoever has to wait waits so long at the least, in seconds, unless the bucket would be
        half full sooner: a few at a time cost less than each for itself.
    """

    __slots__ = ("_at", "_burst", "_rate", "_rest", "_seconds", "_tokens")

    def __init__(
        self, rate: float, burst: float, seconds: Callable[[], float], rest: float = 0.0
    ) -> None:
        self._rest = min(rest, burst / rate / 2)
        self._rate = rate
        self._burst = burst
        self._seconds = seconds
        self._tokens = burst
        self._at = seconds()

    @property
    def full(self) -> bool:
        """Whether it is as it was at first."""
        self._fill()
        return self._tokens >= self._burst

    def take(self, tokens: float = 1) -> None:
        """Take some, also if there are not so many: what is missing has to come in first."""
        self._tokens -= tokens

    def wait(self) -> float:
        """Seconds until there is a token; 0 if there is one."""
        if self._tokens < 1:
            self._fill()
        return 0.0 if self._tokens >= 1 else max((1 - self._tokens) / self._rate, self._rest)

    def _fill(self) -> None:
        now = self._seconds()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class Buckets:
    """A bucket for each of so many names; all the other names have one together.

    A full bucket is as good as none. The others are never forgotten, whatever comes: so nobody
    has more for having many names that are not among them.

    seconds: the time, from some point on.
    most: so many names have one for themselves.
    burst, burst_seconds: a bucket holds so many, and is filled again in so many seconds.
    """

    def __init__(
        self, seconds: Callable[[], float], most: int, burst: int, burst_seconds: float
    ) -> None:
        self._seconds = seconds
        self._burst = burst
        self._rate = burst / burst_seconds
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._common = self._new()

    def is_empty(self, name: str) -> bool:
        """Whether nothing can be taken from a name's bucket now."""
        bucket = self._find(name)
        return bucket is not None and bucket.wait() > 0

    def take(self, name: str) -> Bucket:
        """Take one from a name's bucket."""
        bucket = self._find(name)
        if bucket is None:
            bucket = self._buckets[name] = self._new()
        bucket.take()
        return bucket

    def give_back(self, name: str, bucket: Bucket) -> None:
        """What was taken from that bucket was not needed."""
        bucket.take(-1)
        if bucket.full and self._buckets.get(name) is bucket:
            del self._buckets[name]

    def _find(self, name: str) -> Bucket | None:
        """A name's bucket; None where it may have one of its own and needs none yet. No name gets
        one as long as the common one is not full: much may have been taken from that."""
        self._forget_some()
        bucket = self._buckets.get(name)
        if bucket is None and (len(self._buckets) >= self._most or not self._common.full):
            return self._common
        return bucket

    def _forget_some(self) -> None:
        """Of names that have been quiet for long nothing is known any more."""
        for _ in range(min(2, len(self._buckets))):
            name, bucket = self._buckets.popitem(last=False)
            if not bucket.full:
                self._buckets[name] = bucket

    def _new(self) -> Bucket:
        return Bucket(self._rate, self._burst, self._seconds)
