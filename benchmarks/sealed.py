"""A client's TLS that costs little: all that has come is decrypted at once, or not at all."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Final

_RECORD_BYTES: Final = 16 * 1024
_HEADER_BYTES: Final = 5
_SEALED_BYTES: Final = 17
"""What a record of TLS 1.3 has besides its header and what it carries."""
_READ_BYTES: Final = 256 * 1024


def trusting() -> ssl.SSLContext:
    """For a client that trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


_TRUSTING: Final = trusting()


def hello() -> bytes:
    """What a client begins with."""
    outgoing = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        _TRUSTING.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    return outgoing.read()


class SealedSocket:
    """A connection over TLS, with as much of a socket as a crowd needs. It does not block."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _TRUSTING.wrap_bio(self._incoming, self._outgoing)
        self._begun = b""  # a record, where none is decrypted any more
        self._carried = 0  # bytes that belong to no whole line yet
        self.fileno = connection.fileno
        self.close = connection.close
        connection.settimeout(30.0)
        while not self._shakes_hands():
            self._incoming.write(connection.recv(_READ_BYTES))
        connection.setblocking(False)

    def _shakes_hands(self) -> bool:
        """Whether that is done."""
        done = False
        with suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
            done = True
        self._socket.sendall(self._outgoing.read())
        return done

    def send(self, data: bytes) -> int:
        """See socket; all of it or an error."""
        self._tls.write(data)
        records = self._outgoing.read()
        if self._socket.send(records) < len(records):
            raise BlockingIOError
        return len(data)

    def recv(self, size: int) -> bytes:
        """See socket. Where TLS has spoken for itself only, that is an empty line."""
        data = self._socket.recv(_READ_BYTES)
        self._incoming.write(data)
        pieces = []
        with suppress(ssl.SSLWantReadError):
            while self._incoming.pending:
                pieces.append(self._tls.read(_RECORD_BYTES))
        return b"".join(pieces) or (data and b"\r")

    def count(self, line_bytes: int) -> int:
        """How many lines have come that are all so long; from now on nothing is decrypted."""
        data = self._begun + self._socket.recv(_READ_BYTES)
        at = 0
        while len(data) >= (body := at + _HEADER_BYTES):
            end = body + int.from_bytes(data[body - 2 : body], "big")
            if end > len(data):
                break
            self._carried += end - body - _SEALED_BYTES
            at = end
        self._begun = data[at:]
        lines, self._carried = divmod(self._carried, line_bytes)
        return lines

    def recv_into(self, buffer: bytearray) -> int:
        """See socket."""
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)
