"""What a store has to do. Knows no storage."""

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from chat.events import Draft, Said


class Store(Protocol):
    """Keeps messages, numbered from 1 in each room, without holes or repeats."""

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Said]]:
        """Store a batch, whole or not at all.

        Fires with the messages in the same order, numbered; fails if they are not stored.
        """

    def page(
        self, key: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> Deferred[list[Said]]:
        """At most `count` messages of a room, oldest first.

        Those just before the number `before`, or just after the number `after`; without
        either the last ones.
        """

    def close(self) -> Deferred[None]:
        """Let go of files and threads. Fires when nothing is open any more."""
