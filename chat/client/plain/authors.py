"""Who has said what was told: when it is taken back that is told as well. Knows no files."""

from __future__ import annotations

from typing import Final

from chat.client.plain.formats import words_of
from chat.client.terms.events import Event, Hidden, Message
from chat.client.terms.numbers import Numbers
from chat.client.terms.phrases import short
from chat.vocabulary.names import key_of

REMEMBERED: Final = 1000
"""Messages whose authors are known: so many were told last."""


class Authors:
    """Those of the last messages."""

    def __init__(self) -> None:
        self._users: dict[tuple[str, int], str] = {}

    def told(self, message: Message) -> None:
        """It was told."""
        self._users[key_of(message.room), message.number] = message.user
        if len(self._users) > REMEMBERED:
            del self._users[next(iter(self._users))]

    def words_of(self, event: Event) -> str:
        """An event in words for people; and whose messages it were that are taken back."""
        if not isinstance(event, Hidden):
            return words_of(event)
        room, hidden = key_of(event.room), Numbers(event.numbers)
        found = {
            user for (at, number), user in self._users.items() if at == room and number in hidden
        }
        users = ", ".join(sorted(map(short, found)))
        return words_of(event) + (f" ({users})" if users else "")
