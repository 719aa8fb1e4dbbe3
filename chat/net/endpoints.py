"""What can be listened on with TLS: endpoints, and Twisted's words for one. Knows no chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.internet.protocol import ServerFactory
from zope.interface import implementer

from chat.net.certificates import Certificates, Files, One
from chat.net.tls import Carried, TlsConnection
from chat.vocabulary.limits import BACKLOG, ECHOED_CHARACTERS

_PART: Final = re.compile(r"(?:[^:\\]|\\.)*", re.DOTALL)
_KEY: Final = re.compile(r"((?:[^=\\]|\\.)*?)=(.*)", re.DOTALL)
"""How Twisted writes endpoints: parts between colons, `name=value`; a backslash in front of a
character makes it one like all others."""


@implementer(IStreamServerEndpoint)
class TlsEndpoint:
    """An endpoint whose connections are TLS."""

    def __init__(self, endpoint: IStreamServerEndpoint, certificates: Certificates) -> None:
        self.certificates = certificates
        self._endpoint = endpoint

    def listen(self, protocolFactory: Any) -> Deferred[IListeningPort]:  # noqa: N803
        """See IStreamServerEndpoint. The factory is a ChatFactory."""
        factory = TlsFactory(protocolFactory, self.certificates)
        listening: Deferred[IListeningPort] = self._endpoint.listen(factory)
        return listening


class Receiver(Protocol):
    """Makes a connection for whoever comes: a ChatFactory."""

    def receive(self, address: Any, around: Callable[[Any], Any], /) -> Any:
        """A protocol for who has come from there, with what `around` makes of it."""


class TlsFactory(ServerFactory):
    """Makes the connections of a chat, with TLS around them."""

    noisy = False

    def __init__(self, chat: Receiver, certificates: Certificates) -> None:
        self._chat = chat
        self._certificates = certificates

    def buildProtocol(self, addr: Any) -> Any:
        """A protocol for who has come from that address."""
        return self._chat.receive(addr, self._around)

    def _around(self, connection: Carried) -> TlsConnection:
        return TlsConnection(self._certificates.context, connection)


def from_words(description: str, reactor: Any) -> TlsEndpoint:
    """The endpoint that Twisted's `ssl:6697:privateKey=key.pem:certKey=cert.pem` describes.

    Raises ValueError.
    """
    words, options = _parsed(description)
    known = {"port", "privateKey", "certKey", "extraCertChain", "dhParameters", "interface"}
    for name in options.keys() - known - {"backlog"}:
        raise ValueError(f"{name} is not supported: TLS 1.2 and 1.3 are spoken")
    if len(words) == 2:
        options.setdefault("port", words[1])
    if len(words) > 2 or "port" not in options:
        raise ValueError("it has to be like ssl:6697:privateKey=key.pem:certKey=cert.pem")
    key = Path(options.get("privateKey", "server.pem"))
    files = Files(
        Path(options.get("certKey", key)),
        key,
        Path(options["extraCertChain"]) if "extraCertChain" in options else None,
        Path(options["dhParameters"]) if "dhParameters" in options else None,
    )
    options.setdefault("backlog", str(BACKLOG))
    port, backlog = _number("port", options), _number("backlog", options)
    endpoint = TCP4ServerEndpoint(reactor, port, backlog, options.get("interface", ""))
    return TlsEndpoint(endpoint, Certificates(One(files), reactor))


def _number(name: str, options: dict[str, str]) -> int:
    try:
        return int(options[name])
    except ValueError:
        raise ValueError(f"{name} is a number, not {options[name][:ECHOED_CHARACTERS]!r}") from None


def _parsed(description: str) -> tuple[list[str], dict[str, str]]:
    """The parts without a name, and those with one."""
    words: list[str] = []
    options: dict[str, str] = {}
    at = 0
    while at <= len(description):
        part = _PART.match(description, at)
        text = part[0] if part else ""
        found = _KEY.fullmatch(text)
        if found:
            options[_unescaped(found[1])] = _unescaped(found[2])
        else:
            words.append(_unescaped(text))
        at += len(text) + 1
    return words, options


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
