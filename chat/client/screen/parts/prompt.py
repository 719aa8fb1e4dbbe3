"""Where one types: a line with a history, Tab, and a question before a paste. Knows no rooms."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.binding import Binding
from textual.message import Message

from chat.client.options.passwords import kept
from chat.client.screen.parts.completion import Completion
from chat.client.screen.parts.line import Line, typed
from chat.vocabulary.text import clean

REMEMBERED = 500
"""Lines that the arrow keys bring back."""


class Prompt(Line):
    """The line one types.

    names: the usernames and the rooms that Tab completes.
    """

    BINDINGS = [
        Binding("up", "older", "An older line", show=False),
        Binding("down", "newer", "A newer line", show=False),
        Binding("tab", "complete(1)", "Complete", show=False),
        Binding("shift+tab", "complete(-1)", "Complete", show=False),
        Binding("escape", "empty", "Empty the line", show=False),
    ]

    class Pasted(Message):
        """Many lines were pasted."""

        def __init__(self, lines: list[str]) -> None:
            super().__init__()
            self.lines = lines

    def __init__(self, names: Callable[[], tuple[list[str], list[str]]], *, id: str) -> None:  # noqa: A002
        super().__init__(
            id=id, compact=True, select_on_focus=False, placeholder="say something; F1 for help"
        )
        self.cursor_blink = False  # at rest nothing is to be drawn
        self._names = names
        self._lines: list[str] = []
        self._at = 0
        self._draft = ""
        self._completion: Completion | None = None
        self._completed = ""

    async def _on_key(self, event: events.Key) -> None:
        """Each key does what it does before the next one is looked at.

        Textual runs the bindings later, after letters that came behind them: where many keys come
        at once, as over a slow line, Ctrl-U would empty the line of what was typed after it.
        """
        found = self._bindings.key_to_bindings.get(event.key, [])
        if typed(event) or not found:
            return  # Line and Input put it in
        if await self.app.run_action(found[0].action, self):
            event.stop()
            event.prevent_default()

    async def action_submit(self) -> None:
        """Say the line, and have an empty one for what is typed next."""
        text = self.value
        self.remember(text)
        self.value = ""
        self._completion = None
        self._completed = ""
        self.post_message(self.Submitted(self, text))

    def remember(self, line: str) -> None:
        """The arrow keys bring this line back, but not a password in it."""
        line = kept(line)
        if line and (not self._lines or self._lines[-1] != line):
            self._lines.append(line)
            del self._lines[:-REMEMBERED]
        self._at = len(self._lines)
        self._draft = ""

    def put(self, text: str, *, selected: bool = False) -> None:
        """Have this text in the line, with the cursor behind it.

        selected: what is typed next replaces it.
        """
        self.value = text
        self.cursor_position = len(text)
        if selected:
            self.select_all()

    def action_older(self) -> None:
        """The line before, of those that were typed."""
        if self._at == len(self._lines):
            self._draft = kept(self.value)
        if self._at > 0:
            self._at -= 1
            self.put(self._lines[self._at])

    def action_newer(self) -> None:
        """The line after; at last what was being typed."""
        if self._at < len(self._lines):
            self._at += 1
            self.put(self._lines[self._at] if self._at < len(self._lines) else self._draft)

    def action_complete(self, step: int) -> None:
        """Complete the word before the cursor, or try the next candidate."""
        if self._completion is None or self.value != self._completed:
            users, rooms = self._names()
            self._completion = Completion(self.value, self.cursor_position, users, rooms)
        completed = self._completion.next(step)
        if completed:
            self.value, self.cursor_position = completed
            self._completed = self.value
        else:
            self._completion = None

    def action_empty(self) -> None:
        """Empty the line; the arrow keys bring it back."""
        self.remember(self.value)
        self.value = ""

    def _on_paste(self, event: events.Paste) -> None:
        """One line goes into the line; many are asked about first."""
        event.stop()
        event.prevent_default()
        lines = [clean(line) for line in event.text.splitlines() if line.strip()]
        if len(lines) == 1:
            self.insert_text_at_cursor(lines[0])
        elif lines:
            self.post_message(self.Pasted(lines))
