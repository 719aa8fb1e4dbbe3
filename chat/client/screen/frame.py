"""The frame of the screen: its parts, and what they show. Knows what happens, not what is typed."""

from __future__ import annotations

import os
import sys
from asyncio import AbstractEventLoop
from typing import Any, Final

from rich.cells import cell_len
from rich.text import Text
from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.widgets import ContentSwitcher, Footer, Static
from textual.worker import WorkerFailed

from chat.client import Message
from chat.client.commands.interpreter import NOWHERE
from chat.client.memory.profile import Profile
from chat.client.options.passwords import kept as kept_of
from chat.client.options.settings import Settings, own_name
from chat.client.screen.mishap import told
from chat.client.screen.parts.dialogs import Goal
from chat.client.screen.parts.heading import MARKS, fitting, marks
from chat.client.screen.parts.notification import announcement
from chat.client.screen.parts.prompt import Prompt
from chat.client.screen.parts.sidebars import MemberList, RoomList
from chat.client.screen.rooms.places import Place, Places
from chat.client.screen.rooms.visit import Visit
from chat.client.screen.scrollback.conversation import Conversation
from chat.client.screen.scrollback.look import colour
from chat.client.screen.terminal import Terminal
from chat.client.terms.phrases import short
from chat.vocabulary.names import LOBBY

WIDE_CELLS: Final = 60
"""In so many columns there is room to say which server it is, and what one can do."""

LISTS_SECONDS: Final = 0.1
"""The lists left and right are drawn at most so often, however much happens."""


class Frame(App[int]):
    """The screen without its keys. settings: where to connect to, and how it looks."""

    TITLE = "twisted-chat"
    CSS = """
    #bar { height: 1; background: $panel; color: $text; padding: 0 1; }
    #middle { height: 1fr; }
    #panes { width: 1fr; height: 1fr; }
    #reason { height: auto; max-height: 3; padding: 0 1; color: $text-error; display: none; }
    #reason.-shown { display: block; }
    #members { padding: 0 0 0 1; }
    #prompt { height: 1; border: none; padding: 0 1; background: $boost; }
    .-narrow #rooms, .-narrow #members, .-medium #members { display: none; }
    .-short Footer { display: none; }
    .rooms-hidden #rooms, .members-hidden #members { display: none; }
    .rooms-shown #rooms, .members-shown #members { display: block; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-medium"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (14, "-tall")]

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.places = Places()
        self.visit: Visit | None = None
        self.goal = Goal(
            _server(settings.host, settings.port, settings.tls),
            settings.user or own_name(),
            " ".join(settings.rooms) or LOBBY,
        )
        self._state = ""
        self._is_watched = True
        self._are_lists_due = False
        self._panes = 0
        self._announcement = announcement(os.environ) if settings.notify else None

    def get_driver_class(self) -> type[Driver]:
        """See Textual: a terminal is left as it was found."""
        found = super().get_driver_class()
        return Terminal if found is LinuxDriver else found

    @property
    def terminal(self) -> Terminal | None:
        """Where it is drawn."""
        return self._driver if isinstance(self._driver, Terminal) else None

    @property
    def loop(self) -> AbstractEventLoop | None:
        """Where it runs, if it does."""
        return self._loop

    def _fatal_error(self) -> None:
        """See Textual: what would be a traceback on the terminal is a line, and the rest a file."""
        error: BaseException | None = self._exception
        if isinstance(error, WorkerFailed):
            error = error.error
        if error:
            self._exit_renderables.append(Text(f"twisted-chat: {told(error)}"))
        self._close_messages_no_wait()

    def _went_wrong(self, loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        """An error that nobody waits for; the chat goes on as far as it can."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self.complain(told(error))

    def compose(self) -> ComposeResult:
        """See Textual."""
        yield Static(id="bar", markup=False)
        with Horizontal(id="middle"):
            yield RoomList(id="rooms")
            yield ContentSwitcher(id="panes")
            yield MemberList(id="members")
        yield Static(id="reason", markup=False)
        yield Prompt(self._names, id="prompt")
        yield Footer(compact=True)

    @property
    def is_wide(self) -> bool:
        """See Stage."""
        return self.size.width >= WIDE_CELLS

    @property
    def prompt(self) -> Prompt:
        """Where one types."""
        return self.screen_stack[0].query_one("#prompt", Prompt)

    def part(self, name: str) -> Static:
        """A line of text on the screen."""
        return self.screen_stack[0].query_one(f"#{name}", Static)

    def _names(self) -> tuple[list[str], list[str]]:
        """The usernames and rooms that Tab completes: one's own rooms first."""
        active = self.places.active
        rooms = [place.name for place in self.places.all]
        others = self.visit.known_rooms if self.visit else []
        return (active.people if active else []), list(dict.fromkeys([*rooms, *others]))

    def make_pane(self, name: str) -> Conversation:
        """See Stage."""
        self._panes += 1
        pane = Conversation(self.goal.user, id=f"pane-{self._panes}")
        panes = self.screen_stack[0].query_one(ContentSwitcher)
        pane.display = False
        panes.mount(pane)
        return pane

    def drop_pane(self, pane: Conversation) -> None:
        """See Stage."""
        pane.remove()

    def show(self, place: Place) -> None:
        """See Stage."""
        before = self.places.active
        if before is not place:
            if before:
                before.pane.clear_unread_line()
                before.draft = kept_of(self.prompt.value)
            if before or not self.prompt.value:
                self.prompt.put(place.draft)
            self.complain("")
        self.places.active = place
        self.screen_stack[0].query_one(ContentSwitcher).current = place.pane.id
        self.read(place)
        if self.visit:
            self.visit.look_at(place)
        self.show_lists()

    def read(self, place: Place) -> None:
        """See Stage."""
        if self.visit and place.pane.is_at_end:
            self.visit.mark(place)
        if place.pane.is_at_end and (place.unread or place.mentions):
            place.unread = place.mentions = 0
            self.show_lists()

    def attends(self, place: Place) -> bool:
        """See Stage."""
        return place is self.places.active and self._is_watched and place.pane.is_at_end

    def show_lists(self) -> None:
        """See Stage."""
        if not self._are_lists_due:
            self._are_lists_due = True
            self.set_timer(LISTS_SECONDS, self._show_lists)

    def _show_lists(self) -> None:
        self._are_lists_due = False
        if not self.screen_stack:
            return  # it is being closed
        screen, active = self.screen_stack[0], self.places.active
        rows = [place.row for place in self.places.all]
        screen.query_one(RoomList).show_rooms(rows, self.places.position)
        users, kept = list(active.members) if active else [], self._kept
        dark = self.current_theme.dark
        shown = [(MARKS[kept.standing(user)] if kept else "") + user for user in users]
        screen.query_one(MemberList).show_members(shown, (colour(user, dark) for user in users))
        self._show_bar()

    def show_state(self, state: str) -> None:
        """See Stage."""
        self._state = state
        self._show_bar()

    def _show_bar(self) -> None:
        place, kept = self.places.active, self._kept
        parts = [short(place.name, 64)] if place else []
        if kept and (modes := marks(kept.modes, self.size.width)):
            parts.append(modes)
        if place and place.are_members_known:
            parts.append(f"{len(place.members)} here")
        if place and place.unread:
            parts.append(f"↓ {place.unread} new (Ctrl-End)")
        if self._state:
            state = Content.styled(f"○ {self._state}", "$text-warning")
        else:
            where = f" at {self.goal.server}" if self.is_wide else ""
            state = Content(f"● {self.goal.user}{where}")
            if place is None:
                state += Content(f"  {NOWHERE}")
        head = "".join(f"{part}  " for part in parts)
        left = self.size.width - 2 - cell_len(head) - state.cell_length - 2
        topic = fitting((kept and kept.topic) or "", left)
        about = Content.styled(f"{topic}  ", "italic") if topic else Content("")
        self.part("bar").update(Content.assemble((head, "bold"), about, state))

    @property
    def _kept(self) -> Profile | None:
        """How the room in the middle is kept, as far as is known."""
        place = self.places.active
        return self.visit.client.kept(place.name) if place and self.visit else None

    def complain(self, reason: str, text: str = "") -> None:
        """See Stage. A password in the text does not come back."""
        text = kept_of(text)
        if reason and text:
            if self.prompt.value:
                reason += " (Up brings your line back)"
                self.prompt.remember(text)
            else:
                self.prompt.put(text, selected=True)
        self.part("reason").update(Content(reason))
        self.part("reason").set_class(bool(reason), "-shown")

    def call(self, place: Place, message: Message) -> None:
        """See Stage."""
        if message.old or self.attends(place):
            return
        if self.settings.bell:
            self.bell()
        if self._announcement and self._driver and not self._is_watched:
            where = place.name if place.is_private else f"{message.user} in {place.name}"
            self._driver.write(self._announcement(where, message.text))

    def _place_of(self, pane: Conversation) -> Place | None:
        return next((place for place in self.places.all if place.pane is pane), None)

    @on(Conversation.AtEnd)
    def _at_end(self, event: Conversation.AtEnd) -> None:
        place = self._place_of(event.conversation)
        if place is self.places.active and place:
            self.read(place)

    @on(Conversation.LinkClicked)
    def _link_clicked(self, event: Conversation.LinkClicked) -> None:
        """Open it where a browser has a window of its own: here it would spoil the screen."""
        link = event.url
        if sys.platform in ("darwin", "win32") or _has_display():
            self.open_url(link)
        else:
            self.copy_to_clipboard(link)
            self.notify("the link is in the clipboard", timeout=2, markup=False)

    def action_toggle_part(self, name: str) -> None:
        """Show or hide the rooms or the members."""
        screen = self.screen_stack[0]
        is_shown = screen.query_one(f"#{name}").display
        screen.set_class(is_shown, f"{name}-hidden")
        screen.set_class(not is_shown, f"{name}-shown")

    def _change_colours(self) -> None:
        self.theme = "textual-light" if self.current_theme.dark else "textual-dark"

    def on_app_focus(self, event: events.AppFocus) -> None:
        """Somebody looks at the terminal."""
        self._is_watched = True
        if self.places.active:
            self.read(self.places.active)

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Nobody does."""
        self._is_watched = False


def _server(host: str, port: int, tls: bool) -> str:
    """host:port, or a URL for a server behind TLS."""
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"chats://{where}" if tls else where


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
