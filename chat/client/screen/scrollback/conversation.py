"""The pane where people talk: what comes into a room's timeline, and what becomes of a click.

Knows neither where messages come from nor how they are drawn.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from textual import events
from textual.message import Message as Word

from chat.client.screen.scrollback.pane import Pane
from chat.client.screen.scrollback.rows import Level, Row
from chat.client.terms.events import Message
from chat.client.terms.numbers import Run


class _ConversationWord(Word):
    """What a conversation tells its app."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__()
        self.conversation = conversation

    @property
    def control(self) -> Conversation:
        """Which one it was."""
        return self.conversation


class Conversation(Pane):
    """What was said in a room. The app calls it and it changes its timeline.

    username: who reads it.
    """

    class WantsOlder(_ConversationWord):
        """The reader comes near the first row; until `put_before` it is not asked for again."""

    class WantsNewer(_ConversationWord):
        """The reader comes near the last row of a window that is not live; see `put_after`."""

    class AtEnd(_ConversationWord):
        """The reader has come to where nothing is newer."""

    class LinkClicked(_ConversationWord):
        """Somebody wants to open a link."""

        def __init__(self, conversation: Conversation, url: str) -> None:
            super().__init__(conversation)
            self.url = url
            """In printable ASCII."""

    class UserClicked(_ConversationWord):
        """Somebody wants something of a user."""

        def __init__(self, conversation: Conversation, user: str) -> None:
            super().__init__(conversation)
            self.user = user

    _asked_older = _asked_newer = False

    # --- what the app does -----------------------------------------------------------------

    @property
    def username(self) -> str:
        """Who reads it."""
        return self.timeline.username

    @username.setter
    def username(self, username: str) -> None:
        self.timeline.username = username

    def seed(
        self, messages: Sequence[Message], at_start: bool, live: bool = True, known: int = 0
    ) -> None:
        """Show these messages, oldest first, instead of all others: the end, if it is live.

        known: see Window.put_after.
        """
        self.timeline.seed(messages, at_start, live, known)
        self._asked_older = self._asked_newer = False
        self.start_anew()

    def append(self, message: Message) -> bool:
        """A message has come. Returns whether it was put in; see `timeline.waiting`."""
        put_in = self.timeline.append(message)
        if put_in:
            self.unmark()
            self.settle_soon()
        return put_in

    def put_before(self, messages: Sequence[Message], at_start: bool) -> None:
        """A page of older messages, oldest first, was asked for and has come."""
        self._asked_older = False
        with self.moving():
            if self.timeline.put_before(messages, at_start):
                self.wants_full = True

    def put_after(self, messages: Sequence[Message], reaches_end: bool, known: int = 0) -> None:
        """A page of newer messages, oldest first, was asked for and has come.

        known: see Window.put_after.
        """
        self._asked_newer = False
        with self.moving():
            if self.timeline.put_after(messages, reaches_end, known):
                self.wants_full = True

    def page_failed(self) -> None:
        """A page was asked for and does not come. The next scrolling asks again."""
        self._asked_older = self._asked_newer = False

    def notice(self, text: str, level: Level = "info", at: datetime | None = None) -> None:
        """A word from the client, now or at another time."""
        self.timeline.notice(text, level, at or datetime.now(UTC))
        self.settle_soon()

    def missing(self, count: int) -> None:
        """So many messages could not be read."""
        self.timeline.missing(count)
        self.settle_soon()

    def pend(self, key: str, text: str) -> None:
        """The reader has said this, and it is not delivered yet."""
        self.timeline.pend(key, text)
        self.settle_soon()

    def unpend(self, key: str) -> None:
        """That is delivered, or refused."""
        self.timeline.unpend(key)
        self.settle_soon()

    def mark_unread(self, number: int = 0) -> None:
        """What has this number is new, and what follows; 0: what comes from now on."""
        with self.moving():
            self.timeline.mark_unread(number)

    def clear_unread_line(self) -> None:
        """Nothing is new any more."""
        with self.moving():
            self.timeline.clear_unread_line()

    def trim(self, keep: int) -> None:
        """Forget the oldest rows when there are many more messages than these."""
        if self.timeline.spare(keep):
            with self.moving():
                self.timeline.trim(keep)

    def hide(self, numbers: Sequence[Run]) -> list[Row]:
        """These messages are not to be seen any more; the rows that are gone."""
        with self.losing(set(self.timeline.rows_of(numbers))):
            return self.timeline.hide(numbers)

    def restore(self, messages: Iterable[Message]) -> None:
        """These may be seen again, where they belong."""
        with self.moving():
            self.timeline.restore(messages)

    def edit(self, number: int, text: str) -> None:
        """A message has another text now."""
        with self.moving():
            row = self.timeline.edit(number, text)
        if row:
            self.redraw(row)

    def renew(self, messages: Sequence[Message], first: int, last: int) -> None:
        """These are all that there are between two numbers, as they are now."""
        there = {message.number for message in messages}
        rows = self.timeline.rows_of([(first, last)])
        if gone := {row for row in rows if row.number not in there}:
            with self.losing(gone):
                self.timeline.renew(messages, first, last)
        else:
            with self.moving():
                self.timeline.renew(messages, first, last)
        for row in rows:
            self.redraw(row)

    def highlight(self, words: Iterable[str]) -> None:
        """Let these words of a search stand out; none: no more."""
        self.painter.highlight(tuple(words))
        self.refresh()

    def jump(self, number: int) -> bool:
        """Show a message in the middle, and mark it; where it is hidden, one beside it. Returns
        whether it could be here.
        """
        timeline = self.timeline
        if not (number > 0 and timeline.count and timeline.first <= number <= timeline.last):
            return False
        messages = [row for row in timeline.rows if row.number]
        at = bisect_left(messages, number, key=lambda row: row.number)
        self.go_to(messages[min(at, len(messages) - 1)])
        return True

    # --- what it tells the app -------------------------------------------------------------

    def comes_to_end(self) -> None:
        """The reader has come to where nothing is newer."""
        self.post_message(self.AtEnd(self))

    def comes_near_start(self) -> None:
        """Ask for older messages, if there are any and they are not on their way."""
        if not (self.timeline.at_start or self._asked_older):
            self._asked_older = True
            self.post_message(self.WantsOlder(self))

    def comes_near_end(self) -> None:
        """Ask for newer messages, if there are any and they are not on their way."""
        if not (self.timeline.live or self._asked_newer):
            self._asked_newer = True
            self.post_message(self.WantsNewer(self))

    def on_click(self, event: events.Click) -> None:
        """A link or a username may be there."""
        if event.chain > 1:
            event.prevent_default()  # Textual would select all that was ever said
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1 or event.chain != 1 or self.text_selection:
            return
        spot = self.spot(offset)
        if spot is None:
            return
        start, end = spot.drawn.lines.name
        if spot.row.user and start <= spot.at < end:
            self.post_message(self.UserClicked(self, spot.row.user))
        for start, end, url in spot.drawn.links:
            if start <= spot.at < end:
                self.post_message(self.LinkClicked(self, url))
