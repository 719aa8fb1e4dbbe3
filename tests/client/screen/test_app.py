"""The screen as somebody sees it who sits in front of it, at a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chat.client import ChatClient, Gone, Refused
from chat.client.screen.parts.sidebars import MemberList
from chat.client.screen.rooms import visit
from tests.client.screen.sitting import Sitting, sitting
from tests.integration.server import Server
from tests.people import Caller
from tests.soaking import many


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


def test_the_first_conversation(port: int) -> None:
    """Username and room are asked for; two talk; /join, /leave and /quit do what they say."""

    async def sit() -> None:
        async with sitting(port) as alice, sitting(port, "bob", "lobby") as bob:
            await alice.sees("Welcome to the chat", "Username", "Room", "Server")
            await alice.presses("home", "ctrl+k")
            await alice.types("alice")
            await alice.presses("home", "ctrl+k")
            await alice.types("lobby")
            await alice.sees("1 lobby", "2 here", f"alice at 127.0.0.1:{port}")
            await alice.types("hello bob")
            await bob.sees("alice", "hello bob")
            await bob.types("hi alice")
            await alice.sees("bob", "hi alice", "hello bob")
            await alice.types("/join tea")
            await alice.sees("2 tea", "tea  1 here")
            await alice.types("is anybody here?")
            await alice.sees("is anybody here?")
            assert "is anybody here?" not in bob.screen
            await alice.types("/leave")
            await alice.sees_no("2 tea")
            await alice.sees("hi alice")
            await alice.types("/quit")
            await alice.until(lambda: not alice.app.is_running, "the end")
            assert alice.app.return_code == 0
            await bob.sees("alice left")

    asyncio.run(sit())


def test_a_username_that_is_taken_is_asked_again(port: int) -> None:
    """Who can't be let in is told why, and asked again."""
    alice = Caller(port).says("JOIN lobby alice").hears("INFO joined room lobby")

    async def sit() -> None:
        async with sitting(port) as somebody:
            await somebody.sees("Welcome to the chat")
            await somebody.presses("home", "ctrl+k")
            await somebody.types("alice")
            await somebody.presses("enter")
            await somebody.sees("that username is taken: choose another one")
            await somebody.presses("end")
            await somebody.types("2")
            await somebody.presses("enter")
            await somebody.sees("alice2 at")
            alice.hears("INFO alice2 joined lobby")
            await somebody.until(lambda: somebody.app.places.active, "the room")

    asyncio.run(sit())


def test_where_no_server_is(port: int, own_port: int) -> None:
    """Who can't connect is told why in words, and may try another server."""

    async def sit() -> None:
        async with sitting(own_port, "alice") as alice:
            await alice.sees("Welcome")
            await alice.presses("enter", "enter")
            await alice.sees("nothing listens there", "server running?")
            await alice.presses("tab", "tab", "home", "ctrl+k")
            await alice.types(f"127.0.0.1:{port}")
            await alice.sees("1 lobby", "alice at")

    asyncio.run(sit())


def test_unread_messages_are_counted(port: int) -> None:
    """A room one does not look at shows how many are unread, and that one is named; looking at it
    shows a line above them, and ends that.
    """

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea") as alice:
            bob = Caller(port).says("JOIN tea bob", "MSG tea one", "MSG tea two")
            bob.hears("INFO joined room tea", "MSG tea bob one", "MSG tea bob two")
            await alice.until(lambda: alice.room(2) == "2 tea 2", "the count")
            bob.says("MSG tea where is Alice?")
            await alice.until(lambda: alice.room(2) == "2 tea @1", "the mention")
            await alice.presses("alt+2")
            await alice.sees("one", "two", "where is Alice?", "── new ──")
            lines = alice.lines
            new = next(at for at, line in enumerate(lines) if "── new ──" in line)
            one = next(at for at, line in enumerate(lines) if "│ one" in line)
            assert new < one <= new + 2  # at most the day stands between
            await alice.until(lambda: alice.room(2) == "2 tea", "no count")
            await alice.presses("alt+1")
            await alice.presses("alt+a")
            assert alice.app.places.active.name == "lobby"

    asyncio.run(sit())


def test_keys_go_from_room_to_room(port: int) -> None:
    """Alt with a number, an arrow or A goes to rooms; F2 and F3 show and hide the columns."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea", "ops") as alice:
            here = lambda: alice.app.places.active.name  # noqa: E731
            await alice.presses("alt+3")
            assert here() == "ops"
            await alice.presses("alt+down")
            assert here() == "lobby"
            await alice.presses("alt+up")
            assert here() == "ops"
            await alice.presses("alt+9")
            assert here() == "ops"
            Caller(port).says("JOIN tea bob", "MSG tea hi")
            await alice.until(lambda: alice.app.places.all[1].unread, "something unread")
            await alice.presses("alt+a")
            assert here() == "tea"
            await alice.presses("f2")
            await alice.sees_no("1 lobby")
            await alice.presses("f2")
            await alice.sees("1 lobby")
            await alice.pilot.click("#rooms", offset=(3, 2))
            assert here() == "ops"
            assert alice.app.focused is alice.app.prompt

    asyncio.run(sit())


def test_names_are_completed(port: int) -> None:
    """Tab completes usernames, rooms and commands, one candidate after the other."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea-time") as alice:
            people = [Caller(port).says(f"JOIN lobby {name}") for name in ("bob", "bonnie")]
            await alice.sees("bob joined", "bonnie joined")
            await alice.types("bo", enter=False)
            await alice.presses("tab")
            assert alice.typed == "bob: "
            await alice.presses("tab")
            assert alice.typed == "bonnie: "
            await alice.presses("tab")
            assert alice.typed == "bo"
            await alice.presses("shift+tab")
            assert alice.typed == "bonnie: "
            await alice.types("/l", enter=False)
            await alice.presses("escape")
            await alice.types("/j", enter=False)
            await alice.presses("tab")
            await alice.types("te", enter=False)
            await alice.presses("tab")
            assert alice.typed == "/join tea-time "
            assert people

    asyncio.run(sit())


def test_lines_come_back(port: int) -> None:
    """The arrow keys bring back what was typed, and at last what was being typed."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            await alice.types("one")
            await alice.types("two")
            await alice.types("thr", enter=False)
            await alice.presses("up")
            assert alice.typed == "two"
            await alice.presses("up", "up")
            assert alice.typed == "one"
            await alice.presses("down", "down")
            assert alice.typed == "thr"

    asyncio.run(sit())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/msg nobody hi", "nobody here is called nobody"),
        ("/dance", "there is no command /dance: /help lists what there is"),
        ("/join", "say more: /join <room>"),
        ("/join a b", "a room's name is one word"),
        ("/me waves", "no /me"),
        ('/search ""', "say what to look for"),
        ("/history many", "a number up to 1000"),
    ],
)
def test_a_refused_line_comes_back(port: int, line: str, reason: str) -> None:
    """What the server or the client refuses stands in the line again, with the reason above it."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            heard = Caller(port).says("JOIN lobby bob").hears("INFO joined room lobby")
            await alice.types(line)
            await alice.sees(reason)
            assert alice.typed == line
            assert len(alice.app.places.all) == 1
            heard.hears()
            await alice.presses("escape")
            await alice.types("all is well")
            await alice.sees_no(reason)
            heard.hears("MSG lobby alice all is well")

    asyncio.run(sit())


def test_a_line_with_a_slash(port: int) -> None:
    """`//` says a line that begins with a slash."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            bob = Caller(port).says("JOIN lobby bob").hears("INFO joined room lobby")
            await alice.types("//etc/hosts")
            bob.hears("MSG lobby alice /etc/hosts")

    asyncio.run(sit())


def test_many_pasted_lines_are_asked_about(port: int) -> None:
    """Many pasted lines are said only after a yes, each a message, in order; or put into one."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            bob = Caller(port).says("JOIN lobby bob").hears("INFO joined room lobby")
            await _pastes(alice, "one\r\n\n  two\nthree\x1b[31m\n")
            await alice.sees("Paste 3 lines into lobby?")
            await alice.presses("escape")
            bob.hears()
            await _pastes(alice, "one\ntwo\n")
            await alice.sees("Paste 2 lines into lobby?")
            await alice.presses("j")
            await alice.until(lambda: alice.typed == "one two")
            await alice.presses("escape")
            await _pastes(alice, "only one\n")
            assert alice.typed == "only one"
            await alice.presses("escape")
            await _pastes(alice, "\n".join(f"line {at}" for at in range(50)))
            await alice.sees("Paste 50 lines into lobby?")
            await alice.presses("enter")
            bob.hears(*(f"MSG lobby alice line {at}" for at in range(50)))

    asyncio.run(sit())


async def _pastes(person: Sitting, text: str) -> None:
    from textual.events import Paste

    person.app.prompt.post_message(Paste(text))
    await person.pilot.pause()


def test_direct_messages_have_a_room(port: int) -> None:
    """What somebody says to one alone has a room of its own, with its history."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            bob = Caller(port).says("JOIN lobby bob").hears("INFO joined room lobby")
            bob.says("DM alice psst", "DM alice are you there?")
            await alice.until(lambda: alice.room(2) == "2 @bob @2", "the room")
            await alice.presses("alt+2")
            await alice.sees("psst", "are you there?")
            await alice.types("yes")
            bob.hears("DM alice yes")
            await alice.presses("alt+1")
            await alice.types("/msg bob once more")
            bob.hears("DM alice once more")
            await alice.sees("psst", "yes", "once more")
            await alice.types("/leave")
            await alice.sees_no("@bob")

    asyncio.run(sit())


def test_who_rooms_and_help(port: int) -> None:
    """/who, /rooms and /help show what there is, and say nothing to others."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            bob = Caller(port).says("JOIN lobby bob", "JOIN tea")
            bob.hears("INFO joined room lobby", "INFO joined room tea")
            await alice.types("/who")
            await alice.sees("2 in lobby: alice, bob")
            await alice.types("/rooms")
            await alice.sees("2 rooms: lobby (2), tea (1)")
            await alice.types("/help")
            await alice.sees("Commands", "/msg <username> [text]", "find messages")
            await alice.presses("escape")
            await alice.sees_no("Commands")
            await alice.presses("f1")
            await alice.sees("Commands")
            bob.hears()

    asyncio.run(sit())


@pytest.mark.parametrize("last", [2500, many(5000)])
def test_scrolling_back_through_a_long_history(last: int, tmp_path: Path) -> None:
    """PgUp goes through thousands of messages to the first one, each once; Ctrl-End comes back."""

    async def sit(port: int) -> None:
        async with ChatClient("127.0.0.1", port, user="bob") as bob:
            for number in range(1, last + 1):
                bob.send("lobby", f"line {number}.")
            await bob.delivered()
        async with sitting(port, "alice", "lobby", size=(80, 100)) as alice:
            pane = alice.app.places.active.pane
            await alice.sees(f"line {last}.")
            while not (pane.timeline.at_start and pane.scroll_y == 0):
                await alice.presses("pageup")
                assert alice.app.is_running
            await alice.sees("line 1.")
            seen = [row.number for row in pane.timeline.rows if row.number]
            assert seen == list(range(1, last + 1))
            await alice.presses("ctrl+end")
            await alice.sees(f"line {last}.")
            await alice.types("I am here")
            await alice.sees("I am here")

    with Server(tmp_path, "--host", "127.0.0.1", "--port", "0") as server:
        asyncio.run(sit(server.ports[0]))


def test_searching_and_going_there(port: int) -> None:
    """/search shows what was found; Enter goes to it, far back, with its neighbours around it."""

    async def sit() -> None:
        async with ChatClient("127.0.0.1", port, user="bob") as bob:
            for number in range(1, 1001):
                bob.send("lobby", f"line {number}" + " with a needle" * (number == 300))
            await bob.delivered()
        async with sitting(port, "alice", "lobby") as alice:
            await alice.sees("line 1000")
            await alice.types("/search NEEDLE line")
            await alice.sees("1 message with NEEDLE line", "line 300 with a needle")
            await alice.presses("enter")
            await alice.sees("line 299", "line 300 with a needle", "line 301")
            pane = alice.app.places.active.pane
            assert not pane.timeline.live
            while not pane.timeline.live:
                await alice.presses("pagedown")
            await alice.presses("ctrl+end")
            await alice.sees("line 1000")
            await alice.types("/search NEEDLE line")
            await alice.sees("1 message with")
            await alice.presses("enter")
            await alice.sees("line 299")
            await alice.types("found it")
            await alice.sees("line 1000", "found it")
            await alice.until(lambda: _said(alice, "found it") == 1, "the line")
            await alice.until(lambda: "…" not in alice.screen, "the end of what is pending")
            seen = [row.number for row in pane.timeline.rows if row.number]
            assert seen == list(range(seen[0], 1002))

    asyncio.run(sit())


def test_a_server_that_is_killed_and_comes_back(tmp_path: Path, own_port: int) -> None:
    """What is typed while the server is away is sent when it is back, once; nothing is lost, and
    one sees where the gap was.
    """
    words = ("--host", "127.0.0.1", "--port", str(own_port))

    async def sit() -> None:
        server = Server(tmp_path, *words).__enter__()
        try:
            async with sitting(own_port, "alice", "lobby") as alice:
                await alice.types("before")
                await alice.until(lambda: _said(alice, "before") == 1)
                server.process.kill()
                server.process.wait()
                await alice.sees("○ next try in", "s, /connect tries now: ")
                await alice.types("meanwhile")
                await alice.sees("meanwhile")
                server = Server(tmp_path, *words).__enter__()
                async with ChatClient("127.0.0.1", own_port, user="bob") as bob:
                    await bob.say("lobby", "where is she?")
                alice.app.visit.client.hurry()
                await alice.sees("●", "back again, away since", "where is she?")
                await alice.until(lambda: _said(alice, "meanwhile") == 1)
                await alice.types("after")
                await alice.until(lambda: _said(alice, "after") == 1)
                async with ChatClient("127.0.0.1", own_port, user="bob") as bob:
                    told = [message.text for message in await bob.history("lobby")]
                assert sorted(told) == ["after", "before", "meanwhile", "where is she?"]
                assert [_said(alice, text) for text in told] == [1, 1, 1, 1]
        finally:
            server.process.kill()
            server.process.wait()

    asyncio.run(sit())


def _said(person: Sitting, text: str) -> int:
    """How often a message stands in the room that is open, delivered."""
    place = person.app.places.active
    assert place
    return sum(row.number > 0 and row.text == text for row in place.pane.timeline.rows)


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (200, 50), (20, 5), (10, 3)])
def test_any_size(port: int, size: tuple[int, int]) -> None:
    """The screen may be made small and large, with everything open, and shows what was said."""
    bob = Caller(port).says("JOIN lobby bob")
    bob.says("MSG lobby [bold]x[/] [/] [@click=app.quit] \x1b[31mred 😀 日本語 " + "long " * 200)

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            bob.says("MSG lobby hi")
            for keys in ((), ("f1",), ("escape", "f2"), ("f2", "f3"), ("f3",)):
                await alice.presses(*keys)
                for where in (size, (100, 30)):
                    await alice.pilot.resize_terminal(*where)
                    await alice.pilot.pause()
            await alice.types("/search hi")
            await alice.pilot.resize_terminal(*size)
            await alice.pilot.pause()
            await alice.presses("escape")
            await _pastes(alice, "one\ntwo")
            await alice.presses("escape")
            assert alice.app.is_running
            if size[0] >= 40:
                await alice.sees("hi")

    asyncio.run(sit())


def test_typing_in_a_flood(port: int) -> None:
    """While 2,000 lines a second come in, a key is answered, and each line is there in the end."""
    # How fast is measured by `python -m benchmarks.screen`: a test does not time.

    async def sit() -> None:
        async with (
            sitting(port, "alice", "lobby") as alice,
            ChatClient("127.0.0.1", port, user="bob") as bob,
        ):
            for burst in range(20):
                for number in range(200):
                    bob.send("lobby", f"line {burst * 200 + number + 1}.")
                await alice.types("x", enter=False)
                assert alice.typed == "x" * (burst + 1)
            await bob.delivered()
            await alice.sees("line 4000.")
            rows = alice.app.places.active.pane.timeline.rows
            seen = [row.number for row in rows if row.number]
            assert seen == list(range(seen[0], 4001))
            assert len(seen) > 2000

    asyncio.run(sit())


def test_another_server(port: int, tmp_path: Path) -> None:
    """/connect goes to another server, under the same username, into the same rooms."""
    (tmp_path / "other").mkdir()
    words = ("--host", "127.0.0.1", "--port", "0", "--store", "memory:")

    async def sit(other: int) -> None:
        bob = Caller(other).says("JOIN lobby bob").hears("INFO joined room lobby")
        async with sitting(port, "alice", "lobby") as alice:
            await alice.types("/msg alice to myself")
            await alice.sees("@alice")
            await alice.types(f"/connect 127.0.0.1:{other}")
            await alice.sees(f"● alice at 127.0.0.1:{other}", "2 here")
            await alice.types("hello")
            bob.hears("INFO alice joined lobby", "MSG lobby alice hello")
            await alice.types("/connect nowhere:port")
            await alice.sees("nowhere:port")
            assert alice.typed == "/connect nowhere:port"

    with Server(tmp_path / "other", *words) as other:
        asyncio.run(sit(other.ports[0]))


def test_being_named_rings_the_bell(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal rings when one is named or spoken to alone, and does not look there."""
    rung: list[None] = []

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea") as alice:
            monkeypatch.setattr(alice.app, "bell", lambda: rung.append(None))
            bob = Caller(port).says("JOIN tea bob", "JOIN lobby")
            bob.says("MSG lobby alice: you are looking here", "MSG tea nobody is named")
            await alice.until(lambda: alice.room(2) == "2 tea 1", "the count")
            assert not rung
            bob.says("MSG tea ask ALICE!")
            await alice.until(lambda: len(rung) == 1, "the bell")
            bob.says("DM alice psst")
            await alice.until(lambda: len(rung) == 2, "the bell")

    asyncio.run(sit())


def test_what_is_not_delivered_is_asked_about(tmp_path: Path) -> None:
    """Who leaves before all is delivered is told so, and leaves when it says so once more."""

    async def sit() -> None:
        with Server(tmp_path, "--host", "127.0.0.1", "--port", "0") as server:
            async with sitting(server.ports[0], "alice", "lobby") as alice:
                server.process.kill()
                await alice.sees("○")
                await alice.types("is anybody there?")
                await alice.types("/quit")
                await alice.sees("1 not delivered yet: once more to leave without it")
                await alice.types("/quit")
                await alice.until(lambda: not alice.app.is_running, "the end")

    asyncio.run(sit())


def test_the_palette_has_everything(port: int) -> None:
    """Ctrl-P offers rooms, commands and colours, and does what is chosen."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea") as alice:
            await alice.presses("ctrl+p")
            await alice.types("go to tea", enter=False)
            await alice.sees("Go to tea")
            await alice.presses("enter")
            await alice.until(lambda: alice.app.places.active.name == "tea", "the room")
            assert alice.app.current_theme.dark
            await alice.presses("ctrl+p")
            await alice.types("light or", enter=False)
            await alice.sees("Light or dark")
            await alice.presses("enter")
            await alice.until(lambda: not alice.app.current_theme.dark, "the light")
            await alice.presses("ctrl+p")
            await alice.types("/search", enter=False)
            await alice.sees("find messages")
            await alice.presses("enter")
            await alice.until(lambda: alice.typed == "/search ", "the command")

    asyncio.run(sit())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_that_were_asked_for(port: int, theme: str) -> None:
    """--theme chooses light or dark."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", theme=theme) as alice:
            assert alice.app.current_theme.dark is (theme == "dark")

    asyncio.run(sit())


def test_no_color(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR there is no colour on the screen but shades of grey."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            await alice.types("hello https://example.org")
            await alice.sees("hello")
            colours = {
                colour.triplet
                for strip in alice.app.screen._compositor.render_strips()
                for style in (segment.style for segment in strip)
                for colour in (style and style.color, style and style.bgcolor)
                if colour and colour.triplet
            }
            assert colours
            assert all(max(triplet) - min(triplet) <= 1 for triplet in colours)

    asyncio.run(sit())


def test_a_refused_line_is_not_said_elsewhere(port: int) -> None:
    """What is refused in one room is not put into the line of another, where all would hear it."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            await alice.types("/msg alice")
            await alice.until(lambda: alice.app.places.active.name == "@alice", "the other room")
            refused = Refused("lobby", "a word", "no")
            alice.app.visit._refused(refused)
            assert alice.typed == ""
            await alice.presses("alt+1")
            await alice.sees("not delivered: a word (no)")
            alice.app.visit._refused(Refused("lobby", "/quit", "no"))
            assert alice.typed == "//quit"

    asyncio.run(sit())


def test_lines_typed_ahead_wait_for_their_room(port: int) -> None:
    """What is typed right behind /join is said in that room, not in the one before."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            bob = Caller(port).says("JOIN lobby bob", "JOIN tea")
            bob.hears("INFO joined room lobby", "INFO joined room tea")
            for line in ("/join tea", "one", "/msg bob two", "three", "/join lobby", "four"):
                alice.app.prompt.value = line
                await alice.app.prompt.action_submit()
            await alice.until(lambda: alice.app.places.active.name == "lobby", "the lobby")
            await alice.until(lambda: _said(alice, "four"), "the last line")
            bob.hears(
                "INFO alice joined tea",
                "MSG tea alice one",
                "DM alice two",
                "DM alice three",
                "MSG lobby alice four",
            )

    asyncio.run(sit())


def test_a_room_one_is_sent_away_from_can_be_left(port: int) -> None:
    """A room that could not be joined again is shown as such, and goes with /leave."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea") as alice:
            alice.app.visit._gone(Gone("tea", "the room is closed"))
            await alice.presses("alt+2")
            await alice.sees("you are not in here any more")
            await alice.types("/leave")
            await alice.sees_no("2 tea")

    asyncio.run(sit())


def test_another_history(tmp_path: Path, own_port: int) -> None:
    """A server that comes back with another history is shown from its beginning."""
    words = ("--host", "127.0.0.1", "--store", "memory:", "--port", str(own_port))

    async def sit() -> None:
        server = Server(tmp_path, *words).__enter__()
        try:
            async with sitting(own_port, "alice", "lobby") as alice:
                for text in ("one", "two", "three"):
                    await alice.types(text)
                await alice.until(lambda: _said(alice, "three") == 1)
                server.process.kill()
                server.process.wait()
                server = Server(tmp_path, *words).__enter__()
                await alice.sees("back again")
                await alice.types("again")
                await alice.until(lambda: _said(alice, "again") == 1)
        finally:
            server.process.kill()
            server.process.wait()

    asyncio.run(sit())


def test_a_room_in_the_background_is_trimmed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a room that nobody looks at no more is kept than of one that is open."""
    monkeypatch.setattr(visit, "KEPT", 100)

    async def sit() -> None:
        async with (
            sitting(port, "alice", "lobby", "tea") as alice,
            ChatClient("127.0.0.1", port, user="bob", rooms=["tea"]) as bob,
        ):
            for number in range(1, 901):
                bob.send("tea", f"line {number}.")
            await bob.delivered()
            timeline = alice.app.places.all[1].pane.timeline
            await alice.until(lambda: timeline.last == 900, "the last line")
            assert timeline.count < 200
            await alice.presses("alt+2")
            await alice.sees("line 900.")
            await alice.presses("pageup")
            await alice.sees_no("line 900.")
            for number in range(901, 1801):
                bob.send("tea", f"line {number}.")
            await bob.delivered()
            await alice.until(lambda: not timeline.live, "the end of patience")
            assert timeline.count < 500
            await alice.presses("ctrl+end")
            await alice.sees("line 1800.")
            assert not alice.app.places.active.unread

    asyncio.run(sit())


def test_the_keys_go_round(port: int) -> None:
    """F6 goes from the line to the conversation and the lists, where the arrows work, and back."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea") as alice:
            seen = []
            for _ in range(4):
                seen.append(alice.app.focused.id)
                await alice.presses("f6")
            assert len(set(seen)) == 4
            assert alice.app.focused is alice.app.prompt
            while alice.app.focused.id != "rooms":
                await alice.presses("f6")
            await alice.presses("down", "enter")
            assert alice.app.places.active.name == "tea"
            assert alice.app.focused is alice.app.prompt

    asyncio.run(sit())


def test_a_draft_is_not_lost(port: int) -> None:
    """What was being typed comes back with Up after a name was clicked."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            await alice.types("a long thou", enter=False)
            await alice.until(lambda: alice.app.query_one(MemberList).option_count, "the members")
            await alice.pilot.click("#members", offset=(2, 0))
            assert alice.typed == "/msg alice "
            await alice.presses("up")
            assert alice.typed == "a long thou"

    asyncio.run(sit())


def test_a_draft_stays_in_its_room(port: int) -> None:
    """What is typed for one room is not said in another, and is there when one comes back."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby", "tea") as alice:
            bob = Caller(port).says("JOIN lobby bob").hears("INFO joined room lobby")
            await alice.presses("alt+2")
            await alice.types("the password is", enter=False)
            await alice.presses("alt+1")
            assert alice.typed == ""
            await alice.types("hello")
            await alice.sees("hello")
            bob.hears("MSG lobby alice hello")
            await alice.presses("alt+2")
            assert alice.typed == "the password is"

    asyncio.run(sit())


def test_what_is_typed_beside_the_line_goes_into_it(port: int) -> None:
    """Wherever the keys go, a letter is typed into the line, and Escape goes back there."""

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            await alice.presses("f6")
            assert alice.app.focused is not alice.app.prompt
            await alice.types("hi", enter=False)
            assert alice.typed == "hi"
            await alice.presses("f6", "escape")
            assert alice.app.focused is alice.app.prompt
            assert alice.typed == "hi"

    asyncio.run(sit())


def test_what_comes_below_is_announced(port: int) -> None:
    """Who has scrolled up is told how much is new below."""

    async def sit() -> None:
        async with (
            sitting(port, "alice", "lobby") as alice,
            ChatClient("127.0.0.1", port, user="bob") as bob,
        ):
            for number in range(100):
                await bob.say("lobby", f"line {number}.")
            await alice.sees("line 99.")
            await alice.presses("pageup")
            await bob.say("lobby", "news")
            await alice.sees("↓ 1 new (Ctrl-End)")
            await alice.presses("ctrl+end")
            await alice.sees("news")
            await alice.sees_no("↓ 1 new")

    asyncio.run(sit())
