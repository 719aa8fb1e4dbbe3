"""What telnet sends besides lines. Knows no connection."""

import re
from typing import Final

END_OF_TRANSMISSION: Final = b"\x04"
"""What telnet sends for Ctrl-D: somebody wanted to leave, and now begins a line behind it."""

DO_TIMING_MARK: Final = b"\xff\xfd\x06"
WONT_TIMING_MARK: Final = b"\xff\xfc\x06"
"""RFC 860. After Ctrl-C telnet asks for a mark, and shows nothing more until it is answered."""

_TELNET: Final = re.compile(
    rb"\xff(?:\xff"  # the byte 255 itself
    rb"|[\xf0-\xf9]"  # a command
    rb"|[\xfb-\xfe](?:.|$)"  # a command and its option
    rb"|\xfa(?:[^\xff]|\xff[^\xf0])*(?:\xff\xf0|\xff?$)"  # a subnegotiation up to its end
    rb"|$)",
    re.DOTALL,
)
"""Telnet's commands (RFC 854, RFC 855). One that is unfinished ends with its line: clients send
no subnegotiation unasked, so no line's end is part of one."""


_MEANT: Final = {b"\xff\xff": b"\xff", b"\xff\xf7": b"\x7f", b"\xff\xf8": b"\x15"}
"""What is left of some: the byte 255, and the keys that erase a character and a line."""


def without_telnet(line: bytes) -> bytes:
    """The line without telnet's commands."""
    return _TELNET.sub(lambda found: _MEANT.get(found[0], b""), line)
