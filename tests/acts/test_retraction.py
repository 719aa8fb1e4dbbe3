"""What was said and is not to be seen any more: hidden and shown again, taken back, edited."""

from __future__ import annotations

import pytest

from chat.vocabulary.limits import HISTORY_MOST, LINE_BYTES
from tests.accounts.owning import PASSWORD
from tests.moderation.town import MONTH, Town, claimed, hush
from tests.people import Visitor
from tests.stores import SlowStore

NOT_LAST = "ERROR that is not the last thing that you have said in {}: it can't be changed".format


def texts(person: Visitor, *asked: str) -> list[str]:
    """Number, author and text of what it is told."""
    lines = [line.split(" ", 5) for line in person.says(*asked).heard()]
    return [f"{line[2]} {line[4]} {line[5]}" for line in lines if line[0] == "HISTORY"]


# --- HIDE, UNHIDE ---------------------------------------------------------------------------


def test_only_what_was_said_in_that_time_is_hidden() -> None:
    """And only in that room, and only of that user."""
    town, alice = claimed()
    gus, lou = town.rooms("gus", "tea", "hall"), town.login("lou")
    gus.says("MSG tea old", "MSG hall old")
    town.passes(601)
    gus.says("MSG tea new", "MSG hall new")
    lou.says("MSG hi")
    hush(alice)
    alice.says("HIDE gus 10m").hears("INFO 1 message hidden in tea")
    assert texts(alice, "HISTORY tea") == ["1 gus old", "3 lou hi"]
    assert texts(gus, "HISTORY tea") == texts(alice, "HISTORY tea")
    assert texts(gus, "HISTORY hall") == ["1 gus old", "2 gus new"]
    assert texts(gus, "SEARCH new") == ["2 gus new"]
    alice.says("HIDE gus 1h").hears("INFO 1 message hidden in tea")
    assert texts(alice, "HISTORY tea 1 BEFORE 3", "HISTORY tea AFTER 1") == ["3 lou hi"]
    gus.says("MSG tea newer")
    assert texts(alice, "HISTORY tea AFTER 0") == ["3 lou hi", "4 gus newer"]


def test_all_that_was_hidden_of_somebody_is_shown_again() -> None:
    """Of that user alone, though it was hidden in two goes; not what it has taken back itself."""
    town, alice = claimed()
    gus, lou = town.rooms("gus"), town.login("lou")
    gus.says("MSG tea 1", "MSG tea 2", "UNSAY", "MSG tea 3")
    lou.says("MSG 4")
    alice.says("HIDE gus 10m", "HIDE lou 10m")
    gus.says("MSG tea 5")
    alice.says("HIDE gus 10m", "UNHIDE gus")
    assert alice.heard()[-1] == "INFO 3 messages shown again in tea"
    assert texts(alice, "HISTORY tea", "SEARCH 3") == ["1 gus 1", "3 gus 3", "5 gus 5", "3 gus 3"]
    alice.says("UNHIDE gus").hears("ERROR gus is not on that list, so there is nothing to lift")


def test_what_one_has_said_and_left_is_hidden_as_well() -> None:
    """Whoever floods is soon gone; and by any way to write its name."""
    town, alice = claimed()
    town.rooms("Gus").says("MSG tea spam").vanishes()
    hush(alice)
    alice.says("HIDE gUS 10m").hears("INFO 1 message hidden in tea")
    alice.says("HISTORY tea").hears("INFO 0 messages from tea")


def test_all_newcomers_without_a_raid() -> None:
    """HIDE *: whoever is no moderator and came within that time."""
    town, alice = claimed("bob")
    gus = town.rooms("gus")
    town.passes(601)
    bob, new = town.rooms("bob"), town.rooms("new")
    gus.says("MSG tea old friend")
    bob.says("MSG tea moderator")
    new.says("MSG tea spam")
    town.login("newer").says("MSG spam").vanishes()
    hush(alice)
    alice.says("HIDE * 10m").hears("INFO 2 messages hidden in tea")
    assert texts(alice, "HISTORY tea") == ["1 gus old friend", "2 bob moderator"]


def test_what_somebody_known_has_said_is_no_newcomer_s() -> None:
    """Moderators, and accounts of old, also when they have left and were there for a moment
    only."""
    town, alice = claimed()
    for name, ago in (("bob", 60), ("carol", MONTH), ("raider", 60)):
        town.register(name, ago)
    alice.says("MODERATOR tea bob on")
    for name in ("bob", "carol", "raider", "guest"):
        town.login(name).says("MSG hello").vanishes()
    hush(alice)
    alice.says("HIDE * 10m").hears("INFO 2 messages hidden in tea")
    assert texts(alice, "HISTORY tea") == ["1 bob hello", "2 carol hello"]


def test_what_is_just_being_stored_is_hidden_as_well() -> None:
    """What was said before HIDE, and what UNSAY means, though nobody has heard it yet."""
    store = SlowStore()
    town, alice = claimed(store=store)
    gus = town.rooms("gus")
    hush(alice)
    gus.says("MSG tea spam")
    alice.says("HIDE gus 10m").hears()
    store.commit()
    alice.hears("MSG tea gus spam", "INFO 1 message hidden in tea")
    hush(gus)
    gus.says("MSG tea eggs", "UNSAY").hears()
    store.commit()
    gus.hears("MSG tea gus eggs", "INFO message 2 taken back")
    hush(alice)
    alice.says("HISTORY tea").hears("INFO 0 messages from tea")


def test_replay_leaves_out_what_is_hidden() -> None:
    """Whoever joins is sent as many as ever: those that were said before the flood."""
    town, alice = claimed(replay=2)
    gus = town.rooms("gus")
    alice.says("MSG tea 1", "MSG tea 2")
    gus.says("MSG tea spam", "MSG tea spam")
    alice.says("HIDE gus 10m")
    lou = town.stranger().says("JOIN tea lou")
    lou.hears("INFO joined room tea", "MSG tea alice 1", "MSG tea alice 2")


def test_many_numbers_take_many_lines() -> None:
    """Each shorter than a line may be; together they are all of them."""
    town, alice = claimed()
    carol = town.stamped("carol")
    gus, lou = town.rooms("gus"), town.rooms("lou")
    for n in range(HISTORY_MOST // 2):
        gus.says(f"MSG tea {n}")
        lou.says(f"MSG tea {n}")
    hush(alice, carol)
    alice.says("HIDE gus 10m").hears(f"INFO {HISTORY_MOST // 2} messages hidden in tea")
    heard = carol.heard()
    assert len(heard) > 1
    assert max(map(len, heard)) < LINE_BYTES
    assert all(line.startswith("HIDDEN tea ") for line in heard)
    numbers = ",".join(line.split()[2] for line in heard).split(",")
    assert numbers == [str(n) for n in range(1, HISTORY_MOST, 2)]


def test_a_number_is_not_given_again() -> None:
    """What was hidden has its number all the same."""
    town, alice = claimed()
    gus = town.stamped("gus").says("MSG tea one", "UNSAY", "MSG tea two")
    heard = [line.split()[0] for line in gus.heard() if line.startswith("@")]
    assert heard == ["@1", "@2"]
    assert texts(alice, "HISTORY tea") == ["2 gus two"]


# --- UNSAY, EDIT, EARLIER -------------------------------------------------------------------


@pytest.mark.parametrize("style", ["rooms", "login"])
def test_the_last_thing_that_one_has_said(style: str) -> None:
    """UNSAY takes back that, and then what was said before it; EDIT changes that and no other."""
    town = Town()
    gus = (town.rooms if style == "rooms" else town.login)("gus")
    lou = town.rooms("lou")
    room = "tea " if style == "rooms" else ""
    gus.says(*[f"MSG {room}{n}" for n in (1, 2, 3)])
    lou.says("MSG tea 4")
    hush(gus)
    done = ["INFO message 3 taken back", "INFO message 2 edited", "INFO message 2 edited"]
    not_last = NOT_LAST("tea") if style == "rooms" else "ERR nothing-said tea"
    gus.says("EDIT 2 x", "UNSAY", "EDIT 2 two", "EDIT tea 3 x", "EDIT 2  and two ", "EDIT 4 x")
    first, *rest = gus.heard()
    assert first == not_last
    assert rest == [
        *(done[:2] if style == "rooms" else ["OK", "OK"]),
        *(not_last, done[2] if style == "rooms" else "OK", not_last),
    ]
    assert texts(lou, "HISTORY tea") == ["1 gus 1", "2 gus and two", "4 lou 4"]
    gus.says("UNSAY", "UNSAY tea", "UNSAY")
    assert gus.heard()[-1] == not_last
    assert texts(lou, "HISTORY tea") == ["4 lou 4"]


def test_what_was_edited_is_found_by_what_it_says_now() -> None:
    """And by nothing else."""
    town, alice = claimed()
    town.rooms("gus").says("MSG tea coffee please", "EDIT 1 cocoa please")
    assert texts(alice, "SEARCH coffee", "SEARCH cocoa") == ["1 gus cocoa please"]


def test_the_earlier_texts_are_for_moderators() -> None:
    """All of them, in order, until when they were shown; and what is hidden now."""
    town, alice = claimed()
    gus = town.rooms("gus").says("MSG tea one")
    town.passes(1)
    gus.says("EDIT 1 two")
    town.passes(1)
    gus.says("EDIT 1 three")
    hush(alice)
    earlier = [f"EARLIER tea 1 2026-01-01T12:00:0{n}.000Z {text}" for n, text in ((1, "one"),)]
    earlier.append("EARLIER tea 1 2026-01-01T12:00:02.000Z two")
    alice.says("EARLIER tea 1").hears(*earlier, "INFO 2 texts of message 1")
    town.passes(1)
    alice.says("HIDE gus 1m", "EARLIER 1")
    earlier.append("EARLIER tea 1 2026-01-01T12:00:03.000Z three")
    alice.hears("INFO 1 message hidden in tea", *earlier, "INFO 3 texts of message 1")
    hush(gus)
    gus.says("EARLIER 1").hears("ERROR that is not allowed here: ask alice")


def test_what_was_before_its_time_is_not_an_owner_s() -> None:
    """Neither the earlier texts nor what was done: only operators see what was there before the
    room was claimed."""
    town = Town("alice", operators=("op",))
    op, gus = town.rooms("op"), town.rooms("gus").says("MSG tea one", "EDIT 1 two", "MSG tea 3")
    gus.says("UNSAY", "TOPIC tea x")
    town.passes(1)
    alice = town.rooms("alice").says("CLAIM tea")
    town.passes(1)
    gus.says("EDIT 1 deux")
    hush(alice, op)
    alice.says("EARLIER 1", "EARLIER 2").hears(
        *("EARLIER tea 1 2026-01-01T12:00:02.000Z two", "INFO 1 text of message 1"),
        "INFO 0 texts of message 2",
    )
    op.says("EARLIER tea 1", "EARLIER tea 2")
    assert [line.split()[-1] for line in op.heard() if line[0] == "E"] == ["one", "two", "3"]
    acts = [
        [line.split()[5] for line in each.says("AUDIT tea").heard()[:-1]] for each in (alice, op)
    ]
    assert acts == [["CLAIM", "EDIT"], ["EDIT", "UNSAY", "TOPIC", "CLAIM", "EDIT"]]


def test_what_is_hidden_is_not_one_s_last_message() -> None:
    """It can't be edited, nor taken back so that it could not be shown again."""
    town, alice = claimed()
    gus = town.rooms("gus").says("MSG tea one", "MSG tea two")
    alice.says("HIDE gus 10m")
    hush(gus)
    gus.says("UNSAY", "EDIT 2 x").hears(*[NOT_LAST("tea")] * 2)
    alice.says("UNHIDE gus")
    gus.says("EDIT 2 deux").hears("INFO message 2 edited")
    assert texts(alice, "HISTORY tea") == ["1 gus one", "2 gus deux"]


def test_a_guest_of_the_same_name_is_somebody_else() -> None:
    """It can't take back what the one before it has said; an account can, at any device."""
    town = Town("carol")
    town.rooms("gus").says("MSG tea mine").vanishes()
    town.rooms("carol").says("MSG tea mine").vanishes()
    town.passes(1)
    gus = town.rooms("gus").says("UNSAY", "EDIT 1 x").hears(*[NOT_LAST("tea")] * 2)
    carol = town.login("carol").says("EDIT 2 yours").hears("OK")
    carol.says("UNSAY").hears("OK")
    assert texts(gus, "HISTORY tea") == ["1 gus mine"]


def test_a_registered_guest_keeps_what_it_has_said() -> None:
    """As a guest since it came; whoever has the name later does not."""
    town = Town()
    gus = town.rooms("gus").says("MSG tea mine")
    town.passes(1)
    gus.says(f"REGISTER {PASSWORD}", "EDIT 1 ours")
    assert gus.heard()[-1] == "INFO message 1 edited"
    town.passes(1)
    gus.says(f"UNREGISTER {PASSWORD}")
    gus.vanishes()
    town.passes(1)
    town.rooms("gus").says("EDIT 1 theirs").hears(NOT_LAST("tea"))


def test_one_takes_back_what_one_is_just_saying() -> None:
    """UNSAY right behind MSG, in one go."""
    town = Town()
    gus = town.stranger()
    gus.sends(b"JOIN tea gus\nMSG tea oh\nUNSAY\nMSG tea no\nEDIT 2 yes\nHISTORY\n")
    assert texts(gus) == ["2 gus yes"]


def test_a_message_that_was_edited_is_stored_once() -> None:
    """A client that sends it again, by its token, hears what it says now."""
    town = Town()
    gus = town.stamped("gus").says("@x MSG tea one", "EDIT 1 two", "@x MSG tea one")
    assert gus.heard()[-1].endswith(" x MSG tea gus two")
    assert texts(gus, "HISTORY tea") == ["1 gus two"]


def test_in_a_private_room_nothing_is_mixed_up_with_its_twin() -> None:
    """UNSAY, EDIT, HIDE and EARLIER are about the room that one is in."""
    town, alice = claimed()
    alice.says("MSG tea secret", "MODE tea private on")
    gus = town.rooms("gus").says("MSG tea open", "EDIT tea 1 opened")
    alice.says("EDIT tea 1 secrets", "HIDE gus 10m")
    hush(alice)
    assert texts(gus, "HISTORY tea") == ["1 gus opened"]
    assert texts(alice, "HISTORY tea", "SEARCH opened") == ["1 alice secrets"]
    alice.says("EARLIER 1").hears(
        "EARLIER tea 1 2026-01-01T12:00:00.000Z secret", "INFO 1 text of message 1"
    )


@pytest.mark.parametrize("count", [50, 110])
def test_a_page_is_as_long_as_it_was_asked_for(count: int) -> None:
    """After a flood was hidden there are so many messages as before; also where one page of the
    store is not enough."""
    town, alice = claimed()
    gus = town.rooms("gus")
    alice.says(*(f"MSG tea old{number}" for number in range(1, 121)))
    gus.says(*(f"MSG tea spam{number}" for number in range(150)))
    alice.says("HIDE tea gus 1h")
    hush(alice)
    for before, last in (("", 120), (" BEFORE 400", 120), (" BEFORE 119", 118)):
        *found, closing = alice.says(f"HISTORY tea {count}{before}").heard()
        assert closing == f"INFO {count} messages from tea"
        assert [int(line.split()[2]) for line in found] == list(range(last - count + 1, last + 1))
