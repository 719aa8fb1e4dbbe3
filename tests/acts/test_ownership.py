"""Rooms that people keep: topics, owners, moderators, modes, invitations."""

from __future__ import annotations

import pytest

from chat.acts import ownership
from chat.vocabulary.errors import ASK, SENTENCES, ChatError
from chat.vocabulary.limits import (
    CLAIMS_PER_ACCOUNT,
    INVITED_SECONDS,
    REASON_CHARACTERS,
    TOPIC_CHARACTERS,
    TOPICS_AT_ONCE,
    TOPICS_SECONDS,
)
from tests.accounts.owning import PASSWORD
from tests.moderation.town import NOON, Town, claimed, hush
from tests.turning import result

NOT_ALLOWED = "ERROR that is not allowed here: ask {}"


def test_a_room_without_an_owner_has_a_topic_of_whoever_is_in_it() -> None:
    """Guests as well; who is not in it can't change it, and can see it."""
    town = Town()
    gus, lou = town.rooms("gus"), town.login("lou", "hall")
    gus.says("TOPIC tea leaves").hears("INFO topic of tea set")
    lou.says("TOPIC tea", "TOPIC tea milk").hears("TOPIC tea leaves", "ERR not-in-room tea")
    lou.says("JOIN tea", "TOPIC tea milk").hears("OK", "OK")
    gus.says("TOPIC tea").hears("INFO lou joined tea", "TOPIC tea milk")


def test_a_topic_outlives_the_people() -> None:
    """Whoever comes next finds it, in a room that nobody owns as in one that somebody does."""
    town, alice = claimed()
    gus = town.rooms("gus", "hall").says("TOPIC hall of fame")
    alice.says("TOPIC tea time").vanishes()
    gus.vanishes()
    lou = town.rooms("lou", "hall", "tea")
    lou.says("TOPIC hall", "TOPIC tea").hears("TOPIC hall of fame", "TOPIC tea time")


def test_a_topic_is_as_long_as_it_may_be() -> None:
    """What is longer is cut."""
    town = Town()
    gus = town.rooms("gus").says("TOPIC tea " + "x" * 1000).hears("INFO topic of tea set")
    gus.says("TOPIC tea").hears("TOPIC tea " + "x" * TOPIC_CHARACTERS)


def test_a_topic_is_kept_with_who_has_set_it_and_when() -> None:
    """By the name as it was shown; where the topic goes, so does that."""
    town = Town()
    gus, lou = town.rooms("Gus"), town.rooms("lou")

    def topic() -> tuple[str, str, int]:
        kept = town.factory.realm.rulebook.registry.kept("tea")
        return kept.topic, kept.topic_by, kept.topic_at

    assert topic() == ("", "", 0)
    gus.says("TOPIC tea leaves")
    assert topic() == ("leaves", "Gus", NOON * 1000)
    town.passes(5)
    lou.says("TOPIC tea milk")
    assert topic() == ("milk", "lou", (NOON + 5) * 1000)
    lou.says("TOPIC tea -")
    assert topic() == ("", "", 0)


def test_the_same_topic_again_changes_nothing() -> None:
    """Whoever sets it, and whenever: it is still that of who has set it first, and no entry is
    written."""
    town = Town()
    gus, lou = town.rooms("gus"), town.rooms("lou")
    gus.says("TOPIC tea leaves")
    registry, store = town.factory.realm.rulebook.registry, town.factory.realm.store
    before, log = registry.kept("tea"), result(store.moderation.audit(None, 9))
    town.passes(5)
    hush(gus, lou)
    for person in (lou, gus):
        person.says("TOPIC tea leaves").hears("INFO topic of tea set")
    assert registry.kept("tea") == before
    assert result(store.moderation.audit(None, 9)) == log
    assert [entry.act for entry in log] == ["TOPIC"]


def test_who_has_set_a_topic_goes_with_the_room() -> None:
    """It stays where another one claims the room, and UNCLAIM takes both away."""
    town = Town("alice", "bob", ago=1)
    gus, alice = town.rooms("gus"), town.rooms("alice")
    gus.says("TOPIC tea leaves")
    alice.says("CLAIM tea", "MODE tea slow 3")
    kept = town.factory.realm.rulebook.registry.kept
    assert (kept("tea").topic, kept("tea").topic_by) == ("leaves", "gus")
    alice.says("UNCLAIM tea")
    assert (kept("tea").topic, kept("tea").topic_by, kept("tea").topic_at) == ("", "", 0)


def test_a_claimed_room_is_there_when_nobody_is_in_it() -> None:
    """ROOMS lists it, WHO and MODE tell of it; one that nobody has claimed is gone."""
    town, alice = claimed()
    lou = town.rooms("lou", "hall")
    alice.vanishes()
    lou.says("ROOMS").hears("ROOM hall 1", "ROOM tea 0", "INFO 2 rooms open")
    lou.says("WHO tea", "MODERATOR tea")
    lou.hears("INFO 0 users in tea", "MODERATOR tea alice owner", "INFO 1 name in tea")
    lou.says("JOIN tea", "LEAVE hall").hears("INFO joined room tea", "INFO left room hall")
    lou.says("ROOMS", "WHO hall").hears(
        "ROOM tea 1",
        "INFO 1 room open",
        "ERROR there is no room hall: ROOMS lists what there is",
    )


def test_an_owner_who_is_back_owns_it() -> None:
    """At any device and in any style; and a guest is nobody's owner."""
    town, alice = claimed()
    alice.vanishes()
    town.login("alice", "hall").says("TOPIC tea mine").hears("OK")


def test_whoever_registers_the_name_anew_owns_nothing() -> None:
    """A room belongs to an account, not to a name."""
    town, alice = claimed("bob")
    alice.says(f"UNREGISTER {PASSWORD}", "TOPIC tea mine")
    assert alice.heard()[-1] == NOT_ALLOWED.format("bob")
    town.passes(1)
    alice.says(f"REGISTER {PASSWORD}", "TOPIC tea mine", "MODE tea slow 3")
    alice.hears("INFO registered alice", NOT_ALLOWED.format("bob"), NOT_ALLOWED.format(ASK))


def test_a_room_is_given_back() -> None:
    """UNCLAIM: its modes, its moderators and its topic are gone, and anybody may have it."""
    town, alice = claimed("bob")
    bob = town.rooms("bob")
    alice.says("TOPIC tea mine", "MODE tea moderated on", "UNCLAIM tea")
    assert alice.heard()[-1] == "INFO tea is nobody's any more"
    gus = town.rooms("gus").says("MSG tea hello", "TOPIC tea", "MODE tea", "MODERATOR tea")
    gus.hears(
        *("MSG tea gus hello", "TOPIC tea"),
        "MODE tea private=off moderated=off registered=off slow=0 raid=off",
        "INFO 0 names in tea",
    )
    hush(bob)
    bob.says("CLAIM tea").hears("INFO tea is yours")
    hush(alice)
    alice.says("KICK gus").hears(NOT_ALLOWED.format("bob"))


def test_nobody_is_banned_from_a_room_that_was_given_back() -> None:
    """There would be nobody to lift it; and the log says that it was lifted."""
    town, alice = claimed()
    gus = town.rooms("gus")
    alice.says("BAN gus", "MUTE lou", "BAN 192.0.2.0/24", "UNCLAIM tea")
    hush(alice, gus)
    gus.says("JOIN tea").hears("INFO joined room tea")
    lou = town.login("lou", host="192.0.2.7").says("MSG hi")
    lou.hears()
    gus.hears("INFO lou joined tea", "MSG tea lou hi")
    hush(alice)
    alice.says("CLAIM tea", "BANS", "MUTES").hears(
        *("INFO tea is yours", "INFO 0 bans in tea", "INFO 0 mutes in tea")
    )


def test_topics_of_rooms_without_an_owner_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody is in all of those that have one, a room gets one when it is claimed, or has
    had one before."""
    monkeypatch.setattr(ownership, "TOPICS_MOST", 2)
    town = Town("alice")
    alice = town.rooms("alice", "a", "b", "c", "d")
    hush(alice)
    alice.says("TOPIC a x", "TOPIC b x", "TOPIC c x", "TOPIC b y", "CLAIM d", "TOPIC d x")
    alice.hears(
        *("INFO topic of a set", "INFO topic of b set"),
        "ERROR nobody keeps c: CLAIM c makes it yours",
        *("INFO topic of b set", "INFO d is yours", "INFO topic of d set"),
    )
    alice.says("TOPIC a -", "TOPIC c x", "TOPIC a x").hears(
        "INFO topic of a set", "ERROR nobody keeps c: CLAIM c makes it yours", "INFO topic of a set"
    )


def test_topics_that_nobody_sees_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """No guest switches off TOPIC for others: where there are too many, the oldest go, of rooms
    where nobody is and that nobody keeps."""
    monkeypatch.setattr(ownership, "TOPICS_MOST", 4)
    monkeypatch.setattr(ownership, "TOPICS_FORGOTTEN", 2)
    town = Town("alice")
    alice = town.rooms("alice", "hall", "mine")
    alice.says("CLAIM mine", "TOPIC mine x", "TOPIC hall here", "LEAVE mine")
    for room in ("a", "b", "c"):
        town.passes(1)
        gus = town.rooms("gus", room).says(f"TOPIC {room} spam")
        assert gus.heard()[-1] == f"INFO topic of {room} set"
        gus.vanishes()
    lou = town.rooms("lou", "tea").says("TOPIC tea leaves").hears("INFO topic of tea set")
    lou.says("JOIN a", "JOIN b", "JOIN c", "JOIN hall", "JOIN mine")
    hush(lou)
    lou.says(*[f"TOPIC {room}" for room in ("a", "b", "c", "hall", "mine", "tea")]).hears(
        *("TOPIC a", "TOPIC b", "TOPIC c spam", "TOPIC hall here", "TOPIC mine x"),
        "TOPIC tea leaves",
    )


@pytest.mark.parametrize("who", ["muted", "greedy"])
def test_a_topic_that_is_refused_takes_none_away(monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """Where there are too many, those that nobody sees go only for one that is set."""
    monkeypatch.setattr(ownership, "TOPICS_MOST", 2)
    monkeypatch.setattr(ownership, "TOPICS_AT_ONCE", 2)
    town = Town(operators=("op",))
    for room in ("a", "b"):
        gus = town.rooms("gus", room, host="203.0.113.7").says(f"TOPIC {room} x")
        gus.vanishes()
    host = "203.0.113.7" if who == "greedy" else "203.0.113.8"
    lou = town.rooms("lou", "tea", host=host)
    if who == "muted":
        town.login("op", "hall").says("MUTE * lou")
    lou.says("TOPIC tea leaves")
    assert lou.heard()[-1].startswith("ERROR")
    ann = town.rooms("ann", "a", "b").says("TOPIC a", "TOPIC b")
    assert [line for line in ann.heard() if line.startswith("TOPIC")] == ["TOPIC a x", "TOPIC b x"]


def test_one_address_gives_so_many_topics_a_day() -> None:
    """To rooms that nobody owns and that have none, whoever asks from there; all others may go on,
    and so may whoever changes one that is there, or owns the room."""
    rooms = [f"room{n}" for n in range(TOPICS_AT_ONCE + 2)]
    town = Town("alice")
    gus = town.rooms("gus", *rooms[:-2], host="203.0.113.7")
    gus.says(*[f"TOPIC {room} x" for room in rooms[:-2]]).heard()
    refused = f"ERROR {SENTENCES['too-many-topics']}"
    gus.says(f"JOIN {rooms[-1]}", f"TOPIC {rooms[-1]} x", f"TOPIC {rooms[0]} y")
    assert gus.heard()[-2:] == [refused, f"INFO topic of {rooms[0]} set"]
    gus.vanishes()
    alice = town.rooms("alice", *rooms[-2:], host="203.0.113.7")
    alice.says(f"TOPIC {rooms[-1]} x", f"CLAIM {rooms[-1]}", f"TOPIC {rooms[-1]} x")
    assert alice.heard()[-3:] == [
        *(refused, f"INFO {rooms[-1]} is yours", f"INFO topic of {rooms[-1]} set")
    ]
    lou = town.rooms("lou", rooms[-2], host="203.0.113.8").says(f"TOPIC {rooms[-2]} x")
    lou.hears(f"INFO topic of {rooms[-2]} set")
    town.passes(TOPICS_SECONDS)
    alice.says(f"TOPIC {rooms[-2]} -", f"TOPIC {rooms[-2]} x")
    assert alice.heard()[-1] == f"INFO topic of {rooms[-2]} set"


def test_nobody_has_to_take_what_is_given() -> None:
    """What is given counts for nobody's rooms before it is taken, and is taken by whom it is given
    to last; whoever owns enough rooms takes none."""
    town = Town("alice", "bob", "carol")
    rooms = [f"room{n}" for n in range(CLAIMS_PER_ACCOUNT + 1)]
    bob = town.rooms("bob", *rooms)
    alice = town.rooms("alice", *rooms)
    carol = town.rooms("carol", rooms[-1])
    alice.says(*[f"CLAIM {room}" for room in rooms[:-1]], *[f"GIVE {r} bob" for r in rooms[:-1]])
    bob.heard()
    bob.says(f"CLAIM {rooms[-1]}", f"MODE {rooms[0]} slow 3")
    assert bob.heard() == [f"INFO {rooms[-1]} is yours", NOT_ALLOWED.format("alice")]
    bob.says(*[f"CLAIM {room}" for room in rooms[:-1]])
    assert bob.heard()[-2:] == [
        *(f"INFO {rooms[-3]} is yours", f"ERROR {SENTENCES['too-many-claims']}")
    ]
    bob.says(f"GIVE {rooms[-1]} alice", f"GIVE {rooms[-1]} carol").heard()
    alice.heard()
    alice.says(f"CLAIM {rooms[-1]}").hears(
        f"ERROR {ChatError('room-claimed', rooms[-1], ask=['bob']).sentence}"
    )
    carol.heard()
    bob.says(f"GIVE {rooms[-1]} bob").heard()
    carol.says(f"CLAIM {rooms[-1]}")
    assert carol.heard()[-1].startswith("ERROR")


def test_what_was_given_is_no_account_of_the_same_name() -> None:
    """Whoever registers it anew takes nothing."""
    town, alice = claimed("bob")
    alice.says("GIVE tea bob")
    bob = town.rooms("bob").says(f"UNREGISTER {PASSWORD}")
    town.passes(1)
    bob.says(f"REGISTER {PASSWORD}", "CLAIM tea")
    assert bob.heard()[-1].startswith("ERROR tea has an owner")


def test_those_of_a_room_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past that one has to go before one comes; who is among them may become more."""
    monkeypatch.setattr(ownership, "HOLDERS_MOST", 2)
    town, alice = claimed()
    for name in ("bob", "carol", "dave"):
        town.register(name)
    hush(alice)
    full = "ERROR that list is full: take some from it first"
    alice.says("INVITE tea bob", "INVITE tea carol", "MODERATOR tea carol on")
    alice.hears("INFO bob is invited to tea", full, full)
    alice.says("MODERATOR tea bob on", "INVITE tea bob off", "INVITE tea dave").hears(
        *("INFO bob moderates tea", "INFO bob is not invited to tea"),
        "INFO dave is invited to tea",
    )


def test_an_invitation_is_no_way_to_talk() -> None:
    """Whoever is invited again and again hears it now and then."""
    town, alice = claimed()
    town.register("carol")
    carol = town.rooms("carol", "hall")
    invited = "INFO alice invites you to tea: JOIN tea"
    for _ in range(5):
        alice.says("INVITE tea carol", "INVITE tea carol off")
    carol.hears(invited)
    town.passes(INVITED_SECONDS)
    alice.says("INVITE tea carol")
    carol.hears(invited)


def test_a_room_that_was_given_is_taken_back() -> None:
    """GIVE to oneself: the answer says that nobody has it, and nobody is told to claim it."""
    town, alice = claimed("carol")
    town.register("bob")
    alice.says("INVITE tea bob", "GIVE tea bob", "GIVE tea alice")
    alice.hears(
        "INFO bob is invited to tea",
        "INFO tea is given to bob, who has to CLAIM it",
        "INFO tea is given to nobody",
    )
    town.login("bob").says("CLAIM tea").hears("ERR room-claimed tea")


def test_an_offer_is_answered_by_what_it_comes_to() -> None:
    """Also where an operator makes it, however the name is written: what is given to its owner is
    given to nobody, and nobody else is told."""
    town, alice = claimed(operators=("op",))
    op = town.login("op", "hall")
    for word in ("alice", "user:Alice"):
        op.says(f"GIVE tea {word}").hears("OK")
        alice.hears()
    alice.says("GIVE tea user:ALICE").hears("INFO tea is given to nobody")
    op.says("GIVE tea op")
    assert "INFO op gives you tea: CLAIM tea takes it" in op.heard()


def test_each_room_that_is_given_is_told() -> None:
    """Nothing else would show it."""
    town, alice = claimed()
    town.register("carol")
    carol = town.rooms("carol", "tea", "jam")
    alice.says("JOIN jam", "CLAIM jam")
    hush(alice, carol)
    alice.says("GIVE tea carol", "GIVE jam carol")
    carol.hears(
        "INFO alice gives you tea: CLAIM tea takes it",
        "INFO alice gives you jam: CLAIM jam takes it",
    )


def test_nobody_is_told_the_same_again_and_again() -> None:
    """Whoever makes others moderators, or gives them rooms, has them told once a minute: a room is
    called what its owner likes. Whoever is muted has nobody told anything."""
    town, alice = claimed(operators=("op",))
    town.register("carol")
    carol = town.rooms("carol", "tea")
    hush(alice, carol)
    for _ in range(5):
        alice.says("MODERATOR tea carol on", "GIVE tea carol", "GIVE tea alice")
        alice.says("MODERATOR tea carol off")
    told = [line for line in carol.heard() if "alice" in line]
    assert told == [
        "INFO alice has made you a moderator of tea",
        "INFO alice gives you tea: CLAIM tea takes it",
    ]
    op = town.login("op")
    op.says("MUTE * alice 1h")
    town.passes(INVITED_SECONDS)
    hush(alice, carol)
    alice.says("MODERATOR tea carol on", "GIVE tea carol")
    assert ["muted" in line for line in alice.heard()] == [True, True]
    carol.hears()


def test_a_room_is_handed_on() -> None:
    """GIVE: to an account of the room that need not be here, and that takes it with CLAIM; until
    then nothing is changed. Who has given it moderates it then, and is told."""
    town, alice = claimed("carol")
    town.register("bob")
    alice.says("GIVE tea bob").hears(f"ERROR {ChatError('user-not-found', 'bob').sentence}")
    alice.says("INVITE tea bob", "GIVE tea bob")
    alice.hears("INFO bob is invited to tea", "INFO tea is given to bob, who has to CLAIM it")
    bob = town.login("bob").says("MODE tea slow 3").hears("ERR not-allowed")
    alice.says("MODE tea slow 3")
    bob.says("CLAIM tea").hears("OK")
    alice.hears(
        *("INFO bob joined tea", "INFO tea is slow 3"),
        "INFO bob has taken tea: you moderate it",
    )
    alice.says("TOPIC tea still", "MODE tea slow 4", "GIVE tea alice").hears(
        "INFO topic of tea set", NOT_ALLOWED.format("bob"), NOT_ALLOWED.format("bob")
    )
    bob.says("MODE tea slow off", "MODERATOR tea alice off").hears("OK", "OK")
    alice.says("TOPIC tea more")
    assert alice.heard()[-1] == NOT_ALLOWED.format("bob, carol")
    bob.says("MODERATOR tea").hears("MODERATOR tea bob owner", "MODERATOR tea carol moderator")


def test_an_account_keeps_so_many_rooms() -> None:
    """And claims no more, until it gives one back; operators may."""
    town = Town("alice", operators=("op",))
    rooms = [f"room{n}" for n in range(CLAIMS_PER_ACCOUNT + 1)]
    for name in ("alice", "op"):
        keeper = town.rooms(name, *rooms)
        keeper.heard()
        keeper.says(*[f"CLAIM {room}" for room in rooms])
        *most, last = keeper.heard()
        assert most == [f"INFO {room} is yours" for room in rooms[:-1]]
        if name == "alice":
            assert last == f"ERROR {SENTENCES['too-many-claims']}"
            keeper.says("UNCLAIM room0", f"CLAIM {rooms[-1]}", *[f"UNCLAIM {r}" for r in rooms])
            assert keeper.heard()[1] == f"INFO {rooms[-1]} is yours"
        else:
            assert last == f"INFO {rooms[-1]} is yours"


def test_the_lobby_is_claimed_by_operators_alone() -> None:
    """It is everybody's."""
    town = Town("alice", operators=("op",))
    alice, op = town.login("alice", "lobby"), town.rooms("op", "lobby")
    alice.says("CLAIM lobby").hears("ERR not-allowed")
    op.says("CLAIM lobby").hears("INFO lobby is yours")


def test_only_moderators_speak() -> None:
    """MODE moderated: the others are told who could let them, and are heard once one is made a
    moderator, and when it is off."""
    town, alice = claimed("bob")
    town.register("carol")
    alice.says("MODE tea moderated on")
    gus, bob, carol = town.rooms("gus"), town.login("bob"), town.login("carol")
    hush(gus, alice)
    bob.says("MSG hi")
    carol.says("MSG hi").hears("MSG bob hi", "ERR moderated tea")
    gus.says("MSG tea hi", "DM alice hi")
    gus.hears("MSG tea bob hi", "ERROR only moderators speak in tea: ask alice, bob")
    alice.hears("MSG tea bob hi", "DM gus hi")
    alice.says("MODERATOR tea carol on")
    carol.says("MSG at last")
    gus.hears("MSG tea carol at last")
    alice.says("MODERATOR tea carol off", "MODE tea moderated off")
    carol.says("MSG all of us")
    gus.says("MSG tea yes").hears("MSG tea carol all of us", "MSG tea gus yes")


def test_only_accounts_are_in_a_room_for_registered_usernames() -> None:
    """MODE registered: guests are out, hear why, and can't come; with a password they can."""
    town, alice = claimed()
    town.register("carol")
    gus, lou, carol = town.rooms("gus"), town.login("lou"), town.login("carol")
    alice.says("MODE tea registered on")
    why = "tea is for registered usernames: REGISTER <password> makes yours one"
    assert gus.heard()[-2:] == [f"INFO {why}", "INFO left room tea"]
    assert f"INFO {why}" in lou.heard()
    lou.says("WHO lobby", "JOIN tea").hears("USER lou", "ERR registered-only tea")
    gus.says("JOIN tea", "MSG tea hi", "HISTORY tea")
    gus.hears(f"ERROR {why}", *["ERROR you are not in the room tea: JOIN it first"] * 2)
    town.stranger().says("JOIN tea newcomer").hears(f"ERROR {why}")
    carol.says("MSG here")
    gus.says(f"REGISTER {PASSWORD}", "JOIN tea")
    gus.hears("INFO registered gus", "INFO joined room tea")
    alice.says("MODE tea registered off")
    lou.says("JOIN tea").hears("OK")


def test_giving_up_an_account_is_leaving_rooms_for_accounts() -> None:
    """UNREGISTER, where only accounts may be."""
    town, alice = claimed()
    town.register("carol")
    carol = town.rooms("carol")
    alice.says("MODE tea registered on")
    hush(carol)
    carol.says(f"UNREGISTER {PASSWORD}", "WHO tea")
    heard = carol.heard()
    assert "INFO left room tea" in heard
    assert "INFO carol is not registered any more" in heard
    assert heard[-2:] == ["USER alice", "INFO 1 user in tea"]


def test_slow_mode() -> None:
    """One message of each in so many seconds, but for moderators; the refusal says how long yet."""
    town, alice = claimed("bob")
    alice.says("MODE tea slow 30")
    gus, lou, bob = town.rooms("gus"), town.login("lou"), town.login("bob")
    hush(gus, alice)
    gus.says("MSG tea 1").hears("MSG tea gus 1")
    town.passes(29.5)
    gus.says("MSG tea 2", "DM lou 2").hears("ERROR this room is slow: say it again in 1 s")
    lou.hears("MSG gus 1", "DM gus 2")
    lou.says("MSG 3", "MSG 4").hears("ERR slow-mode 30")
    town.passes(0.5)
    gus.says("MSG tea 5", "MSG tea 6")
    gus.hears("MSG tea lou 3", "MSG tea gus 5", "ERROR this room is slow: say it again in 30 s")
    bob.hears("MSG gus 1", "MSG lou 3", "MSG gus 5").says("MSG 7", "MSG 8")
    alice.says("MODE tea slow off")
    gus.says("MSG tea 9", "MSG tea 10")
    gus.hears("MSG tea bob 7", "MSG tea bob 8", "MSG tea gus 9", "MSG tea gus 10")


def test_slow_mode_is_not_got_round_by_coming_back() -> None:
    """Nor by another device."""
    town, alice = claimed()
    town.register("carol")
    alice.says("MODE tea slow 30")
    gus, carol = town.rooms("gus"), town.rooms("carol")
    gus.says("MSG tea 1").vanishes()
    carol.says("MSG tea 1")
    town.rooms("gus").says("MSG tea 2").hears("ERROR this room is slow: say it again in 30 s")
    town.login("carol").says("MSG 2").hears("ERR slow-mode 30")


def test_what_was_sent_again_is_no_second_message() -> None:
    """A client that has not heard its own message sends it again: slow mode does not mind, and it
    hears that it is stored."""
    town, alice = claimed()
    alice.says("MODE tea slow 30")
    gus = town.stamped("gus").says("@x MSG tea hello")
    own = gus.heard()
    assert len(own) == 1
    assert own[0].endswith(" x MSG tea gus hello")
    gus.says("@x MSG tea hello")
    assert gus.heard() == own
    gus.says("@y MSG tea hello").hears("@y ERROR this room is slow: say it again in 30 s")


def test_a_private_room() -> None:
    """MODE private: who is not invited is out, and there is no such room for it; who is comes, and
    so does a moderator."""
    town, alice = claimed("bob")
    town.register("carol")
    gus, lou, bob = town.rooms("gus"), town.login("lou"), town.login("bob", "hall")
    carol = town.rooms("carol", "hall")
    alice.says("MSG tea secret", "MODE tea private on")
    assert gus.heard()[-2:] == ["INFO you have been sent out of tea", "INFO left room tea"]
    assert "INFO you have been sent out of tea" in lou.heard()
    hush(alice, carol)
    carol.says("ROOMS", "WHO tea").hears(
        *("ROOM hall 2", "ROOM lobby 1", "INFO 2 rooms open"),
        "ERROR there is no room tea: ROOMS lists what there is",
    )
    alice.says("INVITE tea carol").hears("INFO carol is invited to tea")
    assert carol.heard()[-1] == "INFO alice invites you to tea: JOIN tea"
    carol.says("JOIN tea", "HISTORY tea 1")
    heard = carol.heard()
    assert heard[0] == "INFO joined room tea"
    assert heard[1].endswith("alice secret")
    bob.says("JOIN tea", "WHO tea").hears("OK", "USER alice", "USER carol", "USER bob")
    alice.says("INVITE tea carol off")
    assert carol.heard()[-2:] == ["INFO you have been sent out of tea", "INFO left room tea"]


def test_a_private_room_is_opened_again() -> None:
    """Who has come to another one of that name meanwhile has to go."""
    town, alice = claimed()
    alice.says("MSG tea secret", "MODE tea private on")
    gus = town.rooms("gus").says("MSG tea hello").hears("MSG tea gus hello")
    hush(alice)
    alice.says("MODE tea private off").hears("INFO tea is private off")
    gus.hears(
        "INFO you have been sent out of tea: JOIN tea is another room now", "INFO left room tea"
    )
    gus.says("JOIN tea", "HISTORY tea").hears(
        "INFO joined room tea",
        "HISTORY tea 1 2026-01-01T12:00:00.000Z alice secret",
        "INFO 1 message from tea",
    )


def test_a_private_room_that_was_given_back_is_shut_for_good() -> None:
    """UNCLAIM: nobody reads in it again, not even who has owned it."""
    _, alice = claimed()
    alice.says("MSG tea secret", "MODE tea private on", "UNCLAIM tea")
    assert "INFO left room tea" in alice.heard()
    alice.says("JOIN tea", "HISTORY tea", "CLAIM tea").hears(
        "INFO joined room tea", "INFO 0 messages from tea", "INFO tea is yours"
    )


def test_whoever_moderates_a_private_room_no_longer_stays_invited() -> None:
    """MODERATOR off is no INVITE off."""
    town, alice = claimed("bob")
    bob = town.rooms("bob")
    alice.says("MODE tea private on", "MODERATOR tea bob off")
    hush(bob)
    bob.says("MSG tea here", "KICK alice").hears("MSG tea bob here", NOT_ALLOWED.format("alice"))


def test_an_invitation_to_somebody_who_is_away() -> None:
    """It holds when it comes."""
    town, alice = claimed()
    town.register("carol")
    alice.says("MODE tea private on", "INVITE tea carol", "MSG tea welcome")
    town.rooms("carol", "tea").says("WHO tea").hears(
        "USER alice", "USER carol", "INFO 2 users in tea"
    )


@pytest.mark.parametrize("style", ["rooms", "login"])
def test_what_one_may_is_what_help_shows(style: str) -> None:
    """A guest is not shown what accounts, moderators and operators do; HELP <verb> says who may."""
    town, _ = claimed("bob", operators=("op",))
    people = {
        name: (town.rooms if style == "rooms" else town.login)(name, "tea")
        for name in ("gus", "bob", "op")
    }
    shown = {
        name: {line.split()[1] for line in person.says("HELP").heard() if line.startswith("INFO ")}
        for name, person in people.items()
    }
    assert not {"CLAIM", "KICK", "ANNOUNCE", "RAID"} & shown["gus"]
    assert {"TOPIC", "UNSAY", "EDIT"} <= shown["gus"]
    assert {"CLAIM", "KICK", "RAID"} <= shown["bob"]
    assert "ANNOUNCE" not in shown["bob"]
    assert {"CLAIM", "KICK", "ANNOUNCE"} <= shown["op"]
    assert people["gus"].says("HELP KICK").heard()[-1].endswith("(for moderators)")


def test_reasons_are_cut() -> None:
    """A sentence is kept of them, and told."""
    town, alice = claimed()
    gus = town.rooms("gus")
    alice.says("KICK gus " + "x" * 1000)
    gus.hears(
        f"INFO alice has sent you out of tea: {'x' * REASON_CHARACTERS}", "INFO left room tea"
    )
