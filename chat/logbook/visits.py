"""What the log says of connections: who comes, proves or tries what, is refused, and goes. Knows no
connection.

docs/operations.md has these lines, and deploy/fail2ban reads them: each begins with the client's
address, so that nothing that a client says can stand in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final

from twisted.logger import Logger

from chat.logbook.tally import Tally
from chat.vocabulary.clock import Clock
from chat.vocabulary.limits import (
    FAILURES_TOLD,
    REFUSALS_SECONDS,
    REFUSALS_TOLD,
    SILENT_ADDRESSES,
    SILENT_SECONDS,
    TRIES_SECONDS,
    USERNAME_CHARACTERS,
    WRONG_PASSWORDS_TOLD,
)

log = Logger()

DEEDS: Final = {
    "proved": "has proved to be",
    "registered": "has registered",
    "password-changed": "has changed the password of",
    "given-up": "has given up the account",
}
"""What somebody has done about an account, whose name follows."""

REFUSALS: Final = {
    "too-many-connections": "too many connections",
    "too-many-tries": "too many wrong passwords",
    "too-many-accounts": "too many new accounts",
    "banned": "banned from this server",
    "banned-from-room": "banned from a room",
}
"""Why somebody is refused, where the log says so."""

_WRONG: Final = "wrong-password"
_UNKNOWN: Final = "an unknown name"
"""Instead of a name that is no account's: it may be somebody's password, in the wrong place."""


class Visits:
    """Writes these lines: many that are alike as one, so that nobody can fill a disk with them.

    clock: for the time after which it is told how many there were.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused = Tally(clock, REFUSALS_SECONDS, REFUSALS_TOLD, _count("were refused"))
        self._failed = Tally(
            *(clock, SILENT_SECONDS, FAILURES_TOLD),
            _count("have failed at TLS, or have sent no PROXY header"),
        )
        self._wrong = Tally(
            clock, TRIES_SECONDS, WRONG_PASSWORDS_TOLD, _count("wrong passwords were given")
        )
        self._silent: Counter[str] = Counter()

    def came(self, peer: str) -> None:
        """Somebody has come, and stays or has said something."""
        log.info("{peer} connected", peer=peer)

    def is_called(self, peer: str, username: str) -> None:
        """Somebody has said who they are, and that was taken."""
        log.info("{peer} is {username}", peer=peer, username=username)

    def went(self, peer: str, username: str) -> None:
        """Somebody is gone; their username, if they had one."""
        who = username or "nobody yet"
        log.info("{peer} ({username}) disconnected", peer=peer, username=who)

    def was_silent(self, host: str) -> None:
        """Somebody has come from there and gone without a word, as a balancer does that looks
        whether the chat is there."""
        if not self._silent:
            self._clock.callLater(SILENT_SECONDS, self._tell_of_silent)
        is_known = host in self._silent or len(self._silent) < SILENT_ADDRESSES
        self._silent[host if is_known else "elsewhere"] += 1

    def failed(self, peer: str, origin: str, how: str) -> None:
        """A connection has come to nothing: what was wrong. Said once an hour of an origin."""
        if self._failed.is_first((origin, how)):
            log.info("{peer} {how}", peer=peer, how=how)

    def noted(self, peer: str, origin: str, what: str, username: str = "") -> None:
        """Something about an account, or a refusal: a word of DEEDS or REFUSALS, or the code of a
        wrong password. Other refusals are not for the log."""
        name = _in_log(username)
        if what == _WRONG:
            if self._wrong.is_first(object()):
                whose = name or _UNKNOWN
                log.warn("{peer} has given a wrong password for {whose}", peer=peer, whose=whose)
        elif what in DEEDS:
            log.info("{peer} {deed} {name}", peer=peer, deed=DEEDS[what], name=name)
        elif what in REFUSALS and self._refused.is_first((origin, what)):
            as_whom = f", as {name}" if name else ""
            log.warn("{peer} is refused: {why}{name}", peer=peer, why=REFUSALS[what], name=as_whom)

    def end(self) -> None:
        """Tell what there is left to tell."""
        for tally in (self._refused, self._failed, self._wrong):
            tally.end()
        self._tell_of_silent()

    def _tell_of_silent(self) -> None:
        silent, self._silent = self._silent, Counter()
        if silent:
            (host, most), many = silent.most_common(1)[0], silent.total()
            log.info(
                "{many} came and went without a word, {most} of them from {host}",
                many=many,
                most=most,
                host=host,
            )


def _count(what: str) -> Callable[[int], None]:
    return partial(_tell_count, what)


def _tell_count(what: str, many: int) -> None:
    log.warn("and {many} more {what}", many=many, what=what)


def _in_log(username: str) -> str:
    """A username as one word, whatever somebody has typed."""
    shown = "".join(c if c.isprintable() and not c.isspace() else "?" for c in username)
    return shown[:USERNAME_CHARACTERS]
