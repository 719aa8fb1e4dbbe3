"""Clients that misbehave, most in a process of their own, told what to do through a pipe."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from benchmarks.load import STALLED_SECONDS, connect
from benchmarks.wires import missed, said, text

GREEDY_LINES: Final = 50
"""Lines that a greedy client writes at a time."""

GREEDY_NICE: Final = 10
"""Greedy clients step back behind all else on the machine: it is the server that is tested."""

EACH: Final = 1_000_000
"""Numbers that each greedy client has."""

READ_SECONDS: Final = 10.0
"""How long a greedy client reads in the end."""

JOIN_SECONDS: Final = 30.0

_READ_BYTES: Final = 65536
"""What is read at a time, and kept by the kernel where a client reads nothing."""


class Child(NamedTuple):
    """A process of rude clients."""

    pid: int
    pipe: Connection

    def wait(self, seconds: float = 120.0) -> Any:
        """What it reports next."""
        if not self.pipe.poll(seconds):
            raise SystemExit("the rude clients do not answer")
        return self.pipe.recv()


@contextmanager
def child(clients: Callable[..., None], *words: Any) -> Iterator[Child]:
    """Such clients, until the end of the block."""
    context = get_context("spawn")  # so that it shares no connection with us
    here, there = context.Pipe()
    process = context.Process(target=clients, args=(there, *words), daemon=True)
    process.start()
    there.close()
    try:
        yield Child(process.pid or 0, here)
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGCONT)
        process.terminate()
        process.join()


class Reader:
    """One connection that keeps the numbers of the messages it hears.

    heard: those, and a negative number for so many that it was told it has missed.
    refused: refusals that it was told.
    """

    def __init__(self, port: int, address: str, room: str, user: str) -> None:
        self.socket = connect(port, address, _READ_BYTES)
        self.room = room
        self.heard: list[int] = []
        self.refused = 0
        self.gone = False
        self._rest = b""
        self.socket.settimeout(JOIN_SECONDS)
        self.socket.sendall(f"JOIN {room} {user}\n".encode())
        while b"INFO joined" not in self._rest:
            self._rest += self.socket.recv(_READ_BYTES) or b"INFO joined"
        self._rest = b""
        self.socket.setblocking(False)

    @property
    def accounted(self) -> int:
        """Messages that were heard or told to be missed."""
        return sum(max(1, -number) for number in self.heard)

    def read(self) -> None:
        """Take what has come."""
        try:
            data = self.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.gone = self.gone or not data
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if count := missed(line):
                self.heard.append(-count)
            elif line.startswith(b"ERROR"):
                self.refused += 1
            else:
                self.heard += [message.number for message in said(line + b"\n")]


def readers(pipe: Connection, port: int, room: str, count: int) -> None:
    """They read all that comes, and are stopped from outside; in the end they tell what it was."""
    clients = {}
    for number in range(count):
        reader = Reader(port, "127.0.0.4", room, f"reader-{number}")
        clients[reader.socket.fileno()] = reader
    epoll = select.epoll()
    for fd in (*clients, pipe.fileno()):
        epoll.register(fd, select.EPOLLIN)
    pipe.send("ready")
    messages: int | None = None
    waiting = set(clients)
    # While it is stopped its time goes on: the first answer afterwards may be empty.
    while waiting and (ready := epoll.poll(STALLED_SECONDS) or epoll.poll(STALLED_SECONDS)):
        for fd, _ in ready:
            if fd == pipe.fileno():
                messages = pipe.recv()
                continue
            clients[fd].read()
            if clients[fd].gone:
                epoll.unregister(fd)
                waiting.discard(fd)
        if messages is not None:
            waiting = {fd for fd in waiting if clients[fd].accounted < messages}
    pipe.send([reader.heard for reader in clients.values()])


def greedy(pipe: Connection, port: int, rooms: list[str]) -> None:
    """One in each of the rooms; they write without end. Then the first reads what has come."""
    os.nice(GREEDY_NICE)
    clients = {}
    for number, room in enumerate(rooms):
        reader = Reader(port, "127.0.0.2", room, f"greedy-{number}")
        clients[reader.socket.fileno()] = (reader, _lines(room, number * EACH))
    left = dict.fromkeys(clients, b"")
    epoll = select.epoll()
    for fd in clients:
        epoll.register(fd, select.EPOLLOUT)
    epoll.register(pipe.fileno(), select.EPOLLIN)
    pipe.send("ready")
    pipe.recv()
    written = refused = 0
    while not pipe.poll():
        for fd, _ in epoll.poll():
            if fd == pipe.fileno():
                continue
            reader, lines = clients[fd]
            data = left[fd] or next(lines)
            try:
                sent = reader.socket.send(data)
            except BlockingIOError:
                continue
            except OSError:
                epoll.unregister(fd)
                refused += 1
                continue
            left[fd] = data[sent:]
            written += data.count(b"\n", 0, sent)
    first = next(iter(clients.values()))[0]
    deadline = time.monotonic() + READ_SECONDS
    while not first.gone and time.monotonic() < deadline:
        select.select([first.socket], [], [], 0.5)
        first.read()
    pipe.send((first.heard, first.refused, written, refused))


def _lines(room: str, number: int) -> Iterator[bytes]:
    """More and more lines, each with its number."""
    while True:
        some = range(number, number + GREEDY_LINES)
        yield "".join(f"MSG {room} {text(each)}\n" for each in some).encode()
        number += GREEDY_LINES


def churn(pipe: Connection, port: int, count: int) -> None:
    """They come and go, every other one after it has joined a room."""
    began = time.monotonic()
    for number in range(count):
        with connect(port, f"127.0.0.{10 + number % 10}") as connection:
            if number % 2:
                connection.send(f"JOIN churn churn-{number}\n".encode())
    pipe.send(time.monotonic() - began)


def drip(
    connections: dict[int, socket.socket], every: float, seconds: float, byte: bytes = b"x"
) -> list[float]:
    """All send a byte every so often; how long each was there, of those that were sent away."""
    began = time.monotonic()
    epoll, here, away = select.epoll(), dict(connections), []
    for fd in here:
        epoll.register(fd, select.EPOLLIN)
    due = began
    while here and (now := time.monotonic()) < began + seconds:
        if now >= due:
            for connection in here.values():
                with suppress(OSError):
                    connection.send(byte)
            due += every
        for fd, _ in epoll.poll(max(0.0, due - time.monotonic())):
            try:
                data = here[fd].recv(_READ_BYTES)
            except OSError:
                data = b""
            if not data:
                epoll.unregister(fd)
                here.pop(fd).close()
                away.append(time.monotonic() - began)
    return away
