"""Turns of a reactor that pass when a test says so."""

from __future__ import annotations

from collections.abc import Callable


class Turns(list[Callable[[], object]]):
    """What is to be done in the next turn; ChatFactory's `later` is to append to it."""

    def pass_one(self) -> None:
        """Let one turn pass."""
        acts, self[:] = self[:], []
        for act in acts:
            act()

    def pass_all(self) -> None:
        """Let turns pass until there is nothing left to do."""
        while self:
            self.pass_one()
