"""Runs a bot as a program: it waits for its server, and ends with a line. Knows no chat."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from chat.client.options.exits import FAILED, SIGNALLED
from chat.client.options.signals import cancelled_by_signals, die, on_ending
from chat.client.session.presence import PAUSES
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.vocabulary.text import clean


def run(main: Callable[[], Awaitable[object]]) -> None:
    """Run a bot until `main()` has ended.

    Where its server can't be reached that is told on standard error, and it is run again, with
    growing pauses. A refusal ends the program with a line, and a signal with a goodbye and 128 plus
    its number: then it raises SystemExit.
    """
    on_ending(die)
    code = asyncio.run(_keep_on(main))
    if code:
        sys.exit(code)


async def _keep_on(main: Callable[[], Awaitable[object]]) -> int:
    """The exit code."""
    signalled = cancelled_by_signals(die)
    tries, told = 0, ""
    try:
        while True:
            try:
                await main()
            except UnreachableError as error:
                told = _tell(str(error), told)
            else:
                return 0
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)] * random.uniform(1, 1.5))
            tries += 1
    except RefusedError as error:
        _tell(str(error))
        return FAILED
    except asyncio.CancelledError:
        if not signalled:
            raise
        return SIGNALLED + signalled[0]


def _tell(reason: str, told: str = "") -> str:
    """Say why it can't be, if that is not what was said last."""
    if reason != told:
        with suppress(OSError):
            print(clean(reason), file=sys.stderr, flush=True)
    return reason
