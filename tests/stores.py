"""A store that takes its time, for tests of what happens meanwhile; and one that takes none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed

from chat.history.memory.memory_store import MemoryStore
from chat.history.sql.flavours import of
from chat.history.sql.link import Link
from chat.history.sql.store import SqlStore
from chat.history.sql.upgrade import upgrade
from chat.history.store import StoreError
from chat.vocabulary.events import Draft, Said


class SlowStore(MemoryStore):
    """Commits a batch when the test says so, or fails to."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        """The texts of each batch that was handed in."""
        self.asked: list[Deferred[list[Said]]] | None = None
        """Where not None: the pages that were asked for; `unpause` is what answers."""
        self._under_way: tuple[Deferred[list[Said]], Sequence[Draft]] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a batch is under way."""
        return self._under_way is not None

    def page(
        self, key: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> Deferred[list[Said]]:
        """See Store."""
        page = super().page(key, count, before=before, after=after)
        if self.asked is None:
            return page
        self.asked.append(page)
        page.pause()
        return page

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Said]]:
        """See Store."""
        assert self._under_way is None, "a batch came while another one was being committed"
        self.batches.append([draft.text for draft in drafts])
        self._under_way = (Deferred(), drafts)
        return self._under_way[0]

    def commit(self) -> None:
        """The batch that is under way has been stored."""
        assert self._under_way is not None
        (under_way, drafts), self._under_way = self._under_way, None
        super().append(drafts).chainDeferred(under_way)

    def fail(self) -> None:
        """The batch that is under way could not be stored."""
        assert self._under_way is not None
        (under_way, _), self._under_way = self._under_way, None
        under_way.errback(StoreError("disk full"))


class SameThreadStore(SqlStore):
    """A database, asked in the test's own thread: what is asked is answered at once."""

    def __init__(self, url: str) -> None:
        super().__init__(url, None)
        upgrade(of(url))
        self._only = self._link()

    def _write(self, job: Callable[[Link], Any]) -> Deferred[Any]:
        return succeed(job(self._only))

    _read = _search = _write

    def let_go(self) -> None:
        """Close the connection."""
        self._only.close()
