"""A server of which a test decides what it says: `house.says("bob", "hi")`, `house.tells(line)`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from tests.client.meeting import pretender

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

HELD = "what you said waits until a moderator lets it through"


class House:
    """Its rooms have one history, `messages`, from which numbers are missing that are not in it.

    answers: what is answered to commands that it does not know, by how they begin.
    """

    def __init__(self) -> None:
        self.messages: dict[int, tuple[str, str]] = {}
        self.at = NOON
        self.answers: dict[str, list[str]] = {}
        self.heard: list[str] = []
        self.reads: Callable[[], object] | None = None
        """Called when a history has been read and not been sent."""
        self._writers: list[asyncio.StreamWriter] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See pretender."""
        self._writers.append(writer)
        while line := (await reader.readline()).decode().rstrip("\n"):
            self.heard.append(line)
            writer.write("".join(f"{answer}\n" for answer in self._answer(line)).encode())
            if line == "QUIT":
                break
        writer.close()

    def hangs_up(self) -> None:
        """The connections are lost."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def tells(self, *lines: str) -> None:
        """Say lines to all who are there."""
        for writer in self._writers:
            writer.write("".join(f"{line}\n" for line in lines).encode())

    def says(self, user: str, text: str, number: int = 0, *, token: str = "") -> int:
        """Somebody says something, which is stored and told; its number."""
        number = self.keeps(user, text, number)
        token = f" {token}" if token else ""
        self.tells(f"@{number} {self._time(number)}{token} MSG tea {user} {text}")
        return number

    def keeps(self, user: str, text: str, number: int = 0) -> int:
        """The same, and nobody is told."""
        number = number or max(self.messages, default=0) + 1
        self.messages[number] = (user, text)
        return number

    def asked(self, verb: str) -> list[str]:
        """The commands that have come with this verb."""
        return [line for line in self.heard if line.split()[0] == verb]

    def _answer(self, line: str) -> list[str]:
        words = line.split()
        for begin, answer in self.answers.items():
            if line.startswith(begin):
                return answer
        if words[0] == "PING":
            return [f"PONG {words[1]}"]
        if words[0] == "JOIN":
            return [f"INFO joined room {words[1]}"]
        if line == "HELP held":
            return [f"INFO {HELD}: whoever runs this server"]
        if words[0] == "HISTORY":
            return self._history(words)
        return [] if words[0].startswith("@") else [f"INFO {words[0].lower()}"]

    def _history(self, words: list[str]) -> list[str]:
        count = int(words[2])
        numbers = sorted(self.messages)
        if "BEFORE" in words:
            numbers = [number for number in numbers if number < int(words[4])][-count:]
        elif "AFTER" in words:
            numbers = [number for number in numbers if number > int(words[4])][:count]
        found = [
            f"HISTORY {words[1]} {number} {self._time(number)} {' '.join(self.messages[number])}"
            for number in numbers[-count:]
        ]
        if self.reads:
            self.reads()
        return found

    def _time(self, number: int) -> str:
        at = self.at + timedelta(seconds=number)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@asynccontextmanager
async def house() -> AsyncIterator[tuple[House, int]]:
    """A server, and its port."""
    one = House()
    async with pretender(one.talk) as port:
        yield one, port
