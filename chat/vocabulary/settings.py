"""What whoever runs the server may choose about the chat. Knows no file, and no command line."""

from msgspec import Struct

from chat.vocabulary.limits import Limits


class Settings(Struct, frozen=True):
    """How one chat is.

    limits: see Limits.
    replay: messages of a room that somebody who joins it is sent.
    registers: whether people may register.
    rejoins: whether an account that comes is in the rooms again in which it was.
    takes_plaintext: whether passwords are taken where others could read them on the way.
    proxies: networks from which connections come with a PROXY header.
    operators: keys of usernames that look after the whole server once they are registered.
    """

    limits: Limits = Limits()
    replay: int = 0
    registers: bool = True
    rejoins: bool = True
    takes_plaintext: bool = False
    proxies: tuple[str, ...] = ()
    operators: frozenset[str] = frozenset()
