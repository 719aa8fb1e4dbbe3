"""How points and lengths of time are written."""

import pytest

from chat.vocabulary.times import rfc3339, seconds


def test_a_time_is_rfc_3339_with_milliseconds() -> None:
    """In UTC, wherever the server is."""
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(1_767_323_045_006) == "2026-01-02T03:04:05.006Z"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1s", 1), ("30m", 1800), ("12h", 43200), ("90d", 7_776_000), ("2w", 1_209_600)],
)
def test_a_length_has_a_unit(written: str, meant: int) -> None:
    """Seconds to weeks."""
    assert seconds(written) == meant


@pytest.mark.parametrize(
    "written", ["", "90", "d", "0d", "-1d", "1.5d", "1y", "9" * 30 + "d", "１d"]
)
def test_what_is_no_length_is_refused(written: str) -> None:
    """And the error says how it is written."""
    with pytest.raises(ValueError, match="write it like 90d"):
        seconds(written)
