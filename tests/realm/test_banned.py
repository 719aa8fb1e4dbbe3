"""Whoever is banned, or has been sent out, hears nothing more of a room, on no path; and nobody
makes more of the right to do that than it is."""

from __future__ import annotations

from typing import Any, Final

import pytest

from chat.vocabulary.errors import SENTENCES
from chat.vocabulary.limits import (
    CATCH_UP_MESSAGES,
    CLAIMS_PER_ACCOUNT,
    LINE_BYTES,
    REASON_CHARACTERS,
    TOPIC_CHARACTERS,
)
from tests.accounts.owning import PASSWORD
from tests.late import LateStore
from tests.moderation.town import Town, claimed, hush
from tests.people import Visitor
from tests.stores import SlowStore

SENT_OUT: Final = (
    "BAN tea bob",
    "BAN tea 10.0.0.2",
    "BAN tea @bob",
    "BAN * bob",
    "KICK tea bob",
    "KICK * bob",
    "MODE tea private on",
)
"""What takes bob out of the room, or off the server; alice is an operator as well here."""


def tea(**settings: Any) -> tuple[Town, Visitor, Visitor]:
    """A town where alice owns the room tea and looks after the server, and bob is in there."""
    town = Town("bob", operators=("alice",), **settings)
    alice = town.rooms("alice", "tea").says("CLAIM tea")
    bob = town.rooms("bob", "tea", host="10.0.0.2")
    hush(alice, bob)
    return town, alice, bob


def stops_reading_at_once(store: LateStore, visitor: Visitor) -> None:
    """As soon as it has been sent something of the room, and more of that is looked up."""

    def look() -> None:
        if b" alice " in visitor.transport.value():
            store.on_page = lambda: None
            visitor.stops_reading()

    store.on_page = look


def secrets(visitor: Visitor) -> list[str]:
    """What it has heard that it must not."""
    return [line for line in visitor.heard() if "secret" in line]


# --- paths to what is said


@pytest.mark.parametrize("act", SENT_OUT)
@pytest.mark.parametrize("stamps", ["on", "off"])
def test_nothing_is_heard_after_it(act: str, stamps: str) -> None:
    """Neither what is said nor what is done in the room."""
    _, alice, bob = tea()
    bob.says(f"STAMPS {stamps}").heard()
    alice.says(act)
    bob.heard()
    alice.says("MSG tea secret", "EDIT tea 1 secret", "TOPIC tea secret", "MODE tea slow 3")
    alice.says("UNSAY tea", "HIDE tea alice 1h", "LEAVE tea")
    bob.hears()


@pytest.mark.parametrize("act", SENT_OUT)
def test_who_is_in_the_middle_of_a_long_history_gets_no_more_of_it(act: str) -> None:
    """A slow reader: what it had not been sent yet it is not sent, least of all what was said
    after it was out."""
    store = LateStore()
    _, alice, bob = tea(store=store)
    alice.says(*(f"MSG tea {number}" for number in range(3 * CATCH_UP_MESSAGES)))
    hush(alice, bob)
    stops_reading_at_once(store, bob)
    bob.says("HISTORY tea 1000 AFTER 0")
    told = len(bob.heard())
    assert CATCH_UP_MESSAGES <= told <= 2 * CATCH_UP_MESSAGES
    alice.says(act, "MSG tea secret")
    if not bob.is_sent_away:
        bob.reads_on()
    assert not [line for line in bob.heard() if line.startswith("HISTORY")]


@pytest.mark.parametrize("act", SENT_OUT)
@pytest.mark.parametrize(
    "line", ["HISTORY tea", "HISTORY tea 9 AFTER 0", "HISTORY", "SEARCH secret", "READ tea 9"]
)
def test_what_was_asked_before_is_not_answered_afterwards(act: str, line: str) -> None:
    """The store takes its time, and finds what was said meanwhile."""
    store = LateStore()
    _, alice, bob = tea(store=store)
    alice.says("MSG tea secret one").heard()
    bob.heard()
    store.is_late = True
    bob.says(line)
    alice.says(act, "MSG tea secret two", "MSG tea three")
    store.answer()
    heard = bob.heard()
    assert not [each for each in heard if "secret" in each]
    assert "INFO read tea 3" not in heard


@pytest.mark.parametrize("line", ["HISTORY tea", "SEARCH secret", "READ tea 9", "CATCHUP"])
@pytest.mark.parametrize("devices", [1, 2])
def test_who_hangs_up_before_the_answer_is_done_with(line: str, devices: int) -> None:
    """The store is asked no further for it, whether or not another connection of it is there."""
    store = LateStore()
    town, alice, bob = tea(store=store)
    if devices == 2:
        town.rooms("bob", "tea")
    alice.says("MSG tea secret")
    store.is_late, store.asked = True, 0
    bob.says(line)
    bob.vanishes()
    store.is_late = False
    store.answer()
    assert store.asked <= 3


@pytest.mark.parametrize("act", SENT_OUT)
def test_who_is_behind_is_not_brought_up_to_date(act: str) -> None:
    """Nor told what was done to the room meanwhile."""
    _, alice, bob = tea()
    bob.says("STAMPS on").heard()
    bob.stops_reading()
    alice.says("MSG tea secret", "TOPIC tea secret", "EDIT tea 1 secret", act, "MSG tea secret")
    if not bob.is_sent_away:
        bob.reads_on()
    assert secrets(bob) == []


@pytest.mark.parametrize("act", SENT_OUT)
def test_who_is_just_being_sent_the_last_messages_gets_no_more(act: str) -> None:
    """Of a room that it has come to."""
    store = LateStore()
    town, alice, bob = tea(store=store, replay=1000)
    bob.vanishes()
    alice.says(*(f"MSG tea {number}" for number in range(3 * CATCH_UP_MESSAGES))).heard()
    bob = town.stranger("10.0.0.2")
    bob.says(f"AUTH bob {PASSWORD}").heard()
    stops_reading_at_once(store, bob)
    bob.says("JOIN tea")
    assert CATCH_UP_MESSAGES <= len(bob.heard()) <= 2 * CATCH_UP_MESSAGES
    alice.says(act, "MSG tea secret")
    if not bob.is_sent_away:
        bob.reads_on()
    assert not [line for line in bob.heard() if line.startswith("MSG")]


def test_what_is_being_stored_is_heard_by_those_who_were_there_then() -> None:
    """What was said before the ban, and nothing of what was said after it."""
    store = SlowStore()
    _, alice, bob = tea(store=store)
    alice.says("MSG tea before", "BAN tea bob", "MSG tea secret")
    bob.hears()
    while store.is_busy:
        store.commit()
    bob.hears(
        "MSG tea alice before", "INFO you are banned from tea: ask alice", "INFO left room tea"
    )


def test_a_login_style_connection_loses_its_room_as_well() -> None:
    """It is in the lobby then, hears that one, and speaks there; with the last messages, if those
    who come are sent these."""
    for replay in (0, 5):
        town, alice, _ = tea(replay=replay)
        lisa, gus = town.login("lisa"), town.rooms("gus", "lobby")
        alice.says("BAN tea lisa", "MSG tea secret")
        assert lisa.heard()[0] == "INFO you are banned from tea: ask alice"
        gus.heard()
        gus.says("MSG lobby hi")
        lisa.hears("MSG gus hi").says("MSG hello", "JOIN tea").hears("ERR banned tea")
        gus.hears("MSG lobby gus hi", "MSG lobby lisa hello")


def test_all_connections_of_somebody_are_out() -> None:
    """In whatever style, from wherever; also where only one of them comes from a banned address."""
    town, alice, phone = tea()
    tablet, laptop = town.login("bob", host="10.0.0.9"), town.rooms("bob", "tea", host="10.0.0.3")
    hush(phone, tablet, laptop, alice)
    alice.says("BAN tea 10.0.0.9", "MSG tea secret")
    for device in (phone, tablet, laptop):
        assert "INFO you are banned from tea: ask alice" in device.heard()
    phone.says("JOIN tea", "HISTORY tea", "SEARCH secret")
    phone.hears(
        "ERROR you are banned from tea: ask alice",
        "ERROR you are not in the room tea: JOIN it first",
        "INFO 0 messages found",
    )


def test_a_connection_from_a_banned_address_takes_its_owner_out() -> None:
    """Whoever comes with one more, from there, hears the room on none."""
    town, alice, phone = tea()
    alice.says("BAN tea 10.0.0.9")
    laptop = town.stranger("10.0.0.9").says(f"LOGIN bob {PASSWORD}")
    alice.says("MSG tea secret")
    assert secrets(phone) == []
    assert secrets(laptop) == []


@pytest.mark.parametrize(
    "room", ["tea", "TEA", "#tea", "#Tea", "\uff54\uff45\uff41", "te\u200ba", "t\u00ade\u00ada"]
)
@pytest.mark.parametrize("name", ["gus", "GUS", "\uff27us", "gu\u200bs"])
def test_no_other_spelling_helps(room: str, name: str) -> None:
    """Of the room, or of oneself."""
    town, alice, _ = tea()
    alice.says("BAN tea gus")
    visitor = town.stranger().says(f"JOIN {room} {name}")
    visitor.hears("ERROR you are banned from tea: ask alice")
    visitor.says(f"LOGIN {name}", f"JOIN {room}").hears("OK", "ERR banned tea")


@pytest.mark.parametrize(
    "line",
    [
        *("JOIN tea", "WHO tea", "TOPIC tea", "TOPIC tea x", "MODE tea", "MODERATOR tea"),
        *("CLAIM tea", "INVITE tea", "KICK #tea alice", "MUTES #tea", "BANS #tea", "HELD #tea"),
        *("UNBAN #tea bob", "EARLIER #tea 1", "AUDIT #tea", "HIDE #tea alice 1h", "UNCLAIM tea"),
    ],
)
def test_every_command_about_the_room_is_refused(line: str) -> None:
    """With why, and nothing else; also to a moderator."""
    town, alice = claimed("bob")
    bob = town.rooms("bob", "tea")
    alice.says("MSG tea secret", "BAN tea bob 1h rude")
    bob.heard()
    bob.says(line)
    assert [each.split(" until ")[0] for each in bob.heard()] == ["ERROR you are banned from tea"]


@pytest.mark.parametrize(
    "line",
    ["HISTORY tea", "MSG tea hi", "@t1 MSG tea one", "READ tea 1", "EDIT #tea 1 x", "UNSAY #tea"],
)
def test_what_is_for_those_inside_is_for_them(line: str) -> None:
    """A token that was used before does not help: nothing of that message is told again."""
    _, alice, bob = tea()
    bob.says("STAMPS on", "@t1 MSG tea one")
    alice.says("BAN tea bob", "HISTORY tea")
    hush(alice, bob)
    bob.says(line)
    (answer,) = bob.heard()
    assert "ERROR" in answer
    assert "one" not in answer
    alice.hears()


def test_what_is_unread_in_the_room_is_not_told() -> None:
    """Not how much is said, nor whether it names whoever is banned; not what others have found to
    be read."""
    town, alice, bob = tea()
    alice.says("BAN tea bob", "MSG tea hi bob", "MSG tea bob")
    bob.says("CATCHUP", "ROOMS").heard()
    bob.vanishes()
    bob = town.stranger("10.0.0.2").says(f"AUTH bob {PASSWORD}", "JOIN lobby", "CATCHUP")
    assert bob.heard()[1:] == ["INFO joined room lobby", "INFO 0 rooms unread"]
    bob.says("READ tea 1", "LEAVE tea").hears(
        *["ERROR you are not in the room tea: JOIN it first"] * 2
    )


def test_a_room_is_not_joined_again_by_itself() -> None:
    """By whoever was banned while it was away; afterwards, it may come."""
    town, alice, bob = tea()
    bob.vanishes()
    alice.says("BAN tea bob 1h").heard()
    bob = town.stranger("10.0.0.2").says(f"AUTH bob {PASSWORD}", "JOIN lobby", "CATCHUP")
    assert "INFO joined room tea" not in bob.heard()
    alice.says("MSG tea secret")
    town.passes(3601)
    bob.hears()
    bob.says("JOIN tea").hears("INFO joined room tea")


def test_who_is_banned_from_the_server_is_told_nothing_but_that() -> None:
    """Whatever it tries: the room, the style, another spelling."""
    town, alice, bob = tea()
    alice.says("BAN * gus 1h spam", "BAN * 10.0.0.8/31 1h spam").heard()
    for host, line in (
        ("10.0.0.7", "JOIN tea gus"),
        ("10.0.0.8", "JOIN tea zed"),
        ("10.0.0.9", "JOIN nook GUS"),
    ):
        visitor = town.stranger(host).says(line, "WHO", "HISTORY tea")
        assert [each.partition(" until ")[0] for each in visitor.heard()] == [
            "ERROR you are banned from this server",
            *["ERROR say who you are first: LOGIN <username>, or JOIN <room> <username>"] * 2,
        ]
    bob.hears()


def test_why_somebody_is_banned_is_told_to_nobody_else() -> None:
    """Without the password of that name one does not learn of it."""
    town, alice, _ = tea()
    alice.says("BAN tea bob spam", "BAN * bob spam").heard()
    visitor = town.stranger().says("JOIN tea bob", "JOIN coffee bob", "LOGIN bob")
    assert not any("spam" in line or "banned" in line for line in visitor.heard())


# --- what was hidden, taken back and edited


def test_what_is_hidden_is_seen_on_no_path() -> None:
    """History, search, replay, what is unread and names somebody, and who falls behind."""
    town, alice, bob = tea(replay=10)
    gus = town.rooms("gus", "tea")
    hush(gus, bob)
    bob.stops_reading()
    gus.says("MSG tea secret bob")
    alice.says("HIDE tea gus 1h", "MSG tea fine")
    bob.reads_on()
    assert bob.heard()[-1] == "MSG tea alice fine"
    zed = town.rooms("zed", "lobby").says(
        "JOIN tea", "HISTORY tea", "SEARCH secret", "SEARCH from:gus"
    )
    assert secrets(zed) == []
    bob.vanishes()
    bob = town.rooms("bob", "lobby").says("CATCHUP")
    assert secrets(bob) == []


def test_what_is_hidden_was_not_missed() -> None:
    """Whoever catches up is not told that it has missed it; nor is it unread."""
    town, alice, bob = tea()
    gus = town.rooms("gus", "tea")
    bob.heard()
    bob.stops_reading()
    gus.says("MSG tea one", "MSG tea two")
    alice.says("HIDE tea gus 1h", "MSG tea three")
    bob.reads_on()
    bob.hears("MSG tea alice three").says("READ tea 0", "CATCHUP")
    assert bob.heard()[1] == "CATCHUP tea 1 0 0"


def test_what_is_hidden_is_told_to_nobody_by_its_token() -> None:
    """Whoever has the name of the one who said it, and its token, is somebody else."""
    town, alice, _ = tea()
    gus = town.stamped("gus", "tea").says("@t1 MSG tea secret")
    gus.vanishes()
    alice.says("HIDE tea gus 1h").heard()
    other = town.stamped("gus", "tea").says("@t1 MSG tea hi")
    assert secrets(other) == []


def test_an_edited_text_is_not_found_by_what_it_was() -> None:
    """Nor told again by its token, nor shown to who is no moderator."""
    town, _, bob = tea()
    bob.says("STAMPS on", "@t1 MSG tea secret", "EDIT tea 1 fine").heard()
    bob.says("SEARCH secret", "HISTORY tea", "@t1 MSG tea secret", "EARLIER tea 1")
    assert secrets(bob) == []
    zed = town.rooms("zed", "tea").says("SEARCH secret", "HISTORY tea", "EARLIER tea 1")
    assert secrets(zed) == []


def test_whoever_claims_a_room_does_not_read_what_was_taken_back_before() -> None:
    """In what was nobody's room, what somebody took back or edited was not for its owner."""
    town = Town("mallory")
    gus, mallory = town.rooms("gus", "tea"), town.rooms("mallory", "lobby")
    gus.says("MSG tea secret", "UNSAY tea", "MSG tea secret", "EDIT tea 2 fine")
    mallory.says("JOIN tea", "CLAIM tea", "EARLIER tea 1", "EARLIER tea 2", "UNHIDE tea gus")
    assert secrets(mallory) == []


@pytest.mark.parametrize(
    "line", ["EDIT tea 1 mine", "EDIT tea 2 mine", "EDIT tea 0 mine", "UNSAY tea"]
)
def test_nobody_changes_what_somebody_else_has_said(line: str) -> None:
    """Not even who has its name now, nor an owner; nor in another room."""
    town, alice, _ = tea()
    gus = town.rooms("gus", "tea").says("MSG tea one", "MSG tea two")
    gus.vanishes()
    town.passes(1)
    other = town.rooms("gus", "nook").says("MSG nook three", "JOIN tea")
    alice.heard()
    other.heard()
    for visitor in (other, alice):
        visitor.says(line)
        assert visitor.heard()[0].startswith("ERROR that is not the last thing that you have said")
    alice.says("HISTORY tea")
    assert [each.split()[-1] for each in alice.heard()] == ["one", "two", "tea"]


def test_a_message_is_taken_back_once() -> None:
    """Two connections of one account at the same time: each takes back one, the last ones first."""
    town, _, phone = tea()
    laptop = town.rooms("bob", "tea")
    phone.says("MSG tea one", "MSG tea two", "MSG tea three")
    hush(phone, laptop)
    phone.says("UNSAY tea").hears("INFO message 3 taken back")
    laptop.says("UNSAY tea", "EDIT tea 3 x", "EDIT tea 1 uno")
    assert laptop.heard() == [
        "INFO message 2 taken back",
        "ERROR that is not the last thing that you have said in tea: it can't be changed",
        "INFO message 1 edited",
    ]


def test_what_was_taken_back_is_not_shown_again_by_a_moderator() -> None:
    """UNHIDE is for what was hidden."""
    _, alice, bob = tea()
    bob.says("MSG tea secret", "UNSAY tea", "MSG tea two")
    alice.says("HIDE tea bob 1h", "UNHIDE tea bob", "HISTORY tea")
    assert secrets(bob) == ["MSG tea bob secret"]
    assert alice.heard()[-2].endswith("bob two")


@pytest.mark.parametrize(
    "mode", ["MUTE tea gus", "MUTE * gus", "MODE tea moderated on", "RAID tea on"]
)
@pytest.mark.parametrize("line", ["EDIT tea 1 secret", "TOPIC tea secret", "MSG tea secret"])
def test_who_may_not_speak_has_no_other_way_to(mode: str, line: str) -> None:
    """A text that everyone sees is said, however that is done."""
    town, alice, bob = tea()
    gus = town.rooms("gus", "tea").says("MSG tea fine")
    bob.says("STAMPS on")
    alice.says(mode)
    hush(bob, gus)
    gus.says(line)
    assert gus.heard()[0].startswith("ERROR")
    assert secrets(bob) == []


def test_slow_mode_holds_for_edits_as_well() -> None:
    """Whoever has just said something does not go on by changing it."""
    _, alice, bob = tea()
    zed = bob.says("STAMPS on")
    alice.says("MODE tea slow 60")
    hush(alice, bob)
    bob.says("MSG tea one", *(f"EDIT tea 1 {number}" for number in range(10)))
    told = [line for line in zed.heard() if line.startswith("EDITED")]
    assert len(told) <= 1


def test_who_is_muted_on_the_server_does_not_speak_by_inviting() -> None:
    """The name of a room of one's own is a text as well."""
    town = Town("mallory", "bob", operators=("alice",))
    mallory = town.rooms("mallory", "buy-my-pills").says("CLAIM buy-my-pills")
    alice, bob = town.rooms("alice", "tea"), town.rooms("bob", "nook")
    alice.says("MUTE * mallory")
    mallory.says(
        "INVITE buy-my-pills bob", "INVITE buy-my-pills bob off", "INVITE buy-my-pills bob"
    )
    assert not [line for line in bob.heard() if "pills" in line]


# --- who acts on whom, and how far


@pytest.mark.parametrize("who", ["alice", "oscar", "carol", "bob"])
@pytest.mark.parametrize(
    "line",
    [
        *("KICK tea {}", "BAN tea {}", "BAN tea {} 1h rude", "MUTE tea {}", "HIDE tea {} 1h"),
        *("INVITE tea {} off", "MODERATOR tea {} off", "GIVE tea {}", "BAN * {}", "MUTE * {}"),
        *("KICK * {}", "UNBAN * {}", "HIDE * {} 1h", "RAID * on", "AUDIT *", "UNCLAIM tea"),
    ],
)
def test_a_moderator_does_nothing_to_whoever_is_as_much(line: str, who: str) -> None:
    """Not to the owner, an operator, another moderator, or itself; and nothing to the server."""
    town, alice = claimed("bob", "carol", operators=("oscar",))
    bob = town.rooms("bob", "tea")
    oscar, carol = town.rooms("oscar", "tea"), town.rooms("carol", "tea")
    hush(alice, oscar, carol, bob)
    registry = town.factory.registry
    before = registry.kept("tea")
    bob.says(line.format(who))
    (refusal,) = bob.heard()
    assert refusal.startswith("ERROR")
    assert "ask bob" not in refusal
    assert registry.kept("tea") == before
    assert [*registry.sanctions("tea"), *registry.sanctions()] == []
    for visitor in (alice, oscar, carol):
        visitor.hears()
    alice.says("WHO tea").hears(
        *("USER alice", "USER bob", "USER oscar", "USER carol", "INFO 4 users in tea")
    )


@pytest.mark.parametrize(
    "network",
    [
        *("0.0.0.0/0", "::/0", "0.0.0.0/1", "::/1", "8000::/1", "::ffff:0:0/96", "::ffff:0:0/97"),
        *("10.0.0.2/0.0.0.0", "10.0.0.2/128.0.0.0", "2000::/3", "fc00::/7", "127.0.0.0/7"),
    ],
)
@pytest.mark.parametrize("line", ["BAN tea {}", "MUTE tea {} 1h", "BAN * {}", "MUTE * {}"])
def test_nobody_bans_the_whole_world(network: str, line: str) -> None:
    """Nor half of it, nor all of IPv4 as IPv6 writes it."""
    _, alice, bob = tea()
    alice.says(line.format(network))
    assert alice.heard()[0].endswith("is too much of the network: /8 is the widest, /16 of IPv6")
    bob.says("MSG tea hi").hears("MSG tea bob hi")


@pytest.mark.parametrize(
    "word", ["::ffff:10.0.0.2", "::ffff:10.0.0.0/126", "10.0.0.2/32", "::FFFF:a00:2", "10.0.0.3/31"]
)
def test_an_address_is_the_same_however_it_is_written(word: str) -> None:
    """IPv4 as IPv6 has it, or with a length; to lift it again as well."""
    _, alice, bob = tea()
    alice.says(f"BAN tea {word}").heard()
    assert bob.heard()[-1] == "INFO left room tea"
    alice.says(f"UNBAN tea {word}").heard()
    bob.says("JOIN tea").hears("INFO joined room tea")


def test_where_somebody_comes_from_is_not_told() -> None:
    """To nobody: BAN @bob bans an address, and names it nowhere."""
    _, alice, bob = tea()
    alice.says("BAN tea @bob 1h", "BANS tea", "AUDIT tea", "UNBAN tea @bob", "AUDIT tea")
    bob.says("JOIN tea")
    assert "10.0.0" not in "\n".join([*alice.heard(), *bob.heard()])


@pytest.mark.parametrize("length", ["999999w", "99999w", "9999999999d", "1e9h", "0x10d", "\u0661d"])
@pytest.mark.parametrize(
    "line", ["BAN tea bob {}", "MUTE tea bob {} x", "RAID tea on {}", "HIDE tea bob {}"]
)
def test_absurd_lengths_of_time_do_no_harm(length: str, line: str) -> None:
    """They are no length, or very long; nobody is sent away for them."""
    _, alice, bob = tea()
    bob.says("MSG tea hi")
    hush(alice, bob)
    alice.says(line.format(length), "MODE tea", "BANS tea", "MUTES tea", "PING")
    heard = alice.heard()
    assert heard[-1] == "PONG"
    assert ("INFO raid on in tea" in heard) == any(each.endswith("raid=on") for each in heard)
    bob.says("JOIN tea", "MSG tea hi", "PING")
    assert bob.heard()[-1] == "PONG"


@pytest.mark.parametrize(
    "line", ["KICK tea bob {}", "BAN tea bob 1h {}", "MUTE tea bob {}", "BAN * bob {}"]
)
def test_a_reason_is_one_short_line(line: str) -> None:
    """However long it is and whatever is in it: it harms no terminal and no other line."""
    _, alice, bob = tea()
    reason = "\x1b[2J\x07\u2028\u202e\x9b31m" + "\u00e9\x00" * 1500
    alice.says(line.format(reason), "AUDIT tea", "BANS tea", "MUTES tea", "AUDIT *", "BANS *")
    if not bob.is_sent_away:
        bob.says("MSG tea hi", "JOIN tea")
    for heard in (*alice.heard(), *bob.heard()):
        assert len(heard.encode()) < LINE_BYTES
        assert len(heard) < REASON_CHARACTERS + 150
        assert not set("\x00\x07\x1b\x9b\u2028\u202e") & set(heard)


def test_a_topic_is_one_short_line() -> None:
    """The same of a topic."""
    _, alice, bob = tea()
    bob.says("STAMPS on").heard()
    alice.says("TOPIC tea \x1b[2J\u2028" + "\u00e9" * 2000)
    (told,) = bob.heard()
    assert len(told) <= TOPIC_CHARACTERS + len("TOPIC tea ")
    assert not {"\x1b", "\u2028"} & set(told)


def test_each_of_many_bans_holds() -> None:
    """For its own address, and for no other."""
    town, alice, _ = tea()
    alice.says(*(f"BAN tea 10.{at // 250}.{at % 250}.9 1d" for at in range(1000))).heard()
    zed = town.stranger("10.3.4.9").says("JOIN tea zed")
    assert zed.heard()[0].startswith("ERROR you are banned from tea until ")
    town.stranger("10.3.4.8").says("JOIN tea zed").hears("INFO joined room tea")


@pytest.mark.parametrize(
    "line", ["CLAIM lobby", "GIVE lobby bob", "MODE lobby private on", "KICK lobby gus"]
)
def test_nobody_takes_the_lobby(line: str) -> None:
    """It is whoever's the server is."""
    town = Town("bob")
    bob, gus = town.rooms("bob", "lobby"), town.login("gus", "lobby")
    bob.says(line)
    assert bob.heard()[-1].startswith("ERROR")
    gus.says("WHO lobby").hears("USER bob", "USER gus")


def test_nobody_has_more_rooms_than_it_may() -> None:
    """However the rooms are called, and whoever gives them."""
    town = Town("bob", "carol")
    bob = town.rooms("bob", "tea")
    names = [f"room{number}" for number in range(CLAIMS_PER_ACCOUNT + 1)]
    bob.says(*(f"JOIN {name}" for name in names), *(f"CLAIM {name}" for name in names))
    heard = bob.heard()
    assert heard[-1] == f"ERROR {SENTENCES['too-many-claims']}"
    assert len([line for line in heard if line.endswith(" is yours")]) == CLAIMS_PER_ACCOUNT


def test_giving_rooms_away_makes_no_more_of_them() -> None:
    """Two accounts have no more than two may have, and nobody has to keep what it is given."""
    town = Town("bob", "carol")
    bob, carol = town.rooms("bob", "tea"), town.rooms("carol", "nook")
    for number in range(4 * CLAIMS_PER_ACCOUNT):
        room = f"gift{number}"
        bob.says(f"JOIN {room}", f"CLAIM {room}", f"GIVE {room} carol", f"LEAVE {room}")
    assert len(town.factory.registry.public_rooms()) <= 2 * CLAIMS_PER_ACCOUNT
    carol.says("CLAIM nook")
    assert carol.heard()[-1] == "INFO nook is yours"


def test_rooms_that_are_shut_are_bounded() -> None:
    """One account does not leave private rooms of nobody behind without end."""
    town = Town("bob")
    bob = town.rooms("bob", "lobby")
    for _ in range(10 * CLAIMS_PER_ACCOUNT):
        bob.says("JOIN tea", "CLAIM tea", "MODE tea private on", "UNCLAIM tea")
    shut = [line for line in bob.heard() if line == "INFO tea is nobody's any more"]
    assert len(shut) <= 2 * CLAIMS_PER_ACCOUNT


@pytest.mark.parametrize("who", ["gus", "nobody", "carol2", "@carol", "10.0.0.7", "*"])
@pytest.mark.parametrize("line", ["GIVE tea {}", "MODERATOR tea {} on", "INVITE tea {}"])
def test_rooms_are_for_accounts(line: str, who: str) -> None:
    """A guest, an address or a name that nobody has holds nothing in a room."""
    town, alice = claimed()
    town.rooms("gus", "tea")
    alice.heard()
    alice.says(line.format(who))
    assert alice.heard()[0].startswith(
        ("ERROR gus is not", f"ERROR {who} is not", "ERROR a username")
    )
    assert len(town.factory.registry.kept("tea").holders) == 1


# --- what waits for a moderator


def test_what_waits_is_seen_by_moderators_and_nobody_else() -> None:
    """On no path, also for whoever claims another room; until it is let through."""
    town, alice, bob = tea()
    alice.says("RAID tea on").heard()
    gus = town.stamped("gus", "tea").says("@t1 MSG tea secret", "@t1 MSG tea secret")
    assert "ERROR" in "".join(gus.heard())
    for visitor in (bob, gus):
        visitor.says("HISTORY tea", "SEARCH secret", "HELD tea", "LET tea gus", "LET tea *")
        assert secrets(visitor) == []
    alice.says("HELD tea")
    assert len(secrets(alice)) == 1
    alice.says("LET tea gus")
    assert secrets(bob) == ["MSG tea gus secret"]


@pytest.mark.parametrize("who", ["bob", "nobody", "alice", "@gus", "10.0.0.7"])
def test_letting_somebody_who_is_not_held_does_nothing(who: str) -> None:
    """It is refused, or lets nothing through."""
    town, alice, bob = tea()
    alice.says("RAID tea on").heard()
    town.stamped("gus", "tea").says("MSG tea secret")
    hush(bob)
    alice.says(f"LET tea {who}")
    bob.hears()


def test_what_somebody_banned_has_said_is_not_let_through_by_its_name() -> None:
    """Nor by somebody else who has that name now."""
    town, alice, bob = tea()
    alice.says("RAID tea on")
    gus = town.rooms("gus", "tea").says("MSG tea secret")
    alice.says("BAN tea gus")
    gus.vanishes()
    alice.says("UNBAN tea gus")
    town.rooms("gus", "tea").says("MSG tea fine")
    hush(bob)
    alice.says("LET tea gus")
    assert [line for line in bob.heard() if line.startswith("MSG")] == ["MSG tea gus fine"]
