"""Leaving the screen: what was said is delivered before, or one is told. Knows no keys."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

from chat.client.options.exits import SIGNALLED
from chat.client.options.passwords import kept
from chat.client.options.settings import Settings
from chat.client.screen.departure import Departure
from chat.client.screen.navigation import Navigation
from chat.client.terms.phrases import short

DELIVERY_SECONDS: Final = 1.0
"""How long what was said last may take to be delivered, before one leaves."""


class Farewell(Navigation):
    """The screen as far as one can leave it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._is_warned = False
        self._leaving: asyncio.Task[None] | None = None
        self.departure: Departure | None = None
        """What signals do, if it is the program that is to end."""
        self.unsaid: list[str] = []
        """What is lost with the screen, a line each."""

    async def _deliver(self) -> int:
        """Wait a moment for what was said; how much is not delivered then."""
        client = self.visit.client if self.visit else None
        if client and client.waiting:
            await asyncio.wait((asyncio.create_task(client.delivered()),), timeout=DELIVERY_SECONDS)
        return (client.waiting if client else 0) + self._lines.qsize()

    async def _would_lose(self) -> bool:
        """Whether something is not delivered; one is told so once."""
        waiting = await self._deliver()
        if not waiting or self._is_warned:
            return False
        self._is_warned = True
        self.complain(f"{waiting} not delivered yet: once more to leave without it")
        return True

    async def leave_all(self) -> None:
        """See Surface."""
        if not await self._would_lose():
            await self._end(0)

    async def action_quit(self) -> None:
        """See Textual."""
        await self.leave_all()

    def action_suspend_process(self) -> None:
        """See Textual: Ctrl-Z."""
        if self.terminal:
            self.terminal.stop_job()

    def hung_up(self) -> None:
        """See Owner."""
        if self.departure:
            self.departure.signalled(signal.SIGHUP)

    def leave_on(self, number: int) -> None:
        """See Leaver: nobody is there to be asked."""
        self._leaving = self._leaving or asyncio.create_task(self._leave_on(number))

    async def _leave_on(self, number: int) -> None:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                await self._lines.join()
        except TimeoutError:
            pass
        await self._deliver()
        self.unsaid = self._unsaid()
        await self._end(SIGNALLED + number)

    def _unsaid(self) -> list[str]:
        """What is not delivered, and what is being typed; without passwords."""
        said = self.visit.client.undelivered if self.visit else []
        lines = [f"not delivered to {short(room)}: {text}" for room, text in said]
        drafts = [(place.name, place.draft) for place in self.places.all]
        if self.screen_stack:
            active = self.places.active
            drafts = [draft for draft in drafts if not active or draft[0] != active.name]
            drafts.append((active.name if active else "", kept(self.prompt.value)))
        return lines + [f"not said in {short(room)}: {text}" for room, text in drafts if text]

    async def _end(self, code: int) -> None:
        """Say goodbye, and end with this code."""
        if self.visit:
            self.visit.end()
            await self.visit.client.close()
        self.exit(code, return_code=code)
