"""What a visit to a server wants of the screen. Knows none."""

from __future__ import annotations

from typing import Protocol

from chat.client.screen.rooms.places import Place
from chat.client.screen.scrollback.conversation import Conversation
from chat.client.terms.events import Message


class Stage(Protocol):
    """Where it is shown."""

    @property
    def is_wide(self) -> bool:
        """There is room to say more than what matters most."""

    def make_pane(self, name: str) -> Conversation:
        """A pane for a room."""

    def drop_pane(self, pane: Conversation) -> None:
        """It is not needed any more."""

    def show(self, place: Place) -> None:
        """Have this room in the middle."""

    def show_lists(self) -> None:
        """What the lists show has changed."""

    def show_state(self, state: str) -> None:
        """The connection is in this state."""

    def complain(self, reason: str, text: str = "") -> None:
        """Something was refused; the text that was."""

    def call(self, place: Place, message: Message) -> None:
        """One is named in it, or it is for oneself alone."""

    def read(self, place: Place) -> None:
        """Somebody may have read it to its end."""

    def attends(self, place: Place) -> bool:
        """Whether somebody sees what comes in at the end of this room."""
