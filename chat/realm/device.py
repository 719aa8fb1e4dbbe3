"""What is known of a connection of an account, besides what is of any. Knows no wire."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from chat.vocabulary.limits import OWN_MESSAGES

if TYPE_CHECKING:
    from chat.accounts.directory import Account


class Device:
    """A connection that has proved whose it is.

    account: whose it is.
    proof: what the account's secret was then.
    says_read: its client says what it has read; otherwise that is what it was sent.
    letters: from which message on it hears a conversation, by key.
    sent: how far it has been sent its conversations: names and numbers, by key.
    since: what had been said in a room when it came there, by key; None where that was not known.
    """

    __slots__ = ("_said", "account", "letters", "proof", "says_read", "sent", "since")

    def __init__(self, account: Account, proof: int) -> None:
        self.account = account
        self.proof = proof
        self.says_read = False
        self.letters: dict[str, int] = {}
        self.sent: dict[str, tuple[str, int]] = {}
        self.since: dict[str, int | None] = {}
        self._said: deque[tuple[str, int]] = deque(maxlen=OWN_MESSAGES)

    def say(self, key: str, number: int) -> None:
        """It is this connection that has said that message."""
        self._said.append((key, number))

    def has_said(self, key: str, number: int) -> bool:
        """Whether it is, of late."""
        return (key, number) in self._said
