"""Imports point one way: from the plugin to the core, and in the core to no wire."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHAT = Path(__file__).parent.parent / "chat"

FOLDERS = [
    "version",
    "vocabulary",
    "logbook",
    "net",
    "history",
    "accounts",
    "moderation",
    "realm",
    "acts",
    "queries",
    "dialects",
    "protocol",
    "factory",
    "admin",
    "service",
    "tap",
]
"""A module imports from its own folder, and from those before it. The client stands apart."""

CORE = {"vocabulary", "history", "accounts", "moderation", "realm", "acts", "queries"}
"""Where nothing knows a wire, ..."""

BELOW_THE_CORE = {"history.sql", "history.tools", "accounts.passwords"}
"""... but for what keeps the history in databases, and hashes passwords in threads."""

ORGANISM = {f"realm.{name}" for name in ("audience", "catchup", "room", "session", "user")}
"""The modules that know each other: a session is in rooms, which are heard by sessions."""

LOOP_FREE = {
    *("defer.Deferred", "defer.inlineCallbacks", "defer.succeed", "defer.fail"),
    *("defer.DeferredList", "defer.maybeDeferred", "task.LoopingCall"),
    "defer.CancelledError",
}
"""What the core may use of twisted.internet: it has no reactor in it."""

MANY = {"history.sql": 13, "history.tools": 14, "vocabulary": 14}
"""Folders with more modules than others, and how many."""


def name_of(path: Path) -> str:
    """What a module is called behind `chat.`; a package as its folder is."""
    parts = path.relative_to(CHAT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {
    name_of(path): ast.parse(path.read_text())
    for path in sorted(CHAT.rglob("*.py"))
    if "migrations" not in path.parts
}


def imported(module: str) -> Iterator[str]:
    """All that a module imports, for its types as well."""
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                is_module = name.removeprefix("chat.") in MODULES
                yield name if is_module or node.module.startswith("twisted.") else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@cache
def own(module: str) -> frozenset[str]:
    """What a module imports of the project."""
    names = {name for name in imported(module) if name.startswith("chat.")}
    return frozenset(name.removeprefix("chat.") for name in names)


def folder(module: str) -> str:
    """Where a module stands, or which of the three at the top it is."""
    return module.partition(".")[0]


SERVER = [module for module in MODULES if module and folder(module) != "client"]


def test_every_folder_has_its_place() -> None:
    """A new folder says what it is built on."""
    assert {folder(module) for module in SERVER} <= set(FOLDERS)


@pytest.mark.parametrize("module", SERVER)
def test_imports_point_inwards(module: str) -> None:
    """A module knows only the folders that its own is built on, for its types as well."""
    inner = set(FOLDERS[: FOLDERS.index(folder(module)) + 1])
    assert {name for name in own(module) if folder(name) not in inner} == set()


def test_no_module_knows_itself_through_others() -> None:
    """There is no circle, for types either, but for the session's own."""
    circles = {
        module: circle
        for module in MODULES
        if (circle := reached(module) & {other for other in MODULES if module in reached(other)})
    }
    assert {module for circle in circles.values() for module in circle} <= ORGANISM


@cache
def reached(module: str) -> set[str]:
    """All modules that one is built on, however far down."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = own(waiting.pop()) - found
        found |= new
        waiting += new & MODULES.keys()
    return found


@pytest.mark.parametrize("module", [name for name in MODULES if folder(name) == "client"])
def test_the_client_knows_nothing_of_the_server(module: str) -> None:
    """The client is a program on the wire: it shares the vocabulary, and nothing else."""
    assert {folder(name) for name in own(module)} <= {"client", "vocabulary", "version"}
    others = {name.partition(".")[0] for name in imported(module)}
    assert "twisted" not in others
    if not module.startswith("client.screen"):
        assert not others & {"textual", "rich"}


@pytest.mark.parametrize("module", [name for name in SERVER if folder(name) in CORE])
def test_the_core_knows_no_wire(module: str) -> None:
    """From the queries inwards nothing imports Twisted's protocols, sockets or SQL."""
    if module.startswith(tuple(BELOW_THE_CORE)):
        return
    outside = {name for name in imported(module) if not name.startswith("chat")}
    twisted = {name for name in outside if name.startswith("twisted.internet")}
    assert twisted <= {f"twisted.internet.{name}" for name in LOOP_FREE}
    assert not outside & {"socket", "ssl", "sqlite3", "sqlalchemy", "asyncio", "threading"}


def test_no_folder_is_a_heap() -> None:
    """Whoever opens a folder sees about a dozen modules."""
    many = Counter(
        name.rpartition(".")[0]
        for name in SERVER
        if (CHAT / f"{name.replace('.', '/')}.py").exists()
    )
    assert {name: count for name, count in many.items() if count > MANY.get(name, 13)} == {}


def test_every_module_says_what_it_knows() -> None:
    """The first line of a module tells what it is about."""
    assert [name for name, tree in MODULES.items() if not ast.get_docstring(tree)] == []


def test_the_plugin_installs_no_reactor() -> None:
    """Twistd chooses it, after the plugin has been imported: only makeService asks for it."""
    for module in SERVER:
        names = set(imported(module))
        assert "twisted.internet.reactor" not in names or module == "tap"


WALL_CLOCK = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today"}

TOLD_THE_TIME = {
    *("tap", "factory", "net.certificates"),  # hand it on
    *("history.tools.account_admin", "history.tools.room_admin", "history.tools.traces"),
    "history.__main__",  # names a backup
}
"""The modules of the server that look at the wall clock: for what is stored and what people are
told. Nothing waits by it, as it may be set."""


@pytest.mark.parametrize("module", SERVER)
def test_nothing_waits_by_the_wall_clock(module: str) -> None:
    """Who wants to know how long something takes asks the clock that was handed in, or one that
    nobody sets."""
    used: set[str] = set()
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            used |= {f"{node.module}.{alias.name}" for alias in node.names}
    assert not used & WALL_CLOCK or module in TOLD_THE_TIME
