"""The client's house: imports point one way between its rooms, and nowhere in a circle."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.test_imports import MODULES, own, reached

CLIENT = [name for name in MODULES if name == "client" or name.startswith("client.")]

ROWS = [
    ("terms", "options"),
    ("wire",),
    ("memory",),
    ("session",),
    ("bot",),
    ("client",),
    ("commands",),
    ("plain", "screen.scrollback"),
    ("screen.parts",),
    ("screen.rooms",),
    ("screen",),
    ("__main__",),
]
"""A module imports from its own room, and from those in the rows before: plain mode knows no
screen. What programs import, `chat.client` itself, stands with `chat.client.client`."""

ROW_OF = {room: number for number, row in enumerate(ROWS) for room in row}

MOST_MODULES = 12
"""So many in one folder are seen at a glance."""


def room_of(module: str) -> str:
    """The innermost room that a module is in."""
    inside = module.removeprefix("client").removeprefix(".") or "client"
    while inside not in ROW_OF:
        inside, _, last = inside.rpartition(".")
        assert last, f"{module} is in no room"
    return inside


@pytest.mark.parametrize("module", CLIENT)
def test_imports_point_one_way(module: str) -> None:
    """A module knows its own room and those before it, for its types as well."""
    room = room_of(module)
    known = {room} | {other for other, row in ROW_OF.items() if row < ROW_OF[room]}
    used = {name for name in own(module) if name.partition(".")[0] == "client"}
    assert {name for name in used if room_of(name) not in known} == set()


def test_no_module_of_the_client_knows_itself_through_others() -> None:
    """There is no circle, for types either."""
    assert [module for module in CLIENT if module in reached(module)] == []


def test_a_folder_is_seen_at_a_glance() -> None:
    """Whoever looks for something opens few folders, and reads few names in each."""
    folders = {name.rpartition(".")[0] for name in CLIENT if "." in name}
    inside = Counter(name.rpartition(".")[0] for name in CLIENT if name not in folders)
    assert {folder: count for folder, count in inside.items() if count > MOST_MODULES} == {}


def test_no_two_modules_have_one_name() -> None:
    """A name says which module is meant."""
    names = Counter(name.rpartition(".")[2] for name in CLIENT)
    names.subtract(["client"])  # the folder, and the class for programs in it
    assert [name for name, count in names.items() if count > 1] == []
