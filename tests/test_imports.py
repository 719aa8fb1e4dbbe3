"""Imports point one way: from the plugin to the core, and in the core to no wire."""

import ast
from pathlib import Path

import pytest

CHAT = Path(__file__).parent.parent / "chat"

LAYERS = [
    ["limits"],
    ["address", "errors"],
    ["events", "names", "pieces", "rates", "telnet", "text", "times"],
    ["likeness"],
    ["history.words"],
    ["accounts.store", "moderation.store"],
    ["history.store", "session"],
    ["accounts.memory", "moderation.memory"],
    ["history.memory"],
    ["delivery", "journal"],
    ["looking"],
    ["moderation.rules", "moderation.sanctions", "moderation.targets"],
    ["accounts.directory"],
    ["moderation.registry"],
    ["moderation.rulebook"],
    ["moderation.gate"],
    ["room"],
    ["device", "user"],
    ["catchup"],
    ["notes"],
    ["away", "conversation", "marks"],
    ["people"],
    ["rooms"],
    ["moderation.doing", "moderation.enforcing"],
    ["moderation.keeping", "moderation.sanctioning", "moderation.withdrawing"],
    ["moderation.acts"],
    ["membership"],
    ["realm"],
    ["accounts.passwords", "accounts.tries"],
    ["accounts.checker"],
    ["accounts.portal"],
    ["dialects.asking", "dialects.proving"],
    ["dialects.dialect"],
    ["dialects.accounts", "dialects.stamps"],
    ["dialects.keeping"],
    ["dialects.moderating"],
    ["dialects.login", "dialects.rooms"],
    ["dialects.newcomer"],
    ["admission", "certificates", "hangups", "heap", "hello", "hub", "outbox", "proxy"],
    ["tls"],
    ["watch"],
    ["protocol"],
    ["factory"],
    ["endpoints", "keep"],
    ["service"],
    ["config"],
    ["history.sql.schema"],
    ["history.sql.flavours"],
    ["history.sql.postgres", "history.sql.sqlite"],
    ["history.sql.upgrade"],
    ["history.sql.link"],
    ["history.sql.batches"],
    ["history.sql.database", "history.sql.threads"],
    ["history.sql.accounts"],
    ["history.sql.account_store", "history.sql.hiding"],
    ["history.sql.moderation"],
    ["history.sql.moderation_store"],
    ["history.sql.store"],
    ["history.sql.carrying"],
    ["history.sql.archive"],
    ["history.sql.arriving"],
    ["history.sql.restore"],
    ["history.sql.deeds"],
    ["history.sql.person"],
    ["history.sql.operator"],
    ["history.sql.overseer"],
    ["history.tool"],
    ["oversight"],
    ["admin", "history.__main__", "tap"],
]
"""A module imports from the layers before its own."""

CLIENT = [
    ["names", "numbers", "passwords", "safe"],
    ["commands", "events", "wire"],
    ["connection", "inbox", "kept"],
    ["following"],
    ["answers", "marking", "outbox", "reading"],
    ["account", "upkeep"],
    ["hearing"],
    ["presence"],
    ["client"],
    ["address", "passing"],
    ["settings"],
    ["plain.splitting", "plain.telling"],
    ["plain.authors", "plain.stdio"],
    ["plain.coming"],
    ["plain.typed"],
    ["plain.chat"],
    ["plain.process"],
    ["screen.wrapping"],
    ["screen.look", "screen.keys", "screen.mishap", "screen.notifying", "screen.completion"],
    ["screen.heading", "screen.rows"],
    ["screen.window"],
    ["screen.timeline"],
    ["screen.lines"],
    ["screen.drawing", "screen.layout"],
    ["screen.pane"],
    ["screen.conversation"],
    ["screen.dialogs", "screen.prompt", "screen.sidebars"],
    ["screen.places"],
    ["screen.stage"],
    ["screen.changes", "screen.pages"],
    ["screen.visit"],
    ["screen.typed"],
    ["screen.frame"],
    ["screen.going"],
    ["screen.app"],
    ["__main__"],
]
"""The client's modules, in the same order: it knows the wire, and nothing of the server."""

CORE = [module for layer in LAYERS[: LAYERS.index(["realm"]) + 1] for module in layer]
MODULES = [module for layer in LAYERS for module in layer]
CLIENT_MODULES = [module for layer in CLIENT for module in layer]
PACKAGES = {
    "chat",
    "chat.client.plain",
    "chat.client.screen",
    "chat.history",
    "chat.history.sql",
    "twisted.internet",
    "twisted.python",
}
DATABASES = "history.sql.flavours"
"""Its function `of` imports the database that a URL names, when it is asked for."""
LOOP_FREE = {"twisted.internet.defer", "twisted.logger", "twisted.python.failure"}


def imported(module: str) -> set[str]:
    """What a module imports when it runs."""
    tree = ast.parse((CHAT / f"{module.replace('.', '/')}.py").read_text())
    names: set[str] = set()
    nodes: list[ast.AST] = list(tree.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.FunctionDef) and (node.name, module) == ("of", DATABASES):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module in PACKAGES:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
            else:
                names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        nodes.extend(ast.iter_child_nodes(node))
    return names


def test_every_module_has_its_layer() -> None:
    """A new module says where it belongs."""
    found = {
        ".".join(path.relative_to(CHAT).with_suffix("").parts)
        for path in CHAT.rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    assert found == {*MODULES, *(f"client.{module}" for module in CLIENT_MODULES)}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_inwards(module: str) -> None:
    """A module knows only those that it is built on."""
    layer = next(at for at, modules in enumerate(LAYERS) if module in modules)
    inner = {f"chat.{name}" for modules in LAYERS[:layer] for name in modules}
    assert {name for name in imported(module) if name.startswith("chat.")} <= inner


@pytest.mark.parametrize("module", CLIENT_MODULES)
def test_the_client_knows_nothing_of_the_server(module: str) -> None:
    """A module of the client is built on those before it, not on Twisted or the server."""
    names = imported(f"client.{module}")
    layer = next(at for at, modules in enumerate(CLIENT) if module in modules)
    inner = {f"chat.client.{name}" for modules in CLIENT[:layer] for name in modules}
    if layer > CLIENT.index(["client"]):
        inner.add("chat.client")
    assert {name for name in names if name.split(".")[0] in ("chat", "twisted")} <= inner
    if not module.startswith("screen."):
        assert not {name for name in names if name.split(".")[0] in ("textual", "rich")}


@pytest.mark.parametrize("module", CORE)
def test_the_core_knows_no_wire(module: str) -> None:
    """From the realm inwards nothing imports Twisted's protocols, sockets or SQL."""
    outside = {name for name in imported(module) if not name.startswith("chat.")}
    assert {name for name in outside if name.startswith("twisted")} <= LOOP_FREE
    assert not outside & {"socket", "ssl", "sqlite3", "sqlalchemy", "asyncio", "threading"}


def test_the_plugin_installs_no_reactor() -> None:
    """Twistd chooses it, after the plugin has been imported: only makeService asks for it."""
    for module in MODULES:
        assert "twisted.internet.reactor" not in imported(module) or module == "tap"
