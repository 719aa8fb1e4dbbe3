"""How fast one may be: a bucket of tokens that fills up again. Knows neither who nor what."""

from __future__ import annotations

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
