"""The login style, as one sees it who began with LOGIN <username>."""

from collections.abc import Callable

import pytest

from chat.factory import ChatFactory
from tests.people import Visitor

People = Callable[..., Visitor]


def test_one_hears_the_others_and_not_oneself(logged_in: People) -> None:
    """MSG reaches everyone else in the room; coming is not told."""
    alice, bob = logged_in("alice"), logged_in("bob")
    alice.says("MSG hi").hears()
    bob.says("MSG hello").hears("MSG alice hi")
    alice.hears("MSG bob hello")


def test_in_a_batch_everyone_misses_only_what_one_said_oneself() -> None:
    """Also where several speak at once."""
    turns: list[Callable[[], object]] = []
    factory = ChatFactory(later=turns.append)
    people = [Visitor(factory).says(f"LOGIN {name}") for name in ("alice", "bob", "carol")]
    turns.pop()()
    alice, bob, carol = (person.hears("OK") for person in people)
    alice.says("MSG 1", "MSG 2")
    bob.says("MSG 3")
    alice.says("MSG 4")
    turns.pop()()
    alice.hears("MSG bob 3")
    bob.hears("MSG alice 1", "MSG alice 2", "MSG alice 4")
    carol.hears("MSG alice 1", "MSG alice 2", "MSG bob 3", "MSG alice 4")


def test_going_is_told_to_those_in_the_room(logged_in: People) -> None:
    """By QUIT, and by a broken connection alike; moving to another room is not told."""
    alice, bob, carol, dave = map(logged_in, ("alice", "bob", "carol", "dave"))
    dave.says("JOIN tea").hears("OK")
    bob.says("QUIT").hears("Goodbye!")
    assert bob.is_sent_away
    carol.vanishes()
    alice.hears("INFO bob disconnected", "INFO carol disconnected")
    dave.hears()


def test_joining_a_room_moves_there(logged_in: People, in_rooms: People) -> None:
    """One current room: the lobby at first, and again after LEAVE."""
    alice, bob = logged_in("alice"), logged_in("bob")
    carol = in_rooms("carol", "tea")
    alice.says("JOIN tea", "MSG hi").hears("OK")
    carol.hears("INFO alice joined tea", "MSG tea alice hi")
    bob.says("MSG anyone?")
    alice.says("LEAVE", "LEAVE lobby", "MSG back").hears("OK", "OK")
    carol.hears("INFO alice left tea")
    bob.hears("MSG alice back")


def test_both_styles_meet_in_a_room(logged_in: People, in_rooms: People) -> None:
    """Each hears the other in its own style; WHO shows both."""
    alice, bob = logged_in("alice"), in_rooms("bob")
    alice.says("MSG hi")
    bob.says("MSG lobby hello").hears("MSG lobby alice hi", "MSG lobby bob hello")
    alice.says("WHO").hears("MSG bob hello", "USER alice", "USER bob")
    bob.says("WHO").hears("USER alice", "USER bob", "INFO 2 users here")
    alice.says("DM bob psst").hears()
    bob.says("DM Alice what?").hears("DM alice psst")
    alice.hears("DM bob what?")
    bob.says("LEAVE lobby").hears("INFO left room lobby")
    alice.says("QUIT").hears("Goodbye!")
    bob.hears()


@pytest.mark.parametrize("name", ["alice", "ALICE", "al\u200bice", "ａｌｉｃｅ"])
def test_a_username_is_taken_in_both_styles(
    logged_in: People, in_rooms: People, visitor: People, name: str
) -> None:
    """In whatever case, and with invisible or full-width characters; until it is free again."""
    for come in (logged_in, in_rooms):
        alice = come("alice")
        visitor().says(f"JOIN tea {name}").hears("ERROR that username is taken: choose another one")
        visitor().says(f"LOGIN {name}").hears("ERR username-taken")
        alice.says("QUIT")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("FOO", "ERR unknown-command FOO"),
        ("LOGIN bob", "ERR already-logged-in"),
        ("JOIN tea bob", "ERR already-logged-in"),
        ("JOIN", "ERR missing-room"),
        ("JOIN b@d", "ERR invalid-room"),
        ("MSG", "ERR missing-text"),
        ("MSG ", "ERR missing-text"),
        ("WHO tea", "ERR room-not-found tea"),
        ("LEAVE tea", "ERR not-in-room tea"),
        ("DM", "ERR missing-username"),
        ("DM b@d x", "ERR invalid-username"),
        ("DM nobody hi", "ERR user-not-found nobody"),
        ("HISTORY 0", "ERR bad-argument 0"),
        ("HISTORY tea", "ERR not-in-room tea"),
    ],
)
def test_a_refusal_is_a_code(logged_in: People, line: str, answer: str) -> None:
    """With the word concerned where there is one; a bystander hears nothing of it."""
    bystander, alice = logged_in("bystander"), logged_in("alice")
    alice.says(line, "MSG still here").hears(answer)
    bystander.hears("MSG alice still here")


def test_lists_are_bare(logged_in: People) -> None:
    """As in the seed, nothing closes them."""
    alice = logged_in("alice").says("MSG hi", "WHO lobby", "ROOMS", "PING x")
    alice.hears("USER alice", "ROOM lobby 1", "PONG x")
    assert [line.split()[-1] for line in alice.says("HISTORY").heard()] == ["hi"]


def test_a_login_style_user_speaks_in_the_room_it_is_in(logged_in: People) -> None:
    """HISTORY without a room is the current room's."""
    alice = logged_in("alice").says("MSG lobby talk", "JOIN tea", "MSG tea talk", "HISTORY")
    heard = alice.heard()
    assert heard[0] == "OK"
    assert [line.split()[1] for line in heard[1:]] == ["tea"]
