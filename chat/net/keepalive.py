"""How the kernel looks after a TCP connection. Knows sockets, not what they carry."""

import socket
from typing import Any, Final

from chat.vocabulary.limits import (
    GONE_SECONDS,
    KEEPALIVE_INTERVAL_SECONDS,
    KEEPALIVE_PROBES,
    KEEPALIVE_SECONDS,
)

_KEEPALIVE: Final = {
    getattr(socket, name): value
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_INTERVAL_SECONDS),
        ("TCP_KEEPCNT", KEEPALIVE_PROBES),
        ("TCP_USER_TIMEOUT", 1000 * GONE_SECONDS),
    )
    if hasattr(socket, name)  # not everywhere
}


def tune(transport: Any) -> None:
    """Have answers sent at once, and clients missed that went without a word."""
    transport.setTcpNoDelay(True)
    transport.setTcpKeepAlive(True)
    handle = transport.getHandle()
    for option, value in _KEEPALIVE.items():
        handle.setsockopt(socket.IPPROTO_TCP, option, value)
