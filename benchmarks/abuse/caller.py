"""One rude client, as a benchmark wants it: says something, and reads the answer or does not."""

from __future__ import annotations

import socket
from typing import Self

from benchmarks.load import HOST

PASSWORD = "correct-horse"
SECONDS = 60.0
_KEPT = 4096


class Caller:
    """A connection. kept: bytes that the kernel keeps for it; 0 for as many as it likes."""

    def __init__(self, port: int, address: str = "127.0.0.2", kept: int = 0) -> None:
        self.socket = socket.socket()
        if kept:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kept)
        self.socket.settimeout(SECONDS)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
        self.socket.bind((address, 0))
        self.socket.connect((HOST, port))
        self._rest = b""
        self._asked = 0

    @classmethod
    def unread(cls, port: int, address: str = "127.0.0.2") -> Self:
        """One that is going to read nothing more."""
        return cls(port, address, _KEPT)

    def says(self, *lines: str) -> None:
        """Say these lines, and read nothing."""
        self.socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def asks(self, *lines: str) -> list[str]:
        """Say these lines; all that has come up to the end of the answers."""
        self._asked += 1
        end = f"PONG {self._asked}\n".encode()
        self.says(*lines, f"PING {self._asked}")
        while end not in self._rest:
            data = self.socket.recv(1 << 20)
            if not data:
                raise ConnectionError(f"the server has hung up: {self._rest[-200:]!r}")
            self._rest += data
        heard, _, self._rest = self._rest.partition(end)
        return heard.decode().splitlines()

    def close(self) -> None:
        """Be gone."""
        self.socket.close()
