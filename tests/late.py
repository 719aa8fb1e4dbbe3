"""A store that answers when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.defer import Deferred

from chat.history.memory.memory_store import MemoryStore

MOST: Final = 1000
"""Nobody in a test has reason to ask for more: what asks without end fails, and does not hang."""


class LateStore(MemoryStore):
    """What is asked of it is looked up when the test says so, and answered then."""

    def __init__(self) -> None:
        super().__init__()
        self.is_late = False
        self.asked = 0
        """How often it was asked for something."""
        self._asked: list[tuple[Deferred[Any], Callable[[], Deferred[Any]]]] = []
        self.on_page: Callable[[], object] = lambda: None
        """Called before a page is looked up."""

    def answer(self) -> None:
        """Answer all that was asked, and what is asked then."""
        while self._asked:
            asked, self._asked = self._asked, []
            for answer, look in asked:
                look().chainDeferred(answer)

    def page(self, *words: Any, **others: Any) -> Deferred[Any]:
        """See Store."""
        self.on_page()
        return self._later(lambda: super(LateStore, self).page(*words, **others))

    def search(self, *words: Any) -> Deferred[Any]:
        """See Store."""
        return self._later(lambda: super(LateStore, self).search(*words))

    def last(self, key: str) -> Deferred[int]:
        """See Store."""
        return self._later(lambda: super(LateStore, self).last(key))

    def _later(self, look: Callable[[], Deferred[Any]]) -> Deferred[Any]:
        self.asked += 1
        assert self.asked < MOST, "it is asked without end"
        if not self.is_late:
            return look()
        answer: Deferred[Any] = Deferred()
        self._asked.append((answer, look))
        return answer
