"""Tab: what a word becomes."""

import pytest

from chat.client.screen.parts.completion import Completion

USERS = ["bob", "Bonnie", "alice"]
ROOMS = ["lobby", "tea-time", "@bob"]


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("b", ["bob: ", "Bonnie: ", "b", "bob: "]),
        ("BO", ["bob: ", "Bonnie: ", "BO"]),
        ("ask b", ["ask bob ", "ask Bonnie ", "ask b"]),
        ("in te", ["in tea-time "]),
        ("hi @al", ["hi @alice "]),
        ("/jo", ["/join ", "/jo"]),
        ("/join te", ["/join tea-time "]),
        ("/msg Al", ["/msg alice "]),
        ("/who lo", ["/who lobby "]),
        ("/PART te", ["/PART tea-time "]),
        ("/join tea-time te", ["/join tea-time tea-time "]),
        ("/kick Al", ["/kick alice "]),
        ("/ban * B", ["/ban * bob ", "/ban * Bonnie ", "/ban * B"]),
        ("/ban @bo", ["/ban @bob ", "/ban @Bonnie ", "/ban @bo"]),
        ("/moderator ", [f"/moderator {user} " for user in ("bob", "Bonnie", "alice")]),
        ("/moderator bob ", ["/moderator bob on ", "/moderator bob off ", "/moderator bob "]),
        ("/moderator bob of", ["/moderator bob off "]),
        ("/mode ", [f"/mode {mode} " for mode in ("private", "moderated", "registered", "slow")]),
        ("/mode private o", ["/mode private on ", "/mode private off ", "/mode private o"]),
        ("/raid o", ["/raid on ", "/raid off "]),
        ("/raid * of", ["/raid * off "]),
        ("/hide b", ["/hide bob "]),
        ("/invite bob o", ["/invite bob off ", "/invite bob o"]),
        ("/mu", ["/mute ", "/mutes ", "/mu"]),
        ("/topic ask b", ["/topic ask bob "]),
        ("/dance b", ["/dance bob "]),
        ("/ b", ["/ bob "]),
        ("zzz", [None]),
        ("", [None]),
    ],
)
def test_each_tab_gives_the_next(typed: str, completed: list[str | None]) -> None:
    """Usernames at the beginning get a colon; at last comes what was typed."""
    completion = Completion(typed, len(typed), USERS, ROOMS)
    for expected in completed:
        given = completion.next()
        assert (given and given.text) == expected


def test_what_stands_behind_the_cursor_stays() -> None:
    """Only the word before the cursor is completed."""
    completed = Completion("tell b about it", 6, USERS, ROOMS).next()
    assert completed
    assert completed.text == "tell bob  about it"
    assert completed.cursor == len("tell bob ")


def test_backwards() -> None:
    """Shift-Tab goes the other way, from what was typed to the last candidate."""
    completion = Completion("b", 1, USERS, ROOMS)
    texts = [completion.next(-1) for _ in range(3)]
    assert [one and one.text for one in texts] == ["Bonnie: ", "bob: ", "b"]
