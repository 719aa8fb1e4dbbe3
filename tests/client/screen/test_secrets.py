"""A password that is typed on the screen is nowhere afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from chat.client import Message
from chat.client.screen import mishap
from chat.client.session import account
from tests.client.meeting import guest
from tests.client.screen.sitting import Sitting, sitting
from tests.client.test_secrets import OTHER, SECRET, written
from tests.integration.server import Server


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


TYPED = [
    f"/register {SECRET}",
    f"/REGISTER {SECRET}",
    f"  /register {SECRET}",
    f"/regsiter {SECRET}",
    f"/register\t{SECRET}",
    f"/ register {SECRET}",
    f"/password {OTHER} {SECRET}",
    f"/password {SECRET}",
    f"/passwd {SECRET} {OTHER}",
    f"/unregister {SECRET}",
    f"/unregister {SECRET} {SECRET}",
    f"/auth {SECRET}",
    f"/auth alice {SECRET}",
    f"//AUTH alice {SECRET}",
    f"// auth alice {SECRET}",
    f"//REGISTER {SECRET}",
    f"/login alice {SECRET}",
    f"AUTH alice {SECRET}",
    f"LOGIN alice {SECRET}",
    f"REGISTER {SECRET}",
    f" PASSWORD {OTHER} {SECRET} ",
    f"/connect chat://alice:{SECRET}@localhost:1",
    f"/connect alice:{SECRET}@localhost:1",
]


def test_a_line_that_was_typed_is_kept_without_its_password(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever way a password is typed in, it is not on the screen afterwards, nor in the history
    of lines, a draft, the rooms or what the others hear; whether the server takes it or not.
    """

    async def sit() -> None:
        async with (
            guest(port, "bob", "lobby", "tea") as bob,
            sitting(port, "alice", "lobby", "tea") as alice,
        ):
            reasons: list[str] = []
            show = alice.app.complain

            def complain(reason: str, text: str = "") -> None:
                reasons.append(reason)
                show(reason, text)

            monkeypatch.setattr(alice.app, "complain", complain)
            for number, line in enumerate(TYPED):
                await writes(alice, line)
                await alice.presses("alt+2")
                assert_unseen(alice)
                await alice.presses("alt+1", "down", "up")
                assert_unseen(alice)
                await writes(alice, line)
                await alice.presses("up", "down")
                assert_unseen(alice)
                await writes(alice, line)
                await alice.presses("escape")
                assert_unseen(alice)
                await writes(alice, line)
                await alice.presses("enter")
                await writes(alice, f"the end {number}")
                await alice.presses("enter")
                await bob.hears(Message, lambda event, at=number: event.text == f"the end {at}")
                await alice.sees(f"the end {number}")
                assert_unseen(alice)
            assert SECRET not in alice.app.export_screenshot()
            for _ in range(4 * len(TYPED)):
                await alice.presses("up")
                assert_unseen(alice)
            assert SECRET not in repr(bob.told)
            assert len(set(reasons)) > 5
            assert SECRET not in repr(reasons)

    asyncio.run(sit())


async def writes(person: Sitting, line: str) -> None:
    """Have this line, as if it had been typed; the last key is pressed."""
    await person.presses("escape")
    person.app.prompt.put(line[:-1])
    await person.types(line[-1], enter=False)


def assert_unseen(person: Sitting) -> None:
    """The password is neither on the screen nor in what may come to it."""
    app = person.app
    kept_here = [
        person.screen,
        repr(app.prompt._lines),
        app.prompt._draft,
        app.prompt._completed,
        repr([place.draft for place in app.places.all]),
        repr([row.text for place in app.places.all for row in place.pane.timeline.rows]),
        repr(app.settings),
        repr(app.goal),
        app.clipboard,
    ]
    for text in kept_here:
        assert SECRET not in text
        assert OTHER not in text


def test_a_defect_tells_no_password(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program itself goes wrong, its log and what it shows have no password."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def sit() -> None:
        async with sitting(port, "alice", "lobby") as alice:
            monkeypatch.setattr(account.Account, "_check", broken)
            try:
                await alice.types(f"/register {SECRET}")
                await alice.until(lambda: written(tmp_path) or not alice.app.is_running)
            finally:
                if error := alice.app._exception:
                    mishap.keep(error)

    with pytest.raises(BaseException):  # noqa: B017, PT011 -- Textual's way to end
        asyncio.run(sit())
    log = written(tmp_path)
    assert "ZeroDivisionError" in log
    assert SECRET not in log
