"""A line that is edited, in all scripts."""

from __future__ import annotations

import asyncio

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from chat.client.screen.parts.line import Line

SINHALA, FAMILY = "ශ්\u200dරී", "👩\u200d👩\u200d👧"


class Desk(App[None]):
    """A line and nothing else."""

    def compose(self) -> ComposeResult:
        yield Line(compact=True)


@pytest.mark.parametrize(
    ("typed", "keys", "left", "at"),
    [
        ("abc", "left left delete", "ac", 1),
        (f"a{FAMILY}b", "left left", f"a{FAMILY}b", 1),
        (f"a{FAMILY}b", "left left right", f"a{FAMILY}b", 1 + len(FAMILY)),
        (f"a{FAMILY}b", "left backspace", "ab", 1),
        (f"a{FAMILY}b", "home right delete", "ab", 1),
        ("🇩🇪🇫🇷", "backspace", "🇩🇪", 2),
        ("a1\ufe0f\u20e3", "left backspace", "1\ufe0f\u20e3", 0),
        (f"{SINHALA}a", "left left", f"{SINHALA}a", 0),
        (f"{SINHALA}a", "left backspace", f"{SINHALA[:-1]}a", len(SINHALA) - 1),
        (f"{SINHALA}a", "home delete", "a", 0),
        ("का", "backspace", "क", 1),
        ("ae\u0301", "left", "ae\u0301", 1),
        ("กำ", "left", "กำ", 0),
        (f"x{SINHALA}a", "shift+left shift+left backspace", "x", 1),
    ],
)
def test_the_cursor_goes_from_letter_to_letter(typed: str, keys: str, left: str, at: int) -> None:
    """Cursor and delete take what is drawn as one for one; backspace takes the last mark."""

    async def run() -> None:
        app = Desk()
        async with app.run_test(size=(40, 3)) as pilot:
            line = app.query_one(Line)
            line.value, line.cursor_position = typed, len(typed)
            await pilot.press(*keys.split())
            assert (line.value, line.cursor_position) == (left, at)
            assert cell_len(line.render_line(0).text) == 41  # one more for the cursor
            assert left in line.render_line(0).text

    asyncio.run(run())
