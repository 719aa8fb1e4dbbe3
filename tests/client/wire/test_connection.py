"""One connection: each answer to its question, and no connection that is dead without being so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.wire import connection as module
from chat.client.wire.connection import Connection, connect
from chat.client.wire.grammar import Answer, Came, CameIn, Line, Pong, Refusal
from tests.client.meeting import pretender

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


class Ear:
    """Hears what nobody has asked for."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def heard(self, line: Line) -> None:
        self.lines.append(line)


def call(talk: Talk, say: Callable[[Connection, Ear], Coroutine[Any, Any, None]]) -> None:
    """Have a connection to a server that talks like this."""

    async def meet() -> None:
        async with pretender(talk) as port:
            ear = Ear()
            connection = await connect("127.0.0.1", port, ear)
            try:
                async with asyncio.timeout(10):
                    await say(connection, ear)
            finally:
                connection.close()

    asyncio.run(meet())


def answering(replies: dict[str, str]) -> Talk:
    """Answers each line with what is said here, and each PING with its PONG."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().rstrip("\n"):
            word, _, rest = line.partition(" ")
            writer.write((f"PONG {rest}\n" if word == "PING" else replies.get(line, "")).encode())

    return talk


def test_an_answer_is_all_that_comes_before_its_pong() -> None:
    """Answers go to their questions, however long they are; what is none is heard by itself."""
    replies = {
        "WHO": "USER alice\nINFO bob joined tea\nUSER bob\nINFO 2 users here\n",
        "ROOMS": "",
        "JOIN tea": "INFO joined room tea\nERROR the history can't be read\n",
        "LEAVE tea": "ERROR you are not in the room tea\n",
    }

    async def say(connection: Connection, ear: Ear) -> None:
        who, rooms, joined = await asyncio.gather(
            connection.answer("WHO"), connection.answer("ROOMS"), connection.reply("JOIN tea")
        )
        assert who == [
            Answer("USER", "alice"),
            Answer("USER", "bob"),
            Answer("INFO", "2 users here"),
        ]
        assert rooms == []
        assert joined == [
            CameIn("tea"),
            Refusal("the history can't be read", ""),
        ]
        assert ear.lines == [Came("bob", "tea"), CameIn("tea")]
        with pytest.raises(RefusedError, match="you are not in the room tea"):
            await connection.answer("LEAVE tea")
        assert not connection.is_asking

    call(answering(replies), say)


def test_a_command_is_one_line() -> None:
    """What would be a second command is refused, and nothing is sent."""

    async def say(connection: Connection, ear: Ear) -> None:
        for text in ("WHO\nQUIT", "WHO\rQUIT"):
            with pytest.raises(RefusedError, match="one line"):
                await connection.answer(text)
        assert not connection.is_asking
        assert await connection.answer("WHO") == []

    call(answering({}), say)


def test_a_silent_server_is_asked_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection on which nobody speaks stays, as long as the server answers."""
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.02)

    async def say(connection: Connection, ear: Ear) -> None:
        while sum(isinstance(line, Pong) for line in ear.lines) < 3:
            assert not connection.lost.done()
            await asyncio.sleep(0.01)

    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    call(answering({}), say)


def test_a_dead_connection_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not even a PING is answered the connection is lost, with the reason."""
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.02)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.02)

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass

    async def say(connection: Connection, ear: Ear) -> None:
        with pytest.raises(UnreachableError, match="has not answered for"):
            await connection.answer("WHO")

    call(deaf, say)


def test_an_answer_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server can't fill the memory with an answer, or with a line."""
    monkeypatch.setattr(module, "ANSWER_BYTES", 1000)
    for flood in (b"USER alice\n" * 50, b"x" * 5000):

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flood: bytes = flood
        ) -> None:
            while True:
                writer.write(flood)
                await writer.drain()

        async def say(connection: Connection, ear: Ear) -> None:
            with pytest.raises(UnreachableError, match=r"does not end|no chat server"):
                await connection.answer("WHO")

        call(talk, say)


def test_the_last_word_of_a_server_is_the_reason() -> None:
    """Where the server says why it hangs up, that is what one is told."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"ERROR there are too many connections, here or from you\n")
        writer.close()

    async def say(connection: Connection, ear: Ear) -> None:
        with pytest.raises(UnreachableError, match="too many connections"):
            await connection.answer("JOIN lobby alice")

    call(talk, say)


def test_an_answer_that_is_left_out_ends_the_connection() -> None:
    """A server that answers the next question before this one is none: nobody waits for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode().rstrip("\n"):
            if line == "PING 2":
                writer.write(b"PONG 2\n")

    async def say(connection: Connection, ear: Ear) -> None:
        first = asyncio.create_task(connection.answer("WHO"))
        with pytest.raises(UnreachableError, match="does not answer as it should"):
            await connection.answer("ROOMS")
        with pytest.raises(UnreachableError, match="does not answer as it should"):
            await first

    call(talk, say)
