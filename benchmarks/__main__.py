"""The server's CPU time for one delivered line, in a few shapes of chat.

    python -m benchmarks [--rounds N] [--store URL ...] [shape ...]

A shape is so many rooms of so many members, with so many messages under way in each room. Each
round starts a server of its own; a figure is the median of the rounds. CPU time (user and system,
all threads, from /proc) stays comparable on a busy machine, where wall time does not; the ratio
to the first store is what to compare between machines. Linux only.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

TWISTD = Path(sys.executable).parent / "twistd"
TEXT = "x" * 80
STALLED_SECONDS = 20
STORES = ("memory:", "sqlite:///chat.sqlite")


class Shape(NamedTuple):
    """Who talks to whom."""

    rooms: int
    members: int
    window: int
    messages: int


SHAPES = {
    "speech": Shape(rooms=1, members=500, window=1, messages=400),
    "hall": Shape(rooms=1, members=500, window=32, messages=2000),
    "tables": Shape(rooms=200, members=5, window=1, messages=100),
    "busy": Shape(rooms=200, members=5, window=8, messages=200),
    "two": Shape(rooms=1, members=2, window=1, messages=5000),
}


class Result(NamedTuple):
    """What one round has shown."""

    cpu_us_per_delivery: float
    messages_per_s: float
    memory_mb: float


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """The memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


class Room:
    """The members of one room, who keep `window` messages under way."""

    def __init__(self, name: str, port: int, shape: Shape) -> None:
        self.shape = shape
        self.said = self.heard = 0
        self.members = [socket.create_connection(("127.0.0.1", port)) for _ in range(shape.members)]
        for number, member in enumerate(self.members):
            member.sendall(f"JOIN {name} {name}-{number}\n".encode())
            while b"INFO joined" not in member.recv(65536):
                pass
        self.line = f"MSG {name} {TEXT}\n".encode()

    def speak(self) -> None:
        """Say as much as may be under way, in turns."""
        deliveries = self.shape.members
        while self.said < self.shape.messages and (
            self.said * deliveries - self.heard < self.shape.window * deliveries
        ):
            self.members[self.said % deliveries].sendall(self.line)
            self.said += 1

    @property
    def done(self) -> bool:
        """Everyone has heard everything."""
        return self.heard >= self.shape.messages * self.shape.members


def talk(port: int, shape: Shape, pid: int) -> Result:
    """Fill the rooms, then measure how they talk."""
    rooms = [Room(f"r{number}", port, shape) for number in range(shape.rooms)]
    selector = selectors.DefaultSelector()
    for room in rooms:
        for member in room.members:
            member.settimeout(0.2)
            selector.register(member, selectors.EVENT_READ, room)
    drain(selector)
    cpu, began = cpu_seconds(pid), time.monotonic()
    for room in rooms:
        room.speak()
    while not all(room.done for room in rooms):
        ready = selector.select(STALLED_SECONDS)
        if not ready:
            sys.exit("the server has stalled")
        for key, _ in ready:
            key.data.heard += key.fileobj.recv(1 << 20).count(b"\n")  # type: ignore[union-attr]
        for room in rooms:
            room.speak()
    cpu, seconds = cpu_seconds(pid) - cpu, time.monotonic() - began
    messages = shape.messages * shape.rooms
    result = Result(cpu / (messages * shape.members) * 1e6, messages / seconds, memory_mb(pid))
    for room in rooms:
        for member in room.members:
            member.close()
    return result


def drain(selector: selectors.BaseSelector) -> None:
    """Hear who has joined, until it is quiet."""
    while ready := selector.select(0.3):
        for key, _ in ready:
            key.fileobj.recv(1 << 20)  # type: ignore[union-attr]


def measure(shape: Shape, store: str) -> Result:
    """One round, with a server of its own."""
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/log", "w+b") as log:
        words = ["--nodaemon", "--pidfile=", "chat", "--host", "127.0.0.1", "--port", "0"]
        words += ["--store", store]
        server = subprocess.Popen([TWISTD, *words], cwd=folder, stdout=log, stderr=log)
        try:
            while not (found := re.search(r"listening on \S+:(\d+)", Path(log.name).read_text())):
                time.sleep(0.05)
                if server.poll() is not None:
                    sys.exit(Path(log.name).read_text())
            return talk(int(found[1]), shape, server.pid)
        finally:
            server.terminate()
            server.wait(10)


def main() -> None:
    """Measure the shapes that are asked for, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("shapes", nargs="*", metavar="shape", help=", ".join(SHAPES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", action="append", help="memory: and SQLite unless given")
    arguments = parser.parse_args()
    unknown = set(arguments.shapes) - set(SHAPES)
    if unknown:
        parser.error(f"no such shape: {', '.join(unknown)}")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"{'shape':8} {'us/delivery':>12} {'ratio':>6} {'messages/s':>11} {'MB':>6}  store")
    for name in arguments.shapes or SHAPES:
        first = 0.0
        for store in arguments.store or STORES:
            rounds = [measure(SHAPES[name], store) for _ in range(arguments.rounds)]
            cost, speed, memory = map(statistics.median, zip(*rounds, strict=True))
            first = first or cost
            figures = f"{cost:12.2f} {cost / first:6.2f} {speed:11.0f} {memory:6.1f}"
            print(f"{name:8} {figures}  {store}", flush=True)


if __name__ == "__main__":
    main()
