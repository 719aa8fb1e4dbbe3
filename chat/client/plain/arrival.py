"""Coming to the chat in plain mode: under which name, to which rooms, and whom to ask for them.

Knows nothing of what happens there.
"""

from __future__ import annotations

from typing import Final

from chat.client.client import ChatClient
from chat.client.options.passwords import VARIABLE
from chat.client.options.settings import Settings, own_name
from chat.client.plain.stdio import Stdin, complain, prompt, tell
from chat.client.session.account import ASKED, REQUIRED
from chat.client.terms.errors import RefusedError
from chat.vocabulary.limits import USERNAME_CHARACTERS
from chat.vocabulary.names import LOBBY
from chat.vocabulary.text import clean

ONCE_TAIL: Final = 50
"""Old messages that --once and /history tell, unless a number is given."""

PIPE_PATIENCE: Final = 60.0
"""Seconds without a connection after which a pipe, which nobody watches, is given up."""

NAMES_TRIED: Final = 9
"""alice, alice-2, ... alice-9: one may be in the chat oneself while one's program talks."""


async def come(settings: Settings, stdin: Stdin) -> ChatClient:
    """A client that was let in. Raises RefusedError, UnreachableError, and EOFError if who was
    asked for a username does not answer.
    """
    if stdin.is_terminal and not settings.once and not (settings.user and settings.rooms):
        return await _come_asking(settings, stdin)
    rooms = settings.rooms or (LOBBY,)
    if settings.user:
        return await connected(settings, settings.user, rooms, stdin)
    if settings.password:
        return await connected(settings, own_name(), rooms, stdin)
    name, refused = own_name(), RefusedError("")
    for number in range(1, NAMES_TRIED + 1):
        suffix = f"-{number}" if number > 1 else ""
        try:
            user = name[: USERNAME_CHARACTERS - len(suffix)] + suffix
            return await connected(settings, user, rooms, stdin)
        except RefusedError as error:
            refused = error
            if not _is_about_username(error):
                break
    raise refused


async def _come_asking(settings: Settings, stdin: Stdin) -> ChatClient:
    """Ask for what was not given until one is let in. Raises as `come` does."""
    user, room = settings.user or own_name(), LOBBY
    while True:
        user = settings.user or await _asked("username", user, stdin)
        rooms = settings.rooms
        if not rooms:
            room = (await _asked("room", room, stdin)).removeprefix("#")
            rooms = (room,)
        try:
            return await connected(settings, user, rooms, stdin)
        except RefusedError as error:
            if settings.user and _is_about_username(error):
                raise
            complain(str(error))


async def _asked(what: str, default: str, stdin: Stdin) -> str:
    """What a person answers. Raises EOFError."""
    prompt(f"{what} [{clean(default)}]: ")
    answer = await stdin.line()
    if answer is None:
        tell("")
        raise EOFError
    return answer.strip() or default


def _is_about_username(error: RefusedError) -> bool:
    """Another username may help: docs/protocol.md has the sentences."""
    return "username" in str(error)


async def connected(
    settings: Settings, user: str, rooms: tuple[str, ...], stdin: Stdin
) -> ChatClient:
    """A client that was let in under this name; at a terminal it is asked for the password.

    Raises RefusedError and UnreachableError.
    """
    patience = settings.patience
    if patience is None and not (stdin.is_terminal or settings.follow):
        patience = PIPE_PATIENCE
    tail = settings.tail
    if tail is None:
        tail = ONCE_TAIL if settings.once else 0
    password: str | None = settings.password
    while True:
        client = ChatClient(
            settings.host,
            settings.port,
            user=user,
            rooms=rooms,
            tls=settings.tls_context(),
            backlog=tail,
            patience=patience,
            password=password,
            plaintext=settings.plaintext,
            unread=stdin.is_terminal and not settings.once,
        )
        try:
            return await client.__aenter__()
        except RefusedError as error:
            refused = error
        if refused.code not in ASKED:
            raise refused
        if not stdin.is_terminal:
            advice = f"{refused}; --password-file or {VARIABLE} gives it"
            raise RefusedError(advice if refused.code == REQUIRED else str(refused), refused.code)
        complain(str(refused))
        password = await stdin.secret(f"password of {clean(user)}")
        if not password:
            raise refused
