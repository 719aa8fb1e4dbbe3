"""What is asked in the middle of the screen: where to go, what was found. Knows no connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from chat.client.commands.usage import OWN, PASSED_ON, usage
from chat.client.options.passwords import NOT_IN_ADDRESS, is_address_with_password
from chat.client.screen.parts.keys import KEYS
from chat.client.screen.scrollback.look import words
from chat.client.terms.events import Message
from chat.client.terms.phrases import counted, short
from chat.vocabulary.writing import spelling

COLUMN = 24
"""Cells for a command or a key, in the help."""

MOST_FOUND = 50
"""A server finds no more at a time."""


class Dialog(ModalScreen[object]):
    """A box over the chat; Escape closes it."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > .box {
        width: 64; max-width: 100%; height: auto; max-height: 100%;
        background: $panel; padding: 1 2; overflow-y: auto;
    }
    Dialog.-tight > .box { width: 100%; }
    Dialog Label { margin-top: 1; width: 1fr; }
    Dialog .title { text-style: bold; margin-top: 0; }
    Dialog .error { color: $text-error; margin-top: 0; }
    Dialog .hint { color: $text-muted; margin-top: 1; width: 1fr; }
    Dialog.-short > .box { padding: 0 1; }
    Dialog.-short Label { margin-top: 0; }
    Dialog.-short .hint { margin-top: 0; }
    Dialog OptionList, Dialog OptionList:focus {
        height: auto; max-height: 70vh; background: $panel; border: none; padding: 0;
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-tight"), (100, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
    BINDINGS = [Binding("escape", "dismiss(None)", "Close", show=False)]

    def _complain(self, reason: str) -> None:
        """Say in the box why it does not go on."""
        shown = self.query_one("#reason", Static)
        shown.update(Content(reason))
        shown.display = bool(reason)


class Goal(NamedTuple):
    """Where to go, and as who."""

    server: str
    user: str
    room: str


class Welcome(Dialog):
    """Asks for the server, the username and the room; the result is a Goal."""

    BINDINGS = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, goal: Goal, reason: str = "") -> None:
        super().__init__()
        self._goal = goal
        self._reason = reason

    def compose(self) -> ComposeResult:
        """See Textual."""
        with Vertical(classes="box"):
            yield Label("Welcome to the chat", classes="title")
            yield Static(Content(self._reason), classes="error", id="reason")
            yield Label("Username")
            yield Input(self._goal.user, id="user", compact=True)
            yield Label("Room")
            yield Input(self._goal.room, id="room", compact=True)
            yield Label("Server")
            yield Input(self._goal.server, id="server", compact=True)
            yield Static("Enter goes on, and at last into the chat; Escape leaves.", classes="hint")

    def on_mount(self) -> None:
        """The username is asked first."""
        self._complain(self._reason)
        self.query_one("#user", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: to the next line that is empty, or there."""
        event.stop()
        fields = [self.query_one(f"#{name}", Input) for name in ("user", "room", "server")]
        if event.input is fields[0]:
            fields[1].focus()
            return
        for field in fields:
            if not field.value.strip():
                field.focus()
                return
        user, room, server = (field.value.strip() for field in fields)
        if is_address_with_password(server):
            self._complain(NOT_IN_ADDRESS)
            fields[2].value = ""
            return
        self.dismiss(Goal(server, user, room))


class Secret(Dialog):
    """Asks for passwords, and does not show them; the result is a list of them.

    is_twice: the last two have to be the same, and are one.
    """

    def __init__(
        self, title: str, *labels: str, reason: str = "", is_twice: bool = False, hint: str = ""
    ) -> None:
        super().__init__()
        self._title = title
        self._labels = labels
        self._reason = reason
        self._is_twice = is_twice
        self._hint = hint or "Enter goes on; Escape cancels."

    def compose(self) -> ComposeResult:
        """See Textual."""
        with Vertical(classes="box"):
            yield Label(Content(self._title), classes="title")
            yield Static(Content(self._reason), classes="error", id="reason")
            for label in self._labels:
                yield Label(label)
                yield Input(password=True, compact=True)
            yield Static(self._hint, classes="hint")

    def on_mount(self) -> None:
        """The first one is asked first."""
        self._complain(self._reason)
        self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: to the next line, or on."""
        event.stop()
        self._complain("" if event.value else "a password is needed")
        if not event.value:
            return
        fields = list(self.query(Input))
        if event.input is not fields[-1]:
            fields[fields.index(event.input) + 1].focus()
            return
        answers = [field.value for field in fields]
        if self._is_twice and answers.pop() != answers[-1]:
            self._complain("the two are not the same")
            for field in fields[-2:]:
                field.value = ""
            fields[-2].focus()
            return
        self.dismiss(answers)


class PasteQuestion(Dialog):
    """Asks what to do with many lines; the result is the lines to say, or None."""

    BINDINGS = [
        Binding("enter", "each", show=False),
        Binding("j", "joined", show=False),
    ]
    SHOWN = 5

    def __init__(self, lines: Sequence[str], room: str) -> None:
        super().__init__()
        self._lines = list(lines)
        self._room = room

    def compose(self) -> ComposeResult:
        """See Textual."""
        count = len(self._lines)
        with Vertical(classes="box"):
            yield Label(Content(f"Paste {count} lines into {short(self._room)}?"), classes="title")
            for line in self._lines[: self.SHOWN]:
                yield Static(Content(short(line, 58)))
            if count > self.SHOWN:
                yield Static(f"… and {count - self.SHOWN} more")
            yield Static(
                f"Enter says {count} messages, J puts them into one line, Escape cancels.",
                classes="hint",
            )

    def action_each(self) -> None:
        """Each line is a message."""
        self.dismiss(self._lines)

    def action_joined(self) -> None:
        """All of them in one line, to look at before it is said."""
        self.dismiss(" ".join(line.strip() for line in self._lines))


class Help(Dialog):
    """The commands and the keys."""

    BINDINGS = [Binding("f1,enter,q", "dismiss(None)", show=False)]

    def compose(self) -> ComposeResult:
        """See Textual."""
        with VerticalScroll(classes="box"):
            yield Label("Commands", classes="title")
            for name, command in OWN.items():
                yield Static(_row(usage(name), command.what))
            yield Static(_row("//text", "say a line that begins with a slash"))
            yield Label("Rooms that people keep")
            for name, command in PASSED_ON.items():
                yield Static(_row(usage(name), command.what))
            yield Static(_row("[*]", "type * there for the whole server"))
            yield Label("Keys")
            for key, what in KEYS:
                yield Static(_row(key, what))
            yield Static("Escape closes this.", classes="hint")


class Results(Dialog):
    """What a search has found; the result is the message to go to, or None."""

    def __init__(self, words: str, found: Sequence[Message]) -> None:
        super().__init__()
        self._words = words
        self._found = list(reversed(found))

    def compose(self) -> ComposeResult:
        """See Textual."""
        count = len(self._found)
        with Vertical(classes="box"):
            which = "the last " if count >= MOST_FOUND else ""
            what = f"{which}{counted(count, 'message')} with {short(self._words)}"
            yield Label(Content(what), classes="title")
            yield OptionList(*(Option(self._line(one)) for one in self._found), markup=False)
            hint = "Enter goes there, Escape closes this." if count else "Escape closes this."
            yield Static(hint, classes="hint")

    def on_mount(self) -> None:
        """The newest is marked."""
        found = self.query_one(OptionList)
        found.highlighted = 0 if self._found else None
        found.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to this one."""
        self.dismiss(self._found[event.option_index])

    def _line(self, one: Message) -> Content:
        when = one.at.astimezone().strftime("%Y-%m-%d %H:%M")
        head = f"{when} {short(one.room, 16)} {short(one.user, 16)}: "
        line = Content.assemble((head, "dim"), one.text)
        for start, end in words(one.text, searched(self._words)):
            line = line.stylize("bold reverse", len(head) + start, len(head) + end)
        return line


def searched(query: str) -> list[str]:
    """The words and phrases of a search, to be marked in what it has found."""
    parts = spelling.parts(query)
    return [phrase or word for phrase, word in parts if not word.lower().startswith("from:")]


def _row(left: str, right: str) -> Content:
    """What is longer than its column has a line of its own."""
    behind = f"\n{' ' * COLUMN}" if cell_len(left) >= COLUMN else ""
    return Content.assemble(
        (left if behind else set_cell_size(left, COLUMN), "bold"), behind, right
    )
