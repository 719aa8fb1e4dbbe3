"""People who are sent out, muted and banned, for a time or for good, by name or by address."""

from __future__ import annotations

import pytest

from chat.acts import allowance, discipline
from chat.vocabulary.limits import LISTED_SECONDS
from tests.accounts.owning import PASSWORD
from tests.accounts.setting import result
from tests.moderation.town import Town, claimed, hush

MUTED = "ERROR you are muted in tea{}: ask alice"
BANNED = "ERROR you are banned from tea{}: ask alice"
HERE = "INFO you are {}: go on with JOIN <room>, or LOGIN"


# --- sent out -------------------------------------------------------------------------------


def test_whoever_is_sent_out_may_come_back() -> None:
    """KICK; it hears by whom and why, the others that it has left."""
    town, alice = claimed()
    gus, lou = town.rooms("gus"), town.login("lou")
    hush(alice, gus)
    alice.says("KICK gus shouting").hears("INFO gus left tea", "INFO gus is out of tea")
    gus.hears("INFO alice has sent you out of tea: shouting", "INFO left room tea")
    gus.says("MSG tea hm", "HISTORY tea", "JOIN tea")
    gus.hears(*["ERROR you are not in the room tea: JOIN it first"] * 2, "INFO joined room tea")
    lou.hears()


def test_whoever_has_one_room_is_in_the_lobby_then() -> None:
    """And hears what is said there, and speaks there."""
    town, alice = claimed()
    bob, lou = town.login("bob", "lobby"), town.login("lou")
    hush(alice)
    alice.says("KICK lou").hears("INFO lou left tea", "INFO lou is out of tea")
    lou.hears("INFO alice has sent you out of tea", "INFO you are in lobby now")
    lou.says("MSG hello", "WHO lobby").hears("USER bob", "USER lou")
    bob.hears("MSG lou hello").says("MSG hi")
    lou.hears("MSG bob hi")


def test_whoever_has_one_room_and_is_out_of_the_lobby_is_out() -> None:
    """There is nowhere else to be."""
    town = Town(operators=("op",))
    op, lou, gus = town.rooms("op", "lobby"), town.login("lou", "lobby"), town.rooms("gus", "lobby")
    hush(op, lou, gus)
    op.says("KICK lobby lou", "BAN lobby gus")
    op.hears(
        *("INFO lou left lobby", "INFO lou is out of lobby"),
        *("INFO gus left lobby", "INFO gus is banned from lobby for good"),
    )
    assert lou.hears_the_end() == ["INFO op has sent you out of lobby"]
    gus.hears(
        *("INFO lou left lobby", "INFO you are banned from lobby: ask op", "INFO left room lobby")
    )
    assert not gus.is_sent_away
    town.login("lou", "lobby").says("WHO lobby").hears("USER op", "USER lou")


def test_all_devices_of_an_account_are_sent_out() -> None:
    """Of either style; and it is not in the room again when it comes back by itself."""
    town, alice = claimed("bob")
    town.register("carol")
    phone, laptop, radio = town.rooms("carol"), town.stamped("carol", "tea"), town.login("carol")
    other = town.login("carol", "hall")
    hush(alice, phone, laptop, radio, other)
    alice.says("KICK carol bye").hears("INFO carol left tea", "INFO carol is out of tea")
    out = "INFO alice has sent you out of tea: bye"
    for device in (phone, laptop):
        assert device.heard() == [out, "INFO left room tea", "INFO joined room lobby"]
        device.says("MSG tea hm").hears("ERROR you are not in the room tea: JOIN it first")
    assert radio.heard()[0] == out
    other.hears().says("MSG still here")
    phone.hears("MSG hall carol still here")
    for device in (phone, laptop, radio, other):
        device.vanishes()
    tablet = town.stranger().says(f"AUTH carol {PASSWORD}", "JOIN lobby")
    tablet.hears(HERE.format("carol"), "INFO joined room lobby")
    tablet.says("WHO tea").hears("USER alice", "INFO 1 user in tea")


def test_all_from_an_address_are_sent_out() -> None:
    """But not who moderates the room, nor who says so, though they sit there as well."""
    town, alice = claimed("bob", "carol")
    bob = town.rooms("bob", host="192.0.2.7")
    town.rooms("carol", host="192.0.2.9")
    near, far = town.rooms("near", host="192.0.2.8"), town.login("far", host="192.0.3.8")
    hush(bob, near, alice)
    bob.says("KICK tea 192.0.2.0/24 all of you")
    bob.hears("INFO near left tea", "INFO 192.0.2.0/24 is out of tea")
    near.hears("INFO bob has sent you out of tea: all of you", "INFO left room tea")
    far.hears()
    alice.says("WHO tea").hears(
        *("INFO near left tea", "USER alice", "USER bob", "USER carol", "USER far"),
        "INFO 4 users in tea",
    )


def test_off_the_server() -> None:
    """KICK *: all its connections end, in whatever rooms and style it is; it may come back."""
    town = Town("carol", operators=("op",))
    op, phone, radio = town.rooms("op"), town.rooms("carol"), town.login("carol", "hall")
    hush(op)
    op.says("KICK * carol go home").hears("INFO carol left tea", "INFO carol is out of this server")
    for device in (phone, radio):
        assert device.hears_the_end()[-1] == "INFO op has sent you out of this server: go home"
    town.rooms("carol")


# --- muted ----------------------------------------------------------------------------------


def test_a_mute_ends_by_itself() -> None:
    """On the millisecond; until then one hears how long, why, and who could help."""
    town, alice = claimed()
    gus, lou = town.rooms("gus"), town.login("lou")
    hush(gus, alice)
    alice.says("MUTE tea gus 10m too loud", "MUTE lou 1h")
    hush(alice)
    town.passes(599.999)
    until = " until 2026-01-01 12:10:00 UTC (too loud)"
    gus.says("MSG tea hi", "EDIT tea 1 hi").hears(MUTED.format(until), MUTED.format(until))
    lou.says("MSG hi").hears("ERR muted tea")
    alice.says("MUTES").hears(
        "MUTE tea gus 2026-01-01T12:10:00.000Z alice too loud",
        "MUTE tea lou 2026-01-01T13:00:00.000Z alice",
        "INFO 2 mutes in tea",
    )
    town.passes(0.001)
    gus.says("MSG tea hi")
    for each in (gus, alice):
        each.hears("MSG tea gus hi")
    alice.says("MUTES").hears("MUTE tea lou 2026-01-01T13:00:00.000Z alice", "INFO 1 mute in tea")
    alice.says("UNMUTE gus").hears("ERROR gus is not on that list, so there is nothing to lift")
    lou.says("MSG hi").hears("MSG gus hi", "ERR muted tea")


def test_a_mute_is_replaced_by_another() -> None:
    """The last one holds: longer, shorter, or with another reason."""
    town, alice = claimed()
    gus = town.rooms("gus")
    alice.says("MUTE gus", "MUTE gus 10m", "MUTES")
    assert alice.heard()[-2:] == [
        "MUTE tea gus 2026-01-01T12:10:00.000Z alice",
        "INFO 1 mute in tea",
    ]
    town.passes(600)
    gus.says("MSG tea hi").hears("MSG tea gus hi")


def test_a_mute_is_for_the_room() -> None:
    """Elsewhere, and to one person, one may speak; one may read, and take back what one said."""
    town, alice = claimed()
    gus = town.rooms("gus", "tea", "hall").says("MSG tea hello")
    alice.says("MUTE gus")
    hush(gus, alice)
    gus.says("MSG hall hi", "DM alice hi", "HISTORY tea 1", "UNSAY tea")
    assert gus.heard() == [
        *("MSG hall gus hi", "HISTORY tea 1 2026-01-01T12:00:00.000Z gus hello"),
        *("INFO 1 message from tea", "INFO message 1 taken back"),
    ]
    alice.hears("DM gus hi")


def test_a_mute_is_not_got_round_by_coming_back() -> None:
    """Nor in another style, nor with other letters; another name helps, unless it is the address
    that is muted."""
    town, alice = claimed()
    gus = town.rooms("gus", host="192.0.2.7")
    alice.says("MUTE gus")
    gus.vanishes()
    town.login("GUS", host="192.0.2.7").says("MSG hi").hears("ERR muted tea")
    town.login("gus2", host="192.0.2.7").says("MSG hi").hears()
    alice.says("MUTE @gus2")
    town.login("gus3", host="192.0.2.7").says("MSG hi").hears("ERR muted tea")
    town.login("gus4", host="192.0.2.8").says("MSG hi").hears()
    hush(alice)
    alice.says("MUTES").hears(
        "MUTE tea gus - alice", "MUTE tea @gus2 - alice", "INFO 2 mutes in tea"
    )


def test_muted_on_the_server() -> None:
    """In all rooms, and to everybody alone, but for operators; the refusal says so."""
    town = Town("alice", operators=("op",))
    op, gus = town.rooms("op"), town.rooms("gus", "tea", "hall")
    lou = town.login("lou", "cellar")
    hush(op, gus)
    op.says("MUTE * gus 10m", "MUTE * lou").heard()
    muted = "ERROR you are muted on this server until 2026-01-01 12:10:00 UTC: ask op"
    gus.says("MSG tea hi", "MSG hall hi", "DM lou hi", "TOPIC hall hi").hears(*[muted] * 4)
    gus.says("DM op why?").hears()
    op.hears("DM gus why?")
    lou.says("MSG hi", "JOIN hall", "MSG hi").hears("ERR muted", "OK", "ERR muted")
    hush(gus)
    town.passes(600)
    gus.says("MSG tea hi").hears("MSG tea gus hi")
    lou.says("MSG hi").hears("ERR muted")
    op.says("UNMUTE * lou").hears("MSG tea gus hi", "INFO lou is not muted on this server any more")
    lou.says("MSG hi")
    gus.hears("MSG hall lou hi")


def test_a_muted_address_is_muted_as_long_as_one_is_there() -> None:
    """An account at two devices, one of them where it is muted, speaks when that one is gone."""
    town, alice = claimed()
    town.register("carol")
    phone, laptop = town.rooms("carol", host="192.0.2.7"), town.login("carol", host="203.0.113.7")
    alice.says("MUTE 192.0.2.0/24")
    laptop.says("MSG hi").hears("ERR muted tea")
    phone.vanishes()
    hush(alice)
    laptop.says("MSG hi").hears()
    alice.hears("MSG tea carol hi")
    town.rooms("carol", host="192.0.2.9")
    laptop.says("MSG hi").hears("ERR muted tea")


def test_a_list_is_as_long_as_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its own; what is lifted or over makes room."""
    monkeypatch.setattr(discipline, "SANCTIONS_PER_ROOM", 2)
    town, alice = claimed()
    full = "ERROR that list is full: take some from it first"
    alice.says("MUTE a", "MUTE b 10m", "MUTE c", "BAN c", "UNMUTE a", "MUTE c", "MUTE d")
    alice.hears(
        *(
            "INFO a is muted in tea for good",
            "INFO b is muted in tea for 10m",
            full,
            "INFO c is banned from tea for good",
        ),
        *("INFO a is not muted in tea any more", "INFO c is muted in tea for good", full),
    )
    alice.says("MUTE c 10m").hears("INFO c is muted in tea for 10m")  # what is there is replaced
    town.passes(600)
    result(town.factory.registry.load())
    alice.says("MUTE d").hears("INFO d is muted in tea for good")


def test_the_log_says_for_how_long_and_why() -> None:
    """Of each mute and ban."""
    _, alice = claimed()
    alice.says("MUTE gus", "MUTE gus 10m", "BAN gus rude", "BAN gus 10m too rude", "UNBAN gus")
    hush(alice)
    until = "until 2026-01-01T12:10:00.000Z"
    acts = [line.split(" ", 5)[5] for line in alice.says("AUDIT tea 5").heard()[:-1]]
    assert acts == [
        *("MUTE gus for good", f"MUTE gus {until}", "BAN gus for good: rude"),
        *(f"BAN gus {until}: too rude", "UNBAN gus"),
    ]


def test_a_moderator_does_not_lift_what_is_against_it() -> None:
    """Whoever is more does."""
    town, alice = claimed("bob")
    bob = town.rooms("bob")
    alice.says("MUTE bob")
    hush(alice, bob)
    bob.says("UNMUTE bob", "MSG tea hi")
    refused, muted = bob.heard()
    assert refused == "ERROR that is against yourself, and only others undo it: ask alice"
    assert muted.startswith("ERROR you are muted in tea")
    alice.says("UNMUTE bob").hears("INFO bob is not muted in tea any more")


# --- banned ---------------------------------------------------------------------------------


def test_a_ban_ends_by_itself() -> None:
    """Until then one can't come, see who is there, or ask for anything in the room."""
    town, alice = claimed()
    gus, lou = town.rooms("gus"), town.login("lou")
    hush(alice, gus)
    alice.says("BAN gus 10m rude", "BAN lou 10m")
    alice.hears(
        *("INFO gus left tea", "INFO gus is banned from tea for 10m"),
        *("INFO lou left tea", "INFO lou is banned from tea for 10m"),
    )
    why = " until 2026-01-01 12:10:00 UTC (rude)"
    told = BANNED.format(why).removeprefix("ERROR ")
    gus.hears(f"INFO {told}", "INFO left room tea")
    lou.heard()
    asked = ["JOIN tea", "WHO tea", "TOPIC tea", "MODE tea", "MODERATOR tea", "TOPIC tea x"]
    gus.says(*asked).hears(*[BANNED.format(why)] * len(asked))
    gus.says("HISTORY tea", "MSG tea hi")
    gus.hears(*["ERROR you are not in the room tea: JOIN it first"] * 2)
    lou.says("JOIN tea", "WHO tea", "WHO lobby").hears(*["ERR banned tea"] * 2, "USER lou")
    town.passes(600)
    gus.says("JOIN tea").hears("INFO joined room tea")
    lou.says("JOIN tea").hears("OK")


def test_who_is_banned_and_not_here_does_not_come() -> None:
    """By name, by the network, of either version; and who is banned by name is so in any style."""
    town, alice = claimed()
    alice.says("BAN gus", "BAN 192.0.2.0/24", "BAN 2001:db8::/32", "BAN ::ffff:198.51.100.0/120")
    heard = alice.heard()
    assert heard == [
        *("INFO gus is banned from tea for good", "INFO 192.0.2.0/24 is banned from tea for good"),
        *(
            "INFO 2001:db8::/32 is banned from tea for good",
            "INFO 198.51.100.0/24 is banned from tea for good",
        ),
    ]
    for name, host in [
        *(("gus", "203.0.113.1"), ("Gus", "203.0.113.1"), ("x", "192.0.2.255")),
        *(("x", "2001:db8::1"), ("x", "198.51.100.9"), ("x", "::ffff:192.0.2.1")),
    ]:
        town.stranger(host).says(f"JOIN tea {name}").hears(BANNED.format(""))
        lou = town.stranger(host).says(f"LOGIN {name}", "JOIN tea").hears("OK", "ERR banned tea")
        lou.vanishes()
    town.rooms("x", "tea", host="192.0.3.1")
    town.rooms("y", "tea", host="2001:db9::1")


def test_a_moderator_is_not_kept_out_by_an_address() -> None:
    """Whoever shares it with somebody who is banned; nor is the one who bans."""
    town, alice = claimed("bob")
    bob = town.rooms("bob", host="192.0.2.7")
    hush(alice)
    alice.says("BAN 192.0.2.0/24").hears("INFO 192.0.2.0/24 is banned from tea for good")
    bob.says("MSG tea hi")
    alice.hears("MSG tea bob hi")
    bob.vanishes()
    town.rooms("bob", host="192.0.2.7")


def test_a_remembered_room_from_which_one_is_banned() -> None:
    """An account that comes back is in its other rooms; when the ban is over, in that one too."""
    town, alice = claimed()
    town.register("carol")
    town.rooms("carol", "lobby", "tea", "hall").vanishes()
    alice.says("BAN carol 10m")

    def comes() -> list[str]:
        carol = town.stranger().says(f"AUTH carol {PASSWORD}", "JOIN lobby")
        heard = carol.heard()[1:]
        carol.vanishes()
        return heard

    assert comes() == ["INFO joined room lobby", "INFO joined room hall"]
    town.passes(600)
    assert comes() == ["INFO joined room lobby", "INFO joined room tea", "INFO joined room hall"]


def test_banned_from_the_lobby() -> None:
    """LOGIN leads there: it is refused, and one may go on in the other style."""
    town = Town("carol", operators=("op",))
    op = town.rooms("op", "lobby").says("BAN lobby gus", "BAN lobby carol 10m")
    hush(op)
    gus = town.stranger().says("LOGIN gus").hears("ERR banned lobby")
    gus.says("JOIN tea gus").hears("INFO joined room tea")
    town.stranger().says(f"LOGIN carol {PASSWORD}").hears("ERR banned lobby")
    carol = town.stranger().says(f"AUTH carol {PASSWORD}", "LOGIN")
    carol.hears(HERE.format("carol"), "ERR banned lobby")
    town.passes(600)
    town.stranger().says(f"LOGIN carol {PASSWORD}").hears("OK")
    op.hears("INFO carol joined lobby")


def test_in_login_style_leave_leads_nowhere_when_banned_from_the_lobby() -> None:
    """One stays where one is; and who is put out there as well is sent away."""
    town, alice = claimed(operators=("op",))
    op, lou = town.rooms("op", "hall"), town.login("lou")
    op.says("BAN lobby lou").hears(
        "INFO lou is banned from lobby for good"
    )  # though nobody is there
    hush(alice)
    lou.says("LEAVE", "MSG hi").hears("ERR banned lobby")
    alice.hears("MSG tea lou hi").says("BAN tea lou")
    heard = lou.hears_the_end()
    assert heard[0] == "INFO you are banned from tea: ask alice"


def test_banned_from_the_server() -> None:
    """All connections end; nobody comes with that name, or from there, until it is lifted."""
    town = Town("carol", operators=("op",))
    op, phone, radio = town.rooms("op"), town.rooms("carol"), town.login("carol", "hall")
    gus = town.rooms("gus", "tea", "hall", host="192.0.2.7")
    stranger = town.stranger("192.0.2.7")
    hush(op, phone, radio, gus)
    op.says("BAN * carol 10m spam", "BAN * @gus")
    op.hears(
        *("INFO carol left tea", "INFO carol is banned from this server for 10m"),
        *("INFO gus left tea", "INFO @gus is banned from this server for good"),
    )
    why = "you are banned from this server until 2026-01-01 12:10:00 UTC (spam): ask op"
    assert phone.hears_the_end()[-1] == f"ERROR {why}"
    assert radio.hears_the_end()[-1] == "ERR banned"
    assert gus.hears_the_end()[-1] == "ERROR you are banned from this server: ask op"
    stranger.says("LOGIN zoe").hears("ERR banned")
    stranger.says("JOIN tea zoe").hears("ERROR you are banned from this server: ask op")
    carol = town.stranger().says(f"LOGIN carol {PASSWORD}", f"AUTH carol {PASSWORD}", "JOIN tea")
    carol.hears("ERR banned", HERE.format("carol"), f"ERROR {why}")
    assert op.says("BANS *").heard()[-1] == "INFO 2 bans on this server"
    op.says("UNBAN * @gus").hears("INFO @gus is not banned from this server any more")
    stranger.says("LOGIN zoe").hears("OK")
    town.passes(600)
    town.rooms("carol")


def test_operators_are_above_that() -> None:
    """An address that is banned keeps none of them out, nor does a room's moderator."""
    town, alice = claimed(operators=("op",))
    op = town.rooms("op", host="192.0.2.7")
    hush(alice)
    alice.says("BAN 192.0.2.0/24").hears("INFO 192.0.2.0/24 is banned from tea for good")
    op.says("BAN * 192.0.2.0/24", "MODE tea moderated on", "MSG tea here", "MUTE alice 1m")
    assert op.heard()[-2:] == ["MSG tea op here", "INFO alice is muted in tea for 1m"]
    alice.says("MSG tea hm")
    until = " until 2026-01-01 12:01:00 UTC"
    assert alice.heard()[-1].startswith(MUTED.format(until).rpartition(":")[0])
    op.vanishes()
    town.rooms("op", host="192.0.2.7")


@pytest.mark.parametrize("verb", ["MUTE", "BAN"])
def test_where_somebody_comes_from_is_not_told(verb: str) -> None:
    """@gus: neither to whoever says it nor in the list nor in the log."""
    town, alice = claimed()
    town.rooms("gus", host="192.0.2.77")
    alice.says(f"{verb} @gus 1h", f"{verb}S", "AUDIT")
    told = alice.heard()
    assert len([line for line in told if "@gus" in line]) == 3
    assert not [line for line in told if "192.0.2" in line]


def test_a_device_from_where_one_is_banned() -> None:
    """An account whose second device comes from there has left the room: the address is its own
    now."""
    town, alice = claimed(operators=("op",))
    town.register("carol")
    laptop = town.rooms("carol", host="203.0.113.7")
    alice.says("BAN 192.0.2.0/24")
    hush(laptop, alice)
    town.stranger("192.0.2.7").says(f"AUTH carol {PASSWORD}", "JOIN hall")
    alice.hears("INFO carol left tea")
    assert "INFO left room tea" in laptop.heard()


def test_all_addresses_that_somebody_comes_from_are_meant() -> None:
    """Each once, as one act of each; and all are let in again by one word. Nobody is shown them,
    and nothing is done where there is not room for all."""
    town, alice = claimed()
    town.register("eve")
    hosts = ("192.0.2.1", "198.51.100.1", "198.51.100.1", "2001:db8::1", "2001:db8::2")
    eves = [town.rooms("eve", host=host) for host in hosts]
    hush(alice)
    alice.says("BAN @eve 1h flood").hears(
        "INFO eve left tea", "INFO @eve is banned from tea for 1h"
    )
    for host in hosts:
        assert (
            town.stranger(host).says("JOIN tea gus").heard()[0].startswith("ERROR you are banned")
        )
    assert all(eve.heard() for eve in eves)
    bans = alice.says("BANS").heard()
    assert [line.split()[2] for line in bans[:-1]] == ["@eve"] * 3
    assert not any(host in line for line in bans for host in hosts)
    alice.says("UNBAN @EVE", "BANS")
    alice.hears("INFO @eve is not banned from tea any more", "INFO 0 bans in tea")
    alice.says("UNBAN @eve").hears("ERROR @eve is not on that list, so there is nothing to lift")
    town.rooms("gus", host="2001:db8::3")


def test_there_is_room_for_all_of_them_or_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is as long as it may be."""
    monkeypatch.setattr(discipline, "SANCTIONS_PER_ROOM", 2)
    town, alice = claimed()
    town.register("eve")
    for host in ("192.0.2.1", "198.51.100.1", "203.0.113.1"):
        town.rooms("eve", host=host)
    hush(alice)
    alice.says("MUTE @eve", "MUTES")
    alice.hears("ERROR that list is full: take some from it first", "INFO 0 mutes in tea")


def test_one_address_lists_so_many_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Banned, muted, invited or made moderators, in all rooms together, whoever asks from there;
    others may go on, and so may operators."""
    monkeypatch.setattr(allowance, "LISTED_AT_ONCE", 3)
    town = Town("alice", "bob", "carol", "dan", operators=("op",))
    alice = town.rooms("alice", "tea", "jam", host="203.0.113.7")
    bob = town.rooms("bob", "hall", host="203.0.113.7")
    carol = town.rooms("carol", "den", host="203.0.113.8")
    op = town.rooms("op", "tea", host="203.0.113.7")
    for keeper, room in ((alice, "tea"), (alice, "jam"), (bob, "hall"), (carol, "den")):
        keeper.says(f"CLAIM {room}").heard()
    alice.says("BAN tea a", "MUTE jam b", "INVITE tea dan").heard()
    refused = "ERROR too many names were put on lists from where you are: wait a day"
    alice.says("MUTE tea c").hears(refused)
    bob.says("BAN hall a", "INVITE hall dan").hears(refused, refused)
    carol.says("BAN den a").hears("INFO a is banned from den for good")
    assert op.says("BAN tea d").heard()[-1] == "INFO d is banned from tea for good"
    town.passes(LISTED_SECONDS)
    bob.says("BAN hall a").hears("INFO a is banned from hall for good")


def test_each_address_counts_that_is_listed_with_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes from three is three names on the list."""
    monkeypatch.setattr(allowance, "LISTED_AT_ONCE", 3)
    town, alice = claimed()
    town.register("eve")
    for number in range(3):
        town.rooms("eve", host=f"192.0.2.{number}")
    hush(alice)
    alice.says("MUTE @eve").hears("INFO @eve is muted in tea for good")
    alice.says("MUTE gus").hears(
        "ERROR too many names were put on lists from where you are: wait a day"
    )
