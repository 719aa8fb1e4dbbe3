"""The rooms style, as one sees it who began with JOIN <room> <username>."""

from collections.abc import Callable

import pytest

from tests.people import Visitor

People = Callable[..., Visitor]

HISTORY = "HISTORY [room] [count] [BEFORE <number> | AFTER <number>]"


def test_one_hears_oneself_and_the_others_in_the_room(in_rooms: People) -> None:
    """MSG reaches everyone in the room, in one order, and nobody outside."""
    alice, bob, carol = in_rooms("alice"), in_rooms("bob"), in_rooms("carol", "tea")
    alice.hears("INFO bob joined lobby").says("MSG lobby hi")
    bob.says("MSG lobby hello").hears("MSG lobby alice hi", "MSG lobby bob hello")
    alice.hears("MSG lobby alice hi", "MSG lobby bob hello")
    carol.hears()


def test_one_can_be_in_many_rooms(in_rooms: People) -> None:
    """Each message names its room."""
    alice, bob = in_rooms("alice", "tea", "jam"), in_rooms("bob", "jam")
    alice.hears("INFO bob joined jam").says("MSG jam x", "MSG tea y")
    alice.hears("MSG jam alice x", "MSG tea alice y")
    bob.hears("MSG jam alice x")


def test_a_second_join_may_repeat_ones_own_username(in_rooms: People) -> None:
    """Seed clients send it every time; it may be left out, or be in other case."""
    alice = in_rooms("alice")
    alice.says("JOIN tea alice", "JOIN jam", "JOIN ham ALICE")
    alice.hears("INFO joined room tea", "INFO joined room jam", "INFO joined room ham")


def test_a_join_under_another_username_is_refused(in_rooms: People) -> None:
    """One connection is one user; nothing has changed."""
    alice = in_rooms("alice").says("JOIN tea mallory", "LOGIN mallory", "ROOMS")
    again = "ERROR you have a username already: QUIT and come back to change it"
    alice.hears(again, again, "ROOM lobby 1", "INFO 1 room open")


def test_joining_again_tells_nobody(in_rooms: People) -> None:
    """One is in the room already: an answer, no event."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    bob.says("JOIN lobby bob").hears("INFO joined room lobby")
    alice.hears("INFO bob joined lobby")


def test_leaving_is_told_to_those_who_stay(in_rooms: People) -> None:
    """Who left hears no more of the room, and may come back."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    bob.says("LEAVE lobby").hears("INFO left room lobby")
    alice.says("MSG lobby gone?")
    alice.hears("INFO bob joined lobby", "INFO bob left lobby", "MSG lobby alice gone?")
    bob.says("MSG lobby no").hears("ERROR you are not in the room lobby: JOIN it first")
    bob.says("JOIN lobby").hears("INFO joined room lobby")


def test_vanishing_is_leaving_every_room(in_rooms: People) -> None:
    """A broken connection is told like a leaving, and the username is free."""
    alice, bob = in_rooms("alice", "tea", "jam"), in_rooms("bob", "tea", "jam")
    alice.heard()
    bob.vanishes()
    alice.hears("INFO bob left tea", "INFO bob left jam")
    in_rooms("bob", "ham")


def test_quitting_says_goodbye(in_rooms: People) -> None:
    """QUIT and EXIT, in any case, end the connection."""
    alice = in_rooms("alice")
    for word in ("QUIT", "exit"):
        bob = in_rooms("bob").says(word).hears("INFO goodbye")
        assert bob.is_sent_away
        alice.hears("INFO bob joined lobby", "INFO bob left lobby")


def test_a_room_is_the_same_in_other_case_and_with_a_hash(in_rooms: People) -> None:
    """It is shown as the one who opened it wrote it."""
    alice = in_rooms("alice", "Tea")
    in_rooms("carol", "jam").says("JOIN #tea", "MSG TEA hi").hears(
        "INFO joined room Tea", "MSG Tea carol hi"
    )
    alice.hears("INFO carol joined Tea", "MSG Tea carol hi")


def test_lists_end_with_a_line_that_says_how_long_they_were(in_rooms: People) -> None:
    """A program knows when it has heard all."""
    alice = in_rooms("alice", "tea", "jam")
    in_rooms("bob", "jam")
    alice.heard()
    alice.says("WHO").hears("USER alice", "USER bob", "INFO 2 users here")
    alice.says("WHO #tea").hears("USER alice", "INFO 1 user in tea")
    alice.says("ROOMS").hears("ROOM tea 1", "ROOM jam 2", "INFO 2 rooms open")
    alice.says("HISTORY tea").hears("INFO 0 messages from tea")


def test_a_direct_message_reaches_one_user(in_rooms: People) -> None:
    """In no room, by nobody else; also to oneself."""
    alice, bob, carol = in_rooms("alice"), in_rooms("bob", "tea"), in_rooms("carol")
    alice.heard()
    alice.says("DM BOB  psst", "DM alice note").hears("DM alice note")
    bob.hears("DM alice  psst")
    carol.hears()


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("JOIN tea alice smith", "ERROR smith makes no sense here: JOIN <room> [username]"),
        ("FOO bar", "ERROR there is no command FOO: HELP lists what there is"),
        ("JOIN", "ERROR say which room: JOIN <room> [username]"),
        (
            "JOIN b@d",
            "ERROR a room's name is one word: up to 64 letters, digits, - and _, no - in front",
        ),
        ("MSG", "ERROR say which room: MSG <room> <text>"),
        ("MSG lobby", "ERROR there is no text to send"),
        ("MSG lobby  \t ", "ERROR there is no text to send"),
        ("MSG tea hi", "ERROR you are not in the room tea: JOIN it first"),
        ("LEAVE", "ERROR say which room: LEAVE <room>"),
        ("LEAVE tea", "ERROR you are not in the room tea: JOIN it first"),
        ("WHO tea", "ERROR there is no room tea: ROOMS lists what there is"),
        ("DM", "ERROR a username is missing: DM <username> <text>"),
        ("DM nobody hi", "ERROR nobody here is called nobody: WHO lists who is here"),
        ("DM bob", "ERROR there is no text to send"),
        ("HELP FOO", "ERROR there is no command FOO: HELP lists what there is"),
        ("HISTORY 0", f"ERROR 0 makes no sense here: {HISTORY}"),
        ("HISTORY lobby 1 2", f"ERROR 2 makes no sense here: {HISTORY}"),
        ("HISTORY BEFORE x", f"ERROR x makes no sense here: {HISTORY}"),
        ("HISTORY " + "9" * 5000, None),
        ("HISTORY BEFORE", f"ERROR BEFORE makes no sense here: {HISTORY}"),
        ("HISTORY -1", f"ERROR -1 makes no sense here: {HISTORY}"),
        ("HISTORY tea", "ERROR you are not in the room tea: JOIN it first"),
        ("%s {} \\x00 ' ; DROP TABLE", "ERROR there is no command %s: HELP lists what there is"),
        ("{word} {0}", "ERROR there is no command {word}: HELP lists what there is"),
        ("\x1b[2J x", "ERROR there is no command \ufffd[2J: HELP lists what there is"),
    ],
)
def test_bad_input_is_refused_and_disturbs_nobody(
    in_rooms: People, line: str, answer: str | None
) -> None:
    """One answer, the connection stays, and a bystander hears nothing of it."""
    bystander, alice = in_rooms("bob"), in_rooms("alice")
    bystander.hears("INFO alice joined lobby")
    alice.says(line).hears(
        answer or "ERROR that line was too long and was thrown away: 4096 bytes is the most"
    )
    alice.says("MSG lobby still here").hears("MSG lobby alice still here")
    bystander.hears("MSG lobby alice still here")


def test_one_user_may_be_in_a_hundred_rooms(in_rooms: People) -> None:
    """Past that a JOIN is refused; leaving one makes room for another."""
    alice = in_rooms("alice", *(f"room{i}" for i in range(100)))
    for i in range(100, 500):
        alice.says(f"JOIN room{i}").hears("ERROR you are in too many rooms: LEAVE one first")
    alice.says("LEAVE room0", "JOIN room100")
    alice.hears("INFO left room room0", "INFO joined room room100")


def test_verbs_are_taken_in_any_case_and_with_any_space(in_rooms: People) -> None:
    """People type as they like; what they say is left as it is."""
    alice = in_rooms("alice")
    alice.says("msg lobby hi", "  Msg lobby hi", "MSG\tlobby\thi", "MSG   lobby hi")
    alice.hears(*["MSG lobby alice hi"] * 4)
    alice.says("MSG lobby   in  dented ").hears("MSG lobby alice   in  dented ")


def test_history_shows_what_was_said(in_rooms: People) -> None:
    """Oldest first, by count, before and after a number, with a time in UTC."""
    alice = in_rooms("alice", "tea")
    for i in range(1, 61):
        alice.says(f"MSG tea m{i}")
    alice.heard()

    def shown(line: str) -> list[int]:
        *lines, closing = alice.says(line).heard()
        assert closing == f"INFO {len(lines)} message{'s' * (len(lines) != 1)} from tea"
        for line in lines:
            verb, room, number, time, user, text = line.split(" ")
            assert (verb, room, user, text) == ("HISTORY", "tea", "alice", f"m{number}")
            assert len(time) == 24
            assert time.endswith("Z")
        return [int(line.split(" ")[2]) for line in lines]

    assert shown("HISTORY tea") == list(range(11, 61))
    assert shown("HISTORY") == list(range(11, 61))
    assert shown("HISTORY tea 2") == shown("history 2") == [59, 60]
    assert shown("HISTORY tea 2 BEFORE 3") == [1, 2]
    assert shown("HISTORY 3 after 10") == [11, 12, 13]
    assert shown("HISTORY #TEA AFTER 58") == [59, 60]
    assert shown("HISTORY AFTER 60") == shown("HISTORY BEFORE 1") == []
    assert shown("HISTORY 999999") == list(range(1, 61))


def test_history_keeps_the_last_thousand_messages(in_rooms: People) -> None:
    """With the memory store; the numbers go on."""
    alice = in_rooms("alice", "tea")
    for i in range(1010):
        alice.says(f"MSG tea {i}")
    alice.heard()
    lines = alice.says("HISTORY tea 5000").heard()
    assert len(lines) == 1001
    assert lines[0].startswith("HISTORY tea 11 ")


def test_history_wants_a_room_where_there_are_several(in_rooms: People) -> None:
    """Which room is meant is not guessed; a room may be called like a number."""
    alice = in_rooms("alice", "tea", "42").says("MSG 42 hi")
    alice.hears("MSG 42 alice hi")
    alice.says("HISTORY").hears(f"ERROR say which room: {HISTORY}")
    assert alice.says("HISTORY 42").heard()[-1] == "INFO 1 message from 42"


def test_history_is_for_those_in_the_room(in_rooms: People) -> None:
    """Who has left it can't read on."""
    in_rooms("bob", "tea").says("MSG tea secret")
    alice = in_rooms("alice", "tea", "jam").says("LEAVE tea").hears("INFO left room tea")
    alice.says("HISTORY tea").hears("ERROR you are not in the room tea: JOIN it first")


def test_help_is_the_table_of_verbs(in_rooms: People) -> None:
    """One line for each command that one may use, its grammar first."""
    alice = in_rooms("alice")
    lines = alice.says("HELP").heard()
    verbs = "JOIN MSG LEAVE WHO DM ROOMS HISTORY SEARCH UNSAY EDIT STAMPS REGISTER"
    verbs += " TOPIC MODERATOR MODE PING HELP QUIT"
    assert [line.split()[1] for line in lines] == verbs.split()
    assert all(line.startswith("INFO ") and "  ->  " in line for line in lines)
    alice.says("help exit").hears(*[line for line in lines if "QUIT" in line])


def test_help_tells_what_a_refusal_means(in_rooms: People) -> None:
    """For those who only get its code."""
    alice = in_rooms("alice").says("HELP missing-text", "HELP Not-In-Room")
    alice.hears("INFO there is no text to send", "INFO you are not in the room ...: JOIN it first")


def test_a_ping_comes_back_with_its_token(in_rooms: People) -> None:
    """Whatever it is, made harmless."""
    alice = in_rooms("alice").says("PING", "PING 42 x", "ping \x1b[2J")
    alice.hears("PONG", "PONG 42 x", "PONG \ufffd[2J")
