"""What other protocols say first. Knows no chat.

A page in a browser can have it send nearly anything to a port on the visitor's own machine or
network, and other programs go astray. What they send behind their first line would be run if that
line were only refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from chat.vocabulary.limits import OVERLONG_END_BYTES, OVERLONG_START_BYTES

TLS_HELLO: Final = b"\x16"
"""The first byte of a TLS connection: a record of the handshake. No line begins with it."""

_TARGET: Final = rb"(?:[/*?]|[a-z][a-z0-9+.-]*:|[^\s/]*:\d)"
"""How what is asked for begins (RFC 9112, 3.2), in RTSP and SIP as well."""

_REQUEST: Final = re.compile(
    rb"[!#$%&'*+.^_`|~0-9a-z-]+[ \t]+"  # a method (RFC 9110, 5.6.2): a page may choose its own
    + (_TARGET + rb"\S*[ \t]+[a-z]+/\d+(?:\.\d+)?\s*$")
    + (rb"|.{%d,}[ \t][a-z]+/\d+(?:\.\d+)?\s*$" % OVERLONG_START_BYTES),
    re.IGNORECASE | re.DOTALL,
)
"""A whole request line, of whatever method; or what ends like one and is longer than anything that
one says here before one has said who one is: of that the middle may be missing."""

_BEGINNING: Final = re.compile(
    rb"(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|PRI|PROPFIND|DESCRIBE) " + _TARGET
    + rb"|[A-Z]+/\d\.\d \d{3}\b"  # an answer, as in HTTP, RTSP and SIP
    + rb"|SSH-\d|RFB \d{3}\."  # RFC 4253, 4.2; RFC 6143, 7.1.1
    + rb"|CLIENT libcurl\b"  # RFC 2229, 3.2, as curl's dict: speaks it
    + rb"|[*$]\d+\s*$"  # Redis' requests
    + rb"|(?:SET|ADD|REPLACE|APPEND|PREPEND|CAS) \S+ \d+ -?\d+ \d+"  # memcached's
    + rb"|(?:EHLO|HELO|LHLO) "  # RFC 5321, 4.1.1.1
    + rb"|Content-[a-z]+: *\w+"  # JSON-RPC as in LSP
    + rb"|[a-z][a-z0-9+.-]*://"  # Gemini
    + rb"|[{\[]\s*[\"{\[]"  # JSON
    + rb"|<[?!a-z]"  # XML
    + (rb"|" + TLS_HELLO),
    re.IGNORECASE,
)  # fmt: skip
"""What a line begins with that is none of ours, however it goes on."""

_BINARY: Final = re.compile(rb"[\x00-\x02\x05-\x07\x0b\x0e-\x1a\x1c-\x1f]")
"""What nobody types but by a slip of the hand, nor telnet sends unasked. One is a slip."""


def is_foreign(line: bytes, verbs: Collection[bytes]) -> bool:
    """Whether a line is none of the chat, but of another protocol.

    line: without its end and without telnet's commands; of one that is too long its beginning and
        its end.
    verbs: what lines of the chat begin with, in capitals.
    """
    text = line.lstrip()
    if _BEGINNING.match(text) or _REQUEST.match(text):
        return True
    word = text.split(None, 1)[:1]
    return not (word and word[0].upper() in verbs) and len(_BINARY.findall(line)) > 1


class Overlong:
    """What is kept of a line that is too long, while it is thrown away.

    size: how many bytes of it have come.
    """

    __slots__ = ("_end", "_start", "size")

    def __init__(self) -> None:
        self.size = 0
        self._start = self._end = b""

    def add(self, data: bytes) -> None:
        """More of it has come."""
        if len(self._start) < OVERLONG_START_BYTES:
            self._start += data[: OVERLONG_START_BYTES - len(self._start)]
        self._end = (self._end + data[-OVERLONG_END_BYTES:])[-OVERLONG_END_BYTES:]
        self.size += len(data)

    @property
    def glimpse(self) -> bytes:
        """Its beginning and its end."""
        return self._start + self._end
