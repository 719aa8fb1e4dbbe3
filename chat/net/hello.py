"""How a TLS connection begins: the client's hello, and the host that it asks for. Knows no OpenSSL,
which judges all of it: what is wrong here is left to it."""

from __future__ import annotations

from typing import Final

from chat.vocabulary.limits import TLS_RECORD_BYTES

_HANDSHAKE: Final = 22
"""The first byte of a TLS connection, and of each record of its handshake."""

_CLIENT_HELLO: Final = 1
"""The first byte of what that carries; its length is in the next three."""

_HEADER_BYTES: Final = 5
"""What stands before a record: its type, a version, and two bytes that tell its length."""

_RANDOM_END: Final = 38
"""Where the hello's lists begin: behind its type, its length, a version and 32 random bytes."""


class Hello:
    """What a client has sent so far: whole, when OpenSSL can do something with it."""

    def __init__(self) -> None:
        self.data = b""
        self._at = 0  # where the next record begins
        self._message = b""  # what the records before it carry

    @property
    def is_tls(self) -> bool:
        """Whether that is what it looks like."""
        return not self.data or self.data[0] == _HANDSHAKE

    def add(self, data: bytes) -> bool:
        """More has come. Returns whether it is whole, or wrong."""
        self.data += data
        while len(self.data) >= self._at + _HEADER_BYTES:
            body = self._at + _HEADER_BYTES
            end = body + int.from_bytes(self.data[body - 2 : body], "big")
            if self.data[self._at] != _HANDSHAKE or not body < end <= body + TLS_RECORD_BYTES:
                return True
            if len(self.data) < end:
                break
            self._message += self.data[body:end]
            self._at = end
            if self._message[0] != _CLIENT_HELLO or self._is_enough():
                return True
        return len(self.data) >= _HEADER_BYTES + TLS_RECORD_BYTES

    def _is_enough(self) -> bool:
        size = int.from_bytes(self._message[1:4], "big")
        return len(self._message) >= 4 and not len(self._message) < 4 + size <= TLS_RECORD_BYTES

    @property
    def host(self) -> str | None:
        """Whom it asks for (RFC 6066, 3), if anybody."""
        message, at = self._message, _RANDOM_END
        for size_bytes in (1, 2, 1):  # a session, ciphers, compressions
            at += size_bytes + int.from_bytes(message[at : at + size_bytes], "big")
        at += 2
        while at + 4 <= len(message):
            kind = message[at : at + 2]
            end = at + 4 + int.from_bytes(message[at + 2 : at + 4], "big")
            if kind == b"\0\0":  # a list of names, each with its kind and its length
                size = int.from_bytes(message[at + 7 : at + 9], "big")
                return message[at + 9 : min(at + 9 + size, end)].decode("latin-1")
            at = end
        return None
