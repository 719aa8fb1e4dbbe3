"""A crowd of clients in one loop: fills rooms, has them talk, and counts what they hear.

It has to cost less than the server. So most members only count lines; about SAMPLED of them also
look when each message was sent, and which one it was.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, Self

from benchmarks.sealed import SealedSocket
from benchmarks.servers import HOST, Server
from benchmarks.wires import TEXT_BYTES, now_us, said, text

SAMPLED: Final = 100
"""How many members look at what they hear."""

STALLED_SECONDS: Final = 30.0
"""A server that says nothing for so long has stalled."""

QUIET_SECONDS: Final = 0.3
"""When nothing comes for so long, all has been said."""

PER_ADDRESS: Final = 20_000
"""Connections from one address: it has 28,000 ports."""

_READ_BYTES: Final = 256 * 1024


class Shape(NamedTuple):
    """Who talks to whom.

    senders: how many members of each room speak, in turns.
    messages: how many are said in each room.
    window: how many messages are under way in a room at a time ...
    rate: ... or how many are said a second in all the rooms together.
    """

    rooms: int
    members: int
    senders: int
    messages: int
    window: int = 1
    rate: float = 0.0
    length: int = TEXT_BYTES


class StalledError(Exception):
    """The server says nothing any more, or takes nothing."""


class Client:
    """One connection."""

    __slots__ = ("numbers", "rest", "room", "sampled", "socket", "user", "waits_for")

    def __init__(self, connection: Any, user: str, room: Room) -> None:
        self.socket = connection
        self.user = user
        self.room = room
        self.sampled = False
        self.waits_for = b""  # what the answer to its last command has in it
        self.rest = b""  # the beginning of a line
        self.numbers: list[int] = []  # of the messages it has heard, where it is sampled


class Room:
    """The members of one room, and how far their talk has come."""

    __slots__ = ("heard", "hears", "members", "name", "next_at", "said")

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: list[Client] = []
        self.hears = 0  # how many members hear a message
        self.said = self.heard = 0
        self.next_at = 0  # deliveries after which there is something to do


class Crowd:
    """The clients of one server.

    prefix: begins the names of its rooms, and its users' names.
    addresses: where its connections come from, so many from each as there are ports.
    """

    def __init__(self, server: Server, prefix: str = "r", addresses: Iterable[str] = ()) -> None:
        self.server = server
        self.rooms: list[Room] = []
        self.latencies: list[int] = []  # in us
        self.said = 0
        self._prefix = prefix
        self._addresses = list(addresses) or [f"127.0.0.{last}" for last in range(1, 100)]
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._buffer = bytearray(_READ_BYTES)
        self._line_bytes = 0  # of what is said, where lines are counted without being decrypted

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.socket.close()
        self._epoll.close()

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def sampled(self) -> list[Client]:
        """The members who look at what they hear."""
        return [client for client in self._clients.values() if client.sampled]

    def fill(self, rooms: int, members: int) -> None:
        """Open so many rooms with so many members each, and wait until it is quiet."""
        self.rooms = [Room(f"{self._prefix}{number}") for number in range(rooms)]
        coming = self._coming(members)
        while some := list(islice(coming, self.server.at_once)):
            self._all_answered(some)
        for room in self.rooms:
            room.hears = members if self.server.wire.echo else members - 1
        self.hear_until_quiet()
        step = max(1, len(self) // SAMPLED) | 1  # odd, to fall on every place in a room
        for client in islice(self._clients.values(), 0, None, step):
            client.sampled = True

    def talk(self, shape: Shape) -> float:
        """Have all rooms say their messages until all have been heard; the seconds it took."""
        began = time.monotonic()
        self._line_bytes = self._length_of_lines(shape) if self.server.sealed else 0
        if shape.rate:
            self._talk_at_rate(shape)
        else:
            self._talk_in_turns(shape)
        return time.monotonic() - began

    def _length_of_lines(self, shape: Shape) -> int:
        """Of all lines that will be heard, where they are of the same length; 0 where not."""
        spoken = {
            len(f"MSG {room.name} {member.user} {text(0, shape.length)}\n")
            for room in self.rooms
            for member in room.members[: shape.senders]
        }
        return spoken.pop() if len(spoken) == 1 else 0

    def listen(self, seconds: float) -> int:
        """Hear what comes for so long; how many lines that was."""
        deadline, lines = time.monotonic() + seconds, 0
        while (left := deadline - time.monotonic()) > 0:
            for fd, _ in self._epoll.poll(left):
                lines += self._hear(self._clients[fd])
        return lines

    def hear_until_quiet(self) -> None:
        """Hear who else has come, until nothing more is said."""
        while ready := self._epoll.poll(QUIET_SECONDS):
            for fd, _ in ready:
                self._hear(self._clients[fd])

    def _coming(self, members: int) -> Iterator[Client]:
        """Everyone, as they connect and say who they are."""
        wire = self.server.wire
        for room in self.rooms:
            for number in range(members):
                address = self._addresses[len(self) // PER_ADDRESS]
                connection: Any = connect(self.server.port, address)
                if self.server.sealed:
                    connection = SealedSocket(connection)
                client = Client(connection, f"{room.name}-{number}", room)
                room.members.append(client)
                self._clients[client.socket.fileno()] = client
                self._epoll.register(client.socket, select.EPOLLIN)
                if wire.hello:
                    client.waits_for = wire.welcome
                    send(client.socket, wire.hello.format(user=client.user))
                else:
                    self._join(client)
                yield client

    def _join(self, client: Client) -> None:
        wire = self.server.wire
        client.waits_for, client.rest = wire.joined, b""
        send(client.socket, wire.join.format(room=client.room.name, user=client.user))

    def _all_answered(self, some: list[Client]) -> None:
        """Wait until all of these are in their rooms."""
        waiting = len(some)
        while waiting:
            for client in self._ready():
                data = client.socket.recv(_READ_BYTES)
                if not data:
                    raise StalledError(f"the server has hung up on {client.user}")
                if not client.waits_for:
                    continue
                client.rest += data
                if client.waits_for not in client.rest:
                    continue
                if client.waits_for == self.server.wire.joined:
                    client.waits_for = client.rest = b""
                    waiting -= 1
                else:
                    self._join(client)

    def _ready(self) -> list[Client]:
        """Those who have something to hear."""
        ready = self._epoll.poll(STALLED_SECONDS)
        if not ready:
            raise StalledError("the server has said nothing for too long")
        return [self._clients[fd] for fd, _ in ready]

    def _hear(self, client: Client) -> int:
        """Read once; how many lines have come."""
        if self._line_bytes and not client.sampled:
            return int(client.socket.count(self._line_bytes))
        size = client.socket.recv_into(self._buffer)
        if not size:
            raise StalledError(f"the server has hung up on {client.user}")
        if client.sampled:
            self._look(client, client.rest + self._buffer[:size])
        return self._buffer.count(b"\n", 0, size)

    def _look(self, client: Client, data: bytes) -> None:
        """Note when what has come was sent, and which messages it was."""
        lines, end, client.rest = data.rpartition(b"\n")
        now = now_us()
        for at, number in said(lines + end):
            self.latencies.append(now - at)
            client.numbers.append(number)

    def _say(self, room: Room, shape: Shape) -> None:
        """The next member whose turn it is says something."""
        speaker = room.members[room.said % shape.senders]
        words = text(self.said, shape.length)
        send(speaker.socket, self.server.wire.say.format(room=room.name, text=words))
        room.said += 1
        self.said += 1

    def _talk_in_turns(self, shape: Shape) -> None:
        """In each room the next message is said when one has been heard."""
        for room in self.rooms:
            room.said = room.heard = 0
            self._go_on(room, shape)
        under_way = len(self.rooms)
        while under_way:
            for client in self._ready():
                room = client.room
                room.heard += self._hear(client)
                if room.heard < room.next_at:
                    continue
                if room.said < shape.messages:
                    self._go_on(room, shape)
                else:
                    under_way -= 1

    def _go_on(self, room: Room, shape: Shape) -> None:
        """Say as much as may be under way."""
        most = min(room.heard // room.hears + shape.window, shape.messages)
        while room.said < most:
            self._say(room, shape)
        done = room.said == shape.messages
        last = room.said if done else room.said - shape.window + 1
        room.next_at = last * room.hears

    def _talk_at_rate(self, shape: Shape) -> None:
        """Messages are said at their times, whether or not those before them were heard."""
        messages = shape.messages * len(self.rooms)
        due = messages * self.rooms[0].hears
        began, heard, number = time.monotonic(), 0, 0
        while heard < due:
            while number < messages and time.monotonic() >= began + number / shape.rate:
                self._say(self.rooms[number % len(self.rooms)], shape)
                number += 1
            wait = began + number / shape.rate - time.monotonic()
            ready = self._epoll.poll(max(0.0, wait) if number < messages else STALLED_SECONDS)
            if not ready and number == messages:
                raise StalledError(f"{due - heard} of {due} lines have not come")
            for fd, _ in ready:
                heard += self._hear(self._clients[fd])


def connect(port: int, address: str, kept: int = 0) -> socket.socket:
    """A connection from that address. The kernel chooses a port that is free for this server.

    kept: bytes that the kernel keeps for it until they are read; 0 for as many as it likes.
    """
    connection = socket.socket()
    if kept:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kept)
    connection.settimeout(STALLED_SECONDS)
    connection.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.bind((address, 0))
    connection.connect((HOST, port))
    connection.setblocking(False)
    return connection


def send(connection: Any, line: str) -> None:
    """Send a line as a whole. Raises StalledError where the server takes no more."""
    data = line.encode()
    try:
        sent = connection.send(data)
    except BlockingIOError:
        sent = 0
    if sent < len(data):
        raise StalledError("the server takes no more lines")
