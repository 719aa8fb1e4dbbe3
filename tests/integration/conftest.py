"""A server of its own for each test that asks for one, or a port."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.server import Server, held_port
from tests.people import Caller


@pytest.fixture
def is_fresh(request: pytest.FixtureRequest) -> bool:
    """Whether the test wants a server that is no copy, as it looks at its memory."""
    return request.node.get_closest_marker("fresh") is not None


@pytest.fixture
def server(tmp_path: Path, is_fresh: bool) -> Iterator[Server]:
    """A chat on a port of its own; whatever happened to it, it has logged no traceback.

    It keeps nothing: that starts sooner. What a store does is tested with servers that have one.
    """
    words = ("--host", "127.0.0.1", "--port", "0", "--store", "memory:")
    with Server(tmp_path, *words, fresh=is_fresh) as server:
        yield server
        assert "Traceback" not in server.log


@pytest.fixture
def call(server: Server) -> Callable[..., Caller]:
    """Makes a caller who has said these lines."""
    return lambda *lines: server.caller().says(*lines)


@pytest.fixture
def own_port() -> Iterator[int]:
    """A port for a server that comes back. See held_port."""
    with held_port() as port:
        yield port
