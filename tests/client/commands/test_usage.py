"""What a typed line means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.commands.usage import (
    COMMANDS,
    Command,
    CommandError,
    Spoken,
    check,
    elements,
    parse,
    usage,
)
from chat.client.options.passwords import has_password


@given(st.text().filter(lambda text: not text.startswith("/")))
def test_a_line_is_said_as_it_is(text: str) -> None:
    """What does not begin with a slash is said, to the last space."""
    assert parse(text) == Spoken(text)


@given(st.text())
def test_two_slashes_say_one(text: str) -> None:
    """A line that begins with a slash can be said all the same."""
    assert parse(f"//{text}") == Spoken(f"/{text}")


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_are_found_in_any_case(name: str) -> None:
    """A command is found whatever its case, and what follows is kept as it was typed."""
    assert parse(f"/{name.upper()}  Tea for  two ") == Command(name, "Tea for  two")


@pytest.mark.parametrize("name", COMMANDS)
def test_what_has_to_follow_is_asked_for(name: str) -> None:
    """A command that makes no sense alone says what has to follow; others are fine alone."""
    least = COMMANDS[name].arguments.count("<")
    if least:
        for missing in ("", "* ") if COMMANDS[name].arguments.startswith("[*]") else ("",):
            with pytest.raises(CommandError, match=f"say more: /{name} "):
                parse(f"/{name} {missing}{' x' * (least - 1)}")
    assert parse(f"/{name}{' x' * least}") == Command(name, " ".join("x" * least))


@pytest.mark.parametrize("line", ["/", "/ join tea", "/nick bob", "/usr/bin/x: error", "/\0"])
def test_what_is_no_command_is_not_said(line: str) -> None:
    """A mistyped command is an error, and not a message for everyone."""
    with pytest.raises(CommandError, match="/help lists"):
        parse(line)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("AUTH carol x", "it was not said"),
        ("LOGIN carol x", "it was not said"),
        ("REGISTER x", "it was not said: /register alone asks for one"),
        ("//PASSWORD x y", "it was not said: /password alone asks for one"),
    ],
)
def test_a_password_is_not_said(line: str, advice: str) -> None:
    """What looks like a password is refused, with the command that asks for such a one, if any."""
    with pytest.raises(CommandError) as refused:
        parse(line)
    assert str(refused.value).endswith(advice)


def test_what_a_username_does_not_have() -> None:
    """A command for others is refused in the client's words, before a password is asked for."""
    with pytest.raises(CommandError, match="already: /password changes"):
        check("register", True)
    for name in ("catchup", "password", "unregister"):
        with pytest.raises(CommandError, match="/register makes yours one"):
            check(name, False)
        check(name, True)
    check("register", False)


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("join", [], ["room"]),
        ("moderator", [], ["username", "on|off"]),
        ("ban", [], ["username", "time", "reason"]),
        ("ban", ["*"], ["*", "username", "time", "reason"]),
        ("hide", ["*"], ["username|*", "time", "reason"]),
        ("raid", ["on"], ["on|off", "time"]),
        ("dance", [], []),
    ],
)
def test_what_may_follow(name: str, typed: list[str], found: list[str]) -> None:
    """A word for each word that may follow; * for the whole server may be left out."""
    assert elements(name, typed) == found


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_looks_like_a_password(name: str) -> None:
    """What is typed behind it is remembered, unless it is a command with passwords."""
    assert has_password(f"/{name} something") is (name in ("register", "password", "unregister"))


def test_usage() -> None:
    """How a command is written has no loose ends."""
    assert [usage("join"), usage("quit")] == ["/join <room>", "/quit"]
