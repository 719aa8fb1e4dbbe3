"""Plain mode as a process: its exit code, and what signals do to it. Knows nothing of rooms.

`exits.EXIT_CODES` says what the codes mean.
"""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import Any

from chat.client.options.exits import DELIVERED, FAILED, SIGNALLED, UNREAD
from chat.client.options.settings import Settings
from chat.client.options.signals import cancelled_by_signals, die, on_ending
from chat.client.plain.arrival import come
from chat.client.plain.chat import Chat
from chat.client.plain.stdio import Stdin, StdoutError, complain, show_typing
from chat.client.terms.errors import RefusedError, UnreachableError


def run(settings: Settings) -> int:
    """Chat in plain mode until it is over; the exit code.

    Raises SettingsError for certificates that can't be read.
    """
    settings.tls_context()
    on_ending(_die)
    return asyncio.run(_visit(settings))


def _die(number: int, _: FrameType | None = None) -> None:
    """Leave without a word, as nobody has been told that one is here."""
    show_typing()
    die(number)


async def _visit(settings: Settings) -> int:
    """Come, chat and leave; the exit code."""
    stdin = Stdin()
    asyncio.get_running_loop().set_exception_handler(_went_wrong)
    try:
        client = await come(settings, stdin)
    except EOFError:
        return DELIVERED
    except (RefusedError, UnreachableError) as error:
        complain(str(error))
        return FAILED
    signalled = cancelled_by_signals(_die)
    chat = Chat(settings, client, stdin)
    try:
        return DELIVERED if await chat.run() else FAILED
    except asyncio.CancelledError:
        chat.sum_up("it was interrupted")
        return SIGNALLED + signalled[0] if signalled else FAILED
    except StdoutError as error:
        if not str(error):
            return UNREAD
        complain(str(error))
        return FAILED


def _went_wrong(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A defect, in a line."""
    error = context.get("exception")
    reason = f"{type(error).__name__}: {error}" if error else context.get("message", "")
    complain(f"that should not have happened: {reason}")
