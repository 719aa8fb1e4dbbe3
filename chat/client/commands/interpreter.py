"""What becomes of a line that was typed: it is said, or what it orders is done.

Knows what the commands do; who builds on it knows where that was typed, and how it is shown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from chat.client.client import ChatClient
from chat.client.commands.usage import (
    PASSED_ON,
    Command,
    CommandError,
    Spoken,
    check,
    parse,
    secrets,
)
from chat.client.terms.errors import UnreachableError
from chat.client.terms.events import Message, Unread

NOWHERE: Final = "you are in no room: /join <room>"
NOT_CONNECTED: Final = "you are not connected: /connect tries again"
CONNECTED: Final = "you are connected; /connect <host> goes to another server"
"""What is told where something makes no sense just now."""


class Interpreter(ABC):
    """The commands, each a short method."""

    def __init__(self) -> None:
        self._orders: Final[dict[str, Callable[[str], Awaitable[None]]]] = {
            "join": self._join,
            "leave": self._leave,
            "msg": self._msg,
            "me": self._me,
            "who": self._who,
            "rooms": self._rooms,
            "history": self._history,
            "search": self._search,
            "catchup": self._catchup,
            "register": self._register,
            "password": self._password,
            "unregister": self._unregister,
            "connect": self._connect,
            "help": self._help,
            "quit": self._quit,
        }

    async def run(self, line: str) -> None:
        """Say a line, or do what it orders.

        Raises CommandError, RefusedError and UnreachableError: then nothing was done.
        """
        meant = parse(line)
        if isinstance(meant, Spoken):
            await self._say(meant.text)
            return
        with suppress(UnreachableError):  # some need no server
            check(meant.name, self._client.is_registered)
        if meant.name in PASSED_ON:
            await self._pass_on(meant)
        else:
            await self._orders[meant.name](meant.rest)

    async def _msg(self, rest: str) -> None:
        """/msg <username> [text]"""
        user, _, text = rest.partition(" ")
        await self._talk_to(f"@{user.removeprefix('@')}", text)

    async def _me(self, rest: str) -> None:
        """/me <text>"""
        raise CommandError("this server has no /me: nothing was sent")

    async def _rooms(self, rest: str) -> None:
        """/rooms"""
        await self._show_rooms(await self._client.open_rooms())

    async def _search(self, rest: str) -> None:
        """/search <words>"""
        await self._show_found(rest, await self._client.search(rest))

    async def _catchup(self, rest: str) -> None:
        """/catchup"""
        unread = await self._client.catchup()
        await self._show_unread(unread)
        if not unread:
            self._tell("nothing is unread")

    async def _register(self, rest: str) -> None:
        """/register [password]"""
        client = self._client
        if words := await self._passwords("register", rest):
            await client.register(*words)
            self._tell("your username is registered: from now on it takes the password")

    async def _password(self, rest: str) -> None:
        """/password [old new]"""
        client = self._client
        if words := await self._passwords("password", rest):
            await client.change_password(*words)
            self._tell("the password is changed")

    async def _unregister(self, rest: str) -> None:
        """/unregister [password]"""
        client = self._client
        if words := await self._passwords("unregister", rest):
            await client.unregister(*words)
            self._tell("your username is not registered any more")

    async def _passwords(self, name: str, rest: str) -> list[str]:
        """The passwords for a command: as they were typed, or asked for; none: it is not wanted."""
        return secrets(name, rest) or await self._ask(name)

    # --- where it was typed ---------------------------------------------------------------------

    @property
    @abstractmethod
    def _client(self) -> ChatClient:
        """Who talks to the server. Raises UnreachableError."""

    @abstractmethod
    async def _say(self, text: str) -> None:
        """Say it where one is."""

    @abstractmethod
    async def _talk_to(self, name: str, text: str) -> None:
        """Say something to somebody alone, `@bob`; "": only go there."""

    @abstractmethod
    async def _pass_on(self, command: Command) -> None:
        """Have the server do it, and show its answer where that was typed."""

    @abstractmethod
    async def _join(self, rest: str) -> None:
        """/join <room>"""

    @abstractmethod
    async def _leave(self, rest: str) -> None:
        """/leave [room]"""

    @abstractmethod
    async def _who(self, rest: str) -> None:
        """/who [room]"""

    @abstractmethod
    async def _history(self, rest: str) -> None:
        """/history [count]"""

    @abstractmethod
    async def _connect(self, rest: str) -> None:
        """/connect [host[:port]]"""

    @abstractmethod
    async def _help(self, rest: str) -> None:
        """/help"""

    @abstractmethod
    async def _quit(self, rest: str) -> None:
        """/quit"""

    # --- how it is shown ------------------------------------------------------------------------

    @abstractmethod
    def _tell(self, text: str) -> None:
        """A word from the client itself."""

    @abstractmethod
    async def _ask(self, name: str) -> list[str]:
        """The passwords for a command, asked for, a new one twice; none: it is not wanted."""

    @abstractmethod
    async def _show_rooms(self, rooms: list[tuple[str, int]]) -> None:
        """Which rooms there are, and how many people are in each."""

    @abstractmethod
    async def _show_found(self, words: str, found: list[Message]) -> None:
        """What a search for these words has found."""

    @abstractmethod
    async def _show_unread(self, unread: list[Unread]) -> None:
        """What is unread, room by room."""
