"""How points and lengths of time are written. Knows no clock."""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import LONGEST_SECONDS

LAST_MOMENT: Final = 253_402_300_799_999
"""The end of the year 9999, in ms since 1970 UTC: nobody could write a later time."""

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH: Final = re.compile(r"([1-9][0-9]{0,5})([smhdw])")


class Length(NamedTuple):
    """A length of time in seconds, and how it was given."""

    seconds: int
    word: str

    def check(self, most: int = LONGEST_SECONDS) -> None:
        """Raises ChatError: bad-length, if it is longer than `most` seconds."""
        if self.seconds > most:
            raise ChatError("bad-length", self.word or "nothing")


def moment(at: int) -> int:
    """A point of time in ms since 1970 UTC, or the one next to it that can be written: what an
    earlier version has stored may be any number."""
    return max(0, min(at, LAST_MOMENT))


def rfc3339(at: int) -> str:
    """Milliseconds since 1970 as a time in UTC: 2026-05-04T03:02:01.000Z. What is beyond the years
    that can be written is the first or the last of these moments."""
    try:
        when = datetime.fromtimestamp(at // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        at = moment(at)
        when = datetime.fromtimestamp(at // 1000, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def seconds(length: str) -> int:
    """A length of time like 90d in seconds; units are s, m, h, d, w. Raises ValueError."""
    found = _LENGTH.fullmatch(length)
    if not found:
        raise ValueError(f"{length!r} is no length of time: write it like 90d, 12h or 2w")
    return int(found[1]) * _SECONDS[found[2]]


def in_words(length: float) -> str:
    """A length of time in seconds, about, as the log tells it: 45 s, 12 min, 20 h, 3 days."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if length >= 2 * size:
            return f"{length / size:,.0f} {unit}"
    return f"{length:.0f} s"
