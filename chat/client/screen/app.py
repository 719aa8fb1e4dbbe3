"""The chat on a screen: what one does there, with the keys, the mouse and what one types."""

from __future__ import annotations

import gc
from asyncio import Future, get_running_loop
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Final

from textual import events, on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input, OptionList

from chat.client import ChatClient, Message, RefusedError, UnreachableError
from chat.client.commands.interpreter import CONNECTED, NOT_CONNECTED
from chat.client.commands.usage import COMMANDS, SECRET, CommandError
from chat.client.options.address import parse_server
from chat.client.options.settings import Settings
from chat.client.screen.departure import on_signals, tell
from chat.client.screen.desk import Desk
from chat.client.screen.farewell import Farewell
from chat.client.screen.parts.dialogs import (
    Goal,
    Help,
    PasteQuestion,
    Results,
    Secret,
    Welcome,
    searched,
)
from chat.client.screen.parts.keys import have_alt_digits
from chat.client.screen.parts.line import typed
from chat.client.screen.parts.prompt import Prompt
from chat.client.screen.rooms.pages import PAGE
from chat.client.screen.rooms.places import Place
from chat.client.screen.rooms.visit import Visit, said_again
from chat.client.screen.scrollback.conversation import Conversation
from chat.client.terms.phrases import short
from chat.vocabulary.names import key_of

COLLECT_SECONDS: Final = 900.0
"""Python looks through all of its memory at these intervals, and not when it likes: with thousands
of messages that takes 50 ms and more, in which no key is heard."""

YOUNG_OBJECTS: Final = 2000
YOUNG_COLLECTIONS: Final = 10
NEVER: Final = 1_000_000_000
"""What is new is looked through as usual."""


class ChatApp(Farewell):
    """The screen. settings: where to connect to, and how it looks."""

    BINDINGS = [
        Binding("f1", "help", "Help"),
        Binding("f2", "toggle_part('rooms')", "Rooms"),
        Binding("f3", "toggle_part('members')", "Members"),
        Binding("alt+a", "unread", "Unread", priority=True),
        Binding("f6", "next_part", "Next", show=False),
        Binding("alt+n", "new", "New", show=False, priority=True),
        Binding("alt+up", "step(-1)", "Room above", show=False, priority=True),
        Binding("alt+down", "step(1)", "Room below", show=False, priority=True),
        Binding("pageup", "page(-1)", "Scroll", show=False),
        Binding("pagedown", "page(1)", "Scroll", show=False),
        Binding("ctrl+end", "newest", "Newest", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Stop", show=False, priority=True),
        *(
            Binding(f"alt+{number}", f"go({number})", "Room", show=False, priority=True)
            for number in range(1, 10)
        ),
    ]

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._desk = Desk(self)
        self.collects_seldom = False
        """Python is not to look through all of its memory while somebody types."""

    def on_mount(self) -> None:
        """Connect, or ask where to."""
        get_running_loop().set_exception_handler(self._went_wrong)
        if self.collects_seldom:
            gc.freeze()
            gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, NEVER)
            self.set_interval(COLLECT_SECONDS, gc.collect)
        self.theme = "textual-light" if self.settings.theme == "light" else "textual-dark"
        self.prompt.focus()
        self.show_state("not connected")
        if self.settings.user and self.settings.rooms:
            self._go(self.goal)
        else:
            self._welcome()
        self.run_worker(self._do_lines(), group="lines")

    # --- connecting -----------------------------------------------------------------------------

    def _welcome(self, reason: str = "") -> None:
        """Ask who one is, and where to go."""

        def answered(goal: object) -> None:
            if isinstance(goal, Goal):
                self.goal = goal
                self._go(goal)
            elif self.visit is None:
                self.exit(0)

        self.push_screen(Welcome(self.goal, reason), answered)

    async def _connect(self, goal: Goal) -> None:
        """Go to a server. Where one is stays as it is until that has worked."""
        if self.visit is None:
            self.show_state(f"connecting to {short(goal.server, 64)} ...")
        try:
            client = await self._client(goal).__aenter__()
        except (RefusedError, UnreachableError, ValueError) as error:
            if self.visit:
                self.complain(str(error), f"/connect {goal.server}")
            else:
                self.show_state("not connected")
                self._welcome(str(error))
            return
        await self._leave()
        self.goal = goal
        self.visit = Visit(client, self.places, self)
        self.run_worker(self._stay(self.visit), group="visit")

    def _client(self, goal: Goal) -> ChatClient:
        """Raises ValueError for a server that is none."""
        host, port, tls = parse_server(goal.server)
        chosen = self.settings
        is_mine = chosen.server == (host, port, tls) and key_of(chosen.user) in (
            "",
            key_of(goal.user),
        )
        return ChatClient(
            host,
            port,
            user=goal.user,
            rooms=goal.room.split(),
            tls=self.settings.tls_context(tls),
            backlog=PAGE,
            password=chosen.password if is_mine else None,
            plaintext=chosen.plaintext,
            ask=partial(self._ask_password, goal),
            unread=True,
        )

    async def _ask_password(self, goal: Goal, refused: RefusedError) -> str | None:
        """The password of the username, where the server wants one, or another one."""
        title = f"Password of {short(goal.user)}"
        hint = f"Enter goes on; Escape: {self._without_password(goal)}."
        found = await self._asked(Secret(title, "Password", reason=str(refused), hint=hint))
        return found[0] if found else None

    def _without_password(self, goal: Goal) -> str:
        """What becomes of one who does not answer."""
        if self.visit is None:
            return "another username"
        return "no more tries" if goal is self.goal else "stay where you are"

    async def ask(self, title: str, *labels: str, is_twice: bool = False) -> list[str] | None:
        """See Surface."""
        return await self._asked(Secret(title, *labels, is_twice=is_twice))

    async def _asked(self, dialog: Secret) -> list[str] | None:
        answered: Future[object] = get_running_loop().create_future()

        def answer(result: object) -> None:
            if not answered.done():
                answered.set_result(result)

        self.push_screen(dialog, answer)
        found = await answered
        return found if isinstance(found, list) else None

    async def _stay(self, visit: Visit) -> None:
        """Show what happens, until one leaves."""
        try:
            await visit.listen()
        finally:
            await visit.client.close()
            if self.visit is visit:
                self.visit = None

    async def _leave(self) -> None:
        """Leave the server where one is, if anywhere."""
        visit, self.visit = self.visit, None
        if visit:
            visit.end()
            await visit.client.close()
        for place in self.places.all:
            self.places.remove(place)
            self.drop_pane(place.pane)

    async def reconnect(self, server: str) -> None:
        """See Surface."""
        if server:
            there = parse_server(server)
            if self.visit and there == parse_server(self.goal.server):
                self.complain(f"you are connected to {server} already")
                return
            if await self._would_lose():
                return
            rooms = [place.name for place in self.places.all if not place.is_private]
            self._go(Goal(server, self.goal.user, " ".join(rooms) or self.goal.room))
        elif self.visit is None:
            self._welcome()
        elif self.visit.client.is_connected:
            self.complain(CONNECTED)
        else:
            self.visit.client.hurry()

    def _go(self, goal: Goal) -> None:
        self.run_worker(self._connect(goal), group="connecting", exclusive=True)

    # --- what one types -------------------------------------------------------------------------

    @on(Input.Submitted, "#prompt")
    def _submitted(self, event: Input.Submitted) -> None:
        if not self.screen_stack:
            return  # it is being closed
        text = event.value
        self.complain("")
        if text.split()[:1] in (["/quit"], ["/connect"]):
            self.run_worker(self._run(text), group="typed")
        elif text.strip():
            self._lines.put_nowait(text)

    @on(Input.Changed, "#prompt")
    def _changed(self, event: Input.Changed) -> None:
        visit = self.visit
        if event.value.startswith("/join ") and visit and not visit.are_rooms_asked:
            self.run_worker(self._ask_rooms(visit), group="rooms")

    async def _ask_rooms(self, visit: Visit) -> None:
        with suppress(RefusedError, UnreachableError):
            await visit.ask_rooms()

    async def _do_lines(self) -> None:
        """One line after the other: a line behind /join is for the room that is then open."""
        while True:
            await self._run(await self._lines.get())
            self._lines.task_done()

    async def _run(self, text: str) -> None:
        try:
            await self._desk.run(text)
        except (CommandError, RefusedError, UnreachableError, ValueError) as error:
            self.complain(str(error), text)

    @on(Prompt.Pasted)
    def _pasted(self, event: Prompt.Pasted) -> None:
        place = self.places.active
        if place is None:
            self.complain("you are in no room: nothing was pasted")
            return

        def answered(answer: object) -> None:
            if isinstance(answer, str):
                self.prompt.insert_text_at_cursor(answer)
            elif isinstance(answer, list):
                for line in answer:
                    self.run_worker(self._say(place, line), group="typed")

        self.push_screen(PasteQuestion(event.lines, place.name), answered)

    async def _say(self, place: Place, line: str) -> None:
        try:
            if self.visit is None:
                raise UnreachableError(NOT_CONNECTED)
            self.visit.say(place, line)
        except (RefusedError, UnreachableError) as error:
            self.complain(str(error), said_again(line))

    # --- what a visit shows ---------------------------------------------------------------------

    def choose(self, words: str, found: list[Message]) -> None:
        """See Surface."""

        def answered(message: object) -> None:
            if isinstance(message, Message):
                jump = self._jump(message.room, message.number, searched(words))
                self.run_worker(jump, group="typed")

        self.push_screen(Results(words, found), answered)

    @on(Conversation.UserClicked)
    def _user_clicked(self, event: Conversation.UserClicked) -> None:
        self._talk_to(event.user)

    @on(OptionList.OptionSelected, "#members")
    def _member_selected(self, event: OptionList.OptionSelected) -> None:
        members = list(self.places.active.members) if self.places.active else []
        if event.option_index < len(members):
            self._talk_to(members[event.option_index])

    @on(OptionList.OptionSelected, "#rooms")
    def _room_selected(self, event: OptionList.OptionSelected) -> None:
        self.action_go(event.option_index + 1)
        self.prompt.focus()

    def _talk_to(self, user: str) -> None:
        """Begin a line to somebody alone."""
        self._begin(f"/msg {user} ")

    # --- keys -----------------------------------------------------------------------------------

    def action_help(self) -> None:
        """The commands and the keys."""
        if not isinstance(self.screen, Help):
            self.push_screen(Help())

    def action_help_quit(self) -> None:
        """See Textual: Ctrl-C where nothing is selected."""
        self.complain("Ctrl-Q or /quit leaves")

    def on_key(self, event: events.Key) -> None:
        """What is typed anywhere goes into the line; Escape goes back to it."""
        if len(self.screen_stack) > 1 or self.focused is self.prompt:
            return
        if event.key == "escape":
            self.prompt.focus()
        elif character := typed(event):
            self.prompt.focus()
            self.prompt.insert_text_at_cursor(character)
            event.stop()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """See Textual: what Ctrl-P offers."""
        for place in self.places.all:
            go = partial(self.show, place)
            yield SystemCommand(f"Go to {short(place.name)}", "a room that you are in", go)
        for name, command in COMMANDS.items():
            is_begun = command.arguments and name not in SECRET
            write = partial(self._begin, f"/{name} ") if is_begun else partial(self._order, name)
            yield SystemCommand(f"/{name}", command.what, write)
        yield SystemCommand("Light or dark", "change the colours", self._change_colours)
        yield SystemCommand("Theme", "choose other colours", self.action_change_theme)
        yield SystemCommand("Rooms", "show or hide them", partial(self.action_toggle_part, "rooms"))
        yield SystemCommand(
            "Members", "show or hide them", partial(self.action_toggle_part, "members")
        )

    def _begin(self, text: str) -> None:
        """Have this in the line; what was there comes back with Up."""
        self.prompt.remember(self.prompt.value)
        self.prompt.put(text)
        self.prompt.focus()

    def _order(self, name: str) -> None:
        self.run_worker(self._run(f"/{name}"), group="typed")


def run(settings: Settings) -> int:
    """Have the screen, until one leaves it; the exit code of the program."""
    have_alt_digits()
    app = ChatApp(settings)
    app.collects_seldom = True
    with on_signals(app):
        app.run()
    tell(app.unsaid)
    return app.return_code or 0
