"""How one proves whose name it is, with a password that goes nowhere else.

Knows what is said for that. A password stands in no text that is made here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.wire import answers
from chat.client.wire.connection import Connection, one_word
from chat.vocabulary.names import key_of

WRONG: Final = "wrong-password"
REQUIRED: Final = "password-required"
TLS: Final = "tls-required"
TRIES: Final = "too-many-tries"

SIGNED_OUT: Final = "signed-out"

CODES: Final = (WRONG, REQUIRED, TLS, TRIES, SIGNED_OUT)
"""The refusals that are told apart here, by the sentences that HELP has for them."""

ASKED: Final = (WRONG, REQUIRED)
"""Another password helps; to try once more with the same one would shut its owner out."""

NOT_PRIVATE: Final = "passwords are sent over TLS only, and this connection has none"

Ask = Callable[[RefusedError], Awaitable[str | None]]
"""Whom to ask for a password, and what is told then; None: there is none."""


class Account:
    """The name that one goes by, and the password for it if it is an account's.

    is_public: send the password over connections that others can read, too. ask: is asked for a
    password where the server wants one, or another one.
    """

    def __init__(self, user: str, password: str, is_public: bool, ask: Ask | None) -> None:
        self.user = user
        self.is_proved = False
        """The name is an account's, and one's own."""
        self.last_word = ""
        """The server's, on the connection before, if nobody has given a password since."""
        self._passwords = [password] if password else []
        self._is_public = is_public
        self._ask = ask

    async def prove(self, connection: Connection) -> None:
        """Say the password, if there is one. Raises RefusedError and UnreachableError.

        A connection may have been lost while the password was changed: then there are two that may
        be the right one. A server that knows no accounts is talked to as by a guest.
        """
        self.is_proved = False
        for password in list(self._passwords):
            if not password:
                return
            try:
                await self._authenticate(connection, password)
            except RefusedError as error:
                if error.code != WRONG or password == self._passwords[-1]:
                    raise
            else:
                if self.is_proved:
                    self._passwords = [password]
                return

    async def _authenticate(self, connection: Connection, password: str) -> None:
        self._check(connection, password)
        try:
            lines = await connection.answer(f"AUTH {one_word(self.user)} {password}")
        except RefusedError as error:
            if coded := await _coded(connection, error, self.last_word):
                raise coded from None
            return
        self.is_proved = True
        for line in lines:
            words = line.rest.split() if answers.is_word(line, "INFO") else []
            if words[:2] == ["you", "are"] and len(words) > 2:
                name = words[2].rstrip(":")
                self.user = name if key_of(name) == key_of(self.user) else self.user

    async def explain(self, connection: Connection, error: RefusedError) -> RefusedError:
        """Which refusal it is that answered a JOIN."""
        coded = await _coded(connection, error) or error
        if coded.code != REQUIRED:
            return coded
        if not self._may_be_told(connection):
            return RefusedError(f"that username is registered: {NOT_PRIVATE}", TLS)
        return RefusedError("that username is registered: it takes its password", REQUIRED)

    async def ask(self, error: RefusedError) -> bool:
        """Have somebody say another password; whether there is one to try."""
        if error.code not in ASKED or self._ask is None:
            return False
        password = await self._ask(error)
        if password is None:
            return False
        self.last_word = ""
        self._passwords = [password] if password else []
        return True

    async def register(self, connection: Connection, password: str) -> None:
        """Make the name an account. Raises RefusedError and UnreachableError."""
        await self._change(connection, "REGISTER", [password], [password], [password, ""])
        self.is_proved = True

    async def change(self, connection: Connection, old: str, new: str) -> None:
        """Change the password. Raises RefusedError and UnreachableError."""
        await self._change(connection, "PASSWORD", [old, new], [new], [new, old])

    async def unregister(self, connection: Connection, password: str) -> None:
        """Give the account up. Raises RefusedError and UnreachableError."""
        await self._change(connection, "UNREGISTER", [password], [], [password, ""])
        self.is_proved = False

    async def _change(
        self,
        connection: Connection,
        verb: str,
        said: list[str],
        after: list[str],
        unsure: list[str],
    ) -> None:
        """Say a command with passwords; which may be right afterwards, and as long as it is not
        known whether that was done.
        """
        for password in said:
            self._check(connection, password)
        before, self._passwords = self._passwords, unsure
        try:
            await connection.answer(" ".join([verb, *said]))
        except RefusedError as error:
            self._passwords = before
            raise await _coded(connection, error) or error from None
        self._passwords = after

    def _may_be_told(self, connection: Connection) -> bool:
        return self._is_public or connection.is_private

    def _check(self, connection: Connection, password: str) -> None:
        """Raises RefusedError for what can't be sent, or may not."""
        if password.split() != [password]:
            raise RefusedError("a password is one word")
        if not self._may_be_told(connection):
            raise RefusedError(NOT_PRIVATE, TLS)


async def _coded(
    connection: Connection, error: RefusedError, last_word: str = ""
) -> RefusedError | None:
    """The refusal with its code; None: the server knows no accounts.

    Where the server's last word was that one's password is another one now, that is the reason.
    """
    try:
        sentences = await _sentences(connection)
    except UnreachableError:
        return error
    code = sentences.get(str(error), "")
    if code == WRONG and sentences.get(last_word) == SIGNED_OUT:
        return RefusedError(last_word, WRONG)
    return RefusedError(str(error), code) if sentences else None


async def _sentences(connection: Connection) -> dict[str, str]:
    """How the server words the refusals that are told apart; {}: it has none of them.

    Raises UnreachableError.
    """
    replies = await asyncio.gather(*(connection.reply(f"HELP {code}") for code in CODES))
    return {
        line.rest: code
        for code, lines in zip(CODES, replies, strict=True)
        for line in lines
        if answers.is_word(line, "INFO") and not answers.refusal(lines)
    }
