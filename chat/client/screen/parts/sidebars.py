"""The lists beside the conversation: one's rooms, and who is in this one. Knows no server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from chat.client.terms.phrases import short

SIDEBAR_CELLS = 16
"""A name of common length and a count; in 80 columns it leaves the conversation enough."""

MEMBERS_SHOWN = 300
"""Nobody reads further, and drawing them all would take a moment each time somebody comes."""


class RoomRow(NamedTuple):
    """A room in the list."""

    name: str
    unread: int
    mentions: int
    is_here: bool
    """One is in it, as far as is known."""


class Sidebar(OptionList):
    """A column of names, which can be clicked."""

    FOCUS_ON_CLICK = False
    DEFAULT_CSS = f"""
    Sidebar, Sidebar:focus {{
        width: {SIDEBAR_CELLS};
        height: 1fr;
        border: none;
        padding: 0;
        background: $surface;
        scrollbar-size-vertical: 1;
    }}
    """

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False, compact=True)
        self._shown: list[Content] = []

    def show_lines(self, lines: Sequence[Content]) -> None:
        """Show these lines, and draw nothing if they are the same as before."""
        if [line.markup for line in lines] == [line.markup for line in self._shown]:
            return
        if len(lines) == len(self._shown):
            for at, (new, old) in enumerate(zip(lines, self._shown, strict=True)):
                if new.markup != old.markup:
                    self.replace_option_prompt_at_index(at, new)
        else:
            self.clear_options()
            self.add_options(Option(line) for line in lines)
        self._shown = list(lines)


class RoomList(Sidebar):
    """One's rooms, with what is unread in each."""

    def show_rooms(self, rows: Sequence[RoomRow], active: int) -> None:
        """Show these rooms; `active` is the place of the one that is open."""
        self.show_lines([_room_line(at, row) for at, row in enumerate(rows)])
        self.highlighted = active if rows else None


class MemberList(Sidebar):
    """Who is in a room."""

    def show_members(self, users: Sequence[str], styles: Iterable[str]) -> None:
        """Show these usernames, each in its style."""
        shown = [
            Content.styled(short(user, SIDEBAR_CELLS - 2), style)
            for user, style in zip(users[:MEMBERS_SHOWN], styles, strict=False)
        ]
        if len(users) > MEMBERS_SHOWN:
            shown.append(Content(f"… {len(users) - MEMBERS_SHOWN} more"))
        self.show_lines(shown)


def _room_line(at: int, row: RoomRow) -> Content:
    """Its number for Alt, its name, and what is unread: `@2` if one is named in it."""
    key = str(at + 1) if at < 9 else " "
    count = f"@{row.mentions}" if row.mentions else str(row.unread or "")
    width = SIDEBAR_CELLS - 1 - len(key) - 1 - cell_len(count) - 1
    name = row.name if cell_len(row.name) <= width else f"{set_cell_size(row.name, width - 1)}…"
    style = "bold" if row.unread else ("" if row.is_here else "dim")
    return Content.assemble(
        (key, "dim"),
        " ",
        (set_cell_size(name, width), style),
        (count, "bold $text-error" if row.mentions else "bold $text-accent"),
    )
