"""What whoever runs the server may choose about the chat. Knows no file, and no command line."""

from typing import Annotated

from msgspec import Meta, Struct

from chat.vocabulary.limits import SET_MOST


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """The limits that whoever runs the server may set, in the table [limits].

    login_timeout: seconds within which a client has to log in. The default leaves a person time to
        read and type, and an idle scanner little.
    rooms_per_user: rooms that one user may be in at a time.
    rate: lines a second that a connection may send in the long run; 0 for any number. People
        don't type so fast; a program that does is read more slowly, and loses nothing.
    burst: lines that a connection may send at once: what somebody pastes.
    connections_per_address: connections at a time from one address. A whole class behind one
        router has one.
    connects_per_minute: new connections from one address in a minute.
    trusted: networks that none of these four bind.
    """

    login_timeout: Annotated[float, Meta(gt=0, le=86400)] = 60.0
    rooms_per_user: Annotated[int, Meta(ge=1, le=10000)] = 100
    rate: Annotated[float, Meta(ge=0, le=SET_MOST)] = 20.0
    burst: Annotated[int, Meta(ge=1, le=SET_MOST)] = 200
    connections_per_address: Annotated[int, Meta(ge=1, le=SET_MOST)] = 128
    connects_per_minute: Annotated[int, Meta(ge=1, le=SET_MOST)] = 240
    trusted: tuple[str, ...] = ("127.0.0.0/8", "::1/128")


class Settings(Struct, frozen=True):
    """The settings of one chat.

    limits: see Limits.
    replay: how many messages of a room somebody who joins it is sent.
    registers: whether people may register.
    rejoins: whether an account that comes is in the rooms again in which it was.
    takes_plaintext: whether passwords are taken where others could read them on the way.
    proxies: networks from which connections come with a PROXY header.
    proxy_tls_ports: ports of these proxies at which they end TLS, though they do not say so.
    operators: keys of usernames that look after the whole server once they are registered.
    """

    limits: Limits = Limits()
    replay: int = 0
    registers: bool = True
    rejoins: bool = True
    takes_plaintext: bool = False
    proxies: tuple[str, ...] = ()
    proxy_tls_ports: frozenset[int] = frozenset()
    operators: frozenset[str] = frozenset()
