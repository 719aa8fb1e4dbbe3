"""Nobody undoes what somebody higher has decided, nor what is against themselves, whichever verb
does it."""

from __future__ import annotations

import pytest

from tests.accounts.owning import PASSWORD
from tests.moderation.town import Town, claimed, hush
from tests.people import Visitor

ABOVE = "ERROR {} has decided that, and who is less does not undo it: ask {}"
OWN = "ERROR that is against yourself, and only others undo it: ask {}"


def hears_refusal(visitor: Visitor, lines: list[str], by: str, ask: str) -> None:
    """All of these are refused, as somebody higher has decided that."""
    for line in lines:
        assert (line, visitor.says(line).heard()) == (line, [ABOVE.format(by, ask)])


def test_whoever_claims_a_room_undoes_nothing_that_was_decided_over_it() -> None:
    """Nor is shown it, or why: sanctions, and what was hidden. To give the room back undoes nothing
    either, nor to give it to somebody else."""
    town = Town("carol", "dora", operators=("oscar",), ago=1)
    oscar, eve = town.rooms("oscar"), town.rooms("eve", host="192.0.2.7")
    eve.says("MSG tea rude")
    oscar.says("TOPIC tea calm", "RAID tea on", "HIDE tea eve 1h", "MUTE tea 192.0.2.7 9h secret")
    oscar.says("BAN tea @eve", "BAN tea pest 1h secret", "MUTE tea eve")
    town.passes(1)
    carol, dora = town.rooms("carol"), town.rooms("dora")
    carol.heard()
    carol.says("CLAIM tea").hears("INFO tea is yours")
    carol.says("MODERATOR tea dora on")
    hush(carol, dora, oscar)
    undoing = [
        *("UNHIDE tea eve", "UNHIDE tea *", "UNMUTE tea 192.0.2.7", "UNBAN tea @eve"),
        *("UNBAN tea pest", "BAN tea pest 1s", "MUTE tea eve 1s", "MUTE tea 192.0.2.7 1s"),
        *("RAID tea off", "RAID tea on 1s", "TOPIC tea rude", "TOPIC tea -"),
    ]
    for visitor in (carol, dora):
        hears_refusal(visitor, undoing, "oscar", "oscar")
        visitor.says("BANS tea", "MUTES tea", "AUDIT tea", "EARLIER tea 1")
        told = "".join(visitor.heard())
        assert "secret" not in told
        assert "eve" not in told
    carol.says("UNCLAIM tea", "HISTORY tea").hears(
        "INFO tea is nobody's any more", "INFO 0 messages from tea"
    )
    carol.says("CLAIM tea", "GIVE tea dora")
    dora.says("CLAIM tea")
    hush(carol, dora)
    hears_refusal(dora, undoing, "oscar", "oscar")
    oscar.heard()
    bans = oscar.says("BANS tea").heard()
    assert sorted(line.split()[2] for line in bans[:-1]) == ["@eve", "pest"]
    assert oscar.says("UNHIDE tea eve").heard() == ["INFO 1 message shown again in tea"]
    oscar.says("TOPIC tea -", "RAID tea off", "UNBAN tea pest").heard()
    carol.says("TOPIC tea mine").heard()
    assert dora.says("TOPIC tea").heard()[-1] == "TOPIC tea mine"


def test_nobody_gets_rid_of_what_is_against_themselves() -> None:
    """Not by giving back the room, not as its moderator, and an operator not either."""
    town, alice = claimed("bob", operators=("oscar", "olga"))
    oscar, bob = town.rooms("oscar"), town.rooms("bob")
    bob.says("MSG tea rude")
    oscar.says("HIDE tea bob 1h", "MUTE tea bob")
    oscar.says("MUTE tea alice")
    hush(alice, bob, oscar)
    bob.says("UNHIDE tea bob", "UNHIDE tea *", "UNMUTE tea bob")
    bob.hears(OWN.format("alice"), OWN.format("alice"), OWN.format("oscar, olga"))
    assert bob.says("MSG tea x").heard()[0].endswith("ask oscar, olga")
    alice.says("UNMUTE tea alice").hears(OWN.format("oscar, olga"))
    alice.says("UNCLAIM tea", "MSG tea hm", "CLAIM tea").heard()
    assert alice.says("MSG tea hm").heard()[0].startswith("ERROR you are muted in tea")
    oscar.says("CLAIM tea", "UNCLAIM tea", "MUTES tea").heard()


def test_in_a_room_its_owner_is_above_its_moderators() -> None:
    """These undo what one another does, but for what the owner has done; who has done it, may, also
    when they are less by now, and the next owner may as well."""
    town, alice = claimed("bob", "carol")
    bob, carol, eve = town.rooms("bob"), town.rooms("carol"), town.rooms("eve")
    eve.says("MSG tea one")
    bob.says("HIDE tea eve 1h", "MUTE tea eve 1h").heard()
    carol.says("UNHIDE tea eve", "UNMUTE tea eve")
    assert [line for line in carol.heard() if "ERROR" in line] == []
    bob.says("HIDE tea eve 1h", "MUTE tea eve 1h").heard()
    alice.says("HIDE tea eve 1h", "MUTE tea eve 2h", "RAID tea on", "TOPIC tea cups").heard()
    hush(bob, carol)
    undoing = ["UNHIDE tea eve", "UNMUTE tea eve", "MUTE tea eve 1s", "RAID tea off"]
    hears_refusal(bob, undoing, "alice", "alice")
    bob.says("TOPIC tea saucers").hears("INFO topic of tea set")
    alice.says("GIVE tea carol").heard()
    carol.says("CLAIM tea").heard()
    alice.heard()
    alice.says("RAID tea off").hears("INFO raid off in tea")
    carol.heard()
    carol.says("UNHIDE tea eve", "UNMUTE tea eve")
    assert not [line for line in carol.heard() if line.startswith("ERROR")]


def test_an_operator_s_modes_and_moderators_stay() -> None:
    """Set by an operator they are not the owner's to set otherwise: either way; also after the room
    was given back and claimed anew."""
    town, alice = claimed("bob", "carol", operators=("oscar",))
    oscar = town.rooms("oscar")
    oscar.says("MODE tea slow 30", "MODE tea moderated on", "MODE tea registered off")
    oscar.says("MODERATOR tea bob off", "MODERATOR tea carol off", "MODERATOR tea carol on")
    oscar.heard()
    hush(alice)
    undoing = [
        *("MODE tea slow off", "MODE tea slow 29", "MODE tea moderated off"),
        *("MODE tea registered on", "MODERATOR tea bob on", "MODERATOR tea carol off"),
    ]
    hears_refusal(alice, undoing, "oscar", "oscar")
    alice.says("MODE tea moderated on", "MODE tea private on")
    assert "INFO tea is private on" in alice.heard()
    alice.says("MODE tea private off", "UNCLAIM tea", "CLAIM tea").heard()
    alice.says("MODE tea").hears(
        "MODE tea private=off moderated=on registered=off slow=30 raid=off"
    )
    hears_refusal(alice, undoing[:5], "oscar", "oscar")
    oscar.says("MODE tea moderated off", "MODE tea slow off").heard()
    alice.says("MODE tea private on").hears("INFO tea is private on")


def test_what_is_hidden_is_not_let_through_by_somebody_lower() -> None:
    """Of what waits in a raid, too."""
    town, alice = claimed("bob")
    town.passes(3600)
    bob = town.rooms("bob")
    alice.says("RAID tea on")
    eve = town.rooms("eve").says("MSG tea pills")
    alice.says("HIDE tea eve 1h")
    hush(alice, bob, eve)
    hears_refusal(bob, ["LET tea eve", "UNHIDE tea eve"], "alice", "alice")
    alice.says("UNHIDE tea eve").hears("INFO 0 messages shown again in tea")
    bob.says("LET tea eve")
    eve.hears("MSG tea eve pills")


def test_a_range_that_an_operator_bans_holds_for_whoever_claims_the_room() -> None:
    """Or anybody would get round it by that; one of the owner's locks no moderator out."""
    town = Town("eve", "bob", operators=("oscar",), ago=1)
    oscar = town.rooms("oscar")
    eve = town.rooms("eve", host="198.51.100.1").says("CLAIM tea", "MODERATOR tea bob on")
    eve.says("BAN tea 203.0.113.0/24").heard()
    oscar.says("BAN tea 192.0.2.0/24").heard()
    eve.vanishes()
    again = town.stranger("192.0.2.7").says(f"AUTH eve {PASSWORD}", "JOIN tea")
    assert again.heard()[-1].startswith("ERROR you are banned from tea")
    town.rooms("bob", "tea", host="203.0.113.1")


@pytest.mark.parametrize("by", ["alice", "bob"])
def test_who_is_nothing_any_more_has_decided_as_what_they_were(by: str) -> None:
    """An operator who is none by now, or an owner who has given the room away."""
    town, alice = claimed("bob", "carol")
    deciding = town.rooms("bob") if by == "bob" else alice
    eve = town.rooms("eve").says("MSG tea x")
    deciding.says("MUTE tea eve", "HIDE tea eve 1h").heard()
    hush(alice, eve)
    alice.says("GIVE tea carol")
    carol = town.rooms("carol").says("CLAIM tea")
    carol.says(f"MODERATOR tea {by} off", "MODERATOR tea bob on").heard()
    bob = town.rooms("bob") if by == "alice" else deciding
    hush(bob)
    bob.says("UNMUTE tea eve", "UNHIDE tea eve")
    refused = [ABOVE.format("alice", "carol")] * 2
    done = ["INFO eve is not muted in tea any more", "INFO 1 message shown again in tea"]
    bob.hears(*(refused if by == "alice" else done))


def test_whom_an_operator_has_dismissed_does_not_own_the_room() -> None:
    """Not by what was given to them before, nor once the room is nobody's."""
    town = Town("carol", "dora", operators=("oscar",))
    carol, dora, oscar = town.rooms("carol"), town.rooms("dora"), town.rooms("oscar")
    carol.says("CLAIM tea", "MODERATOR tea dora on", "GIVE tea dora")
    oscar.says("MODERATOR tea dora off")
    hush(carol, dora, oscar)
    hears_refusal(dora, ["CLAIM tea"], "oscar", "oscar")
    carol.says("UNCLAIM tea").hears("INFO tea is nobody's any more")
    hears_refusal(dora, ["CLAIM tea"], "oscar", "oscar")
    oscar.says("CLAIM tea", "GIVE tea dora").heard()
    dora.heard()
    dora.says("CLAIM tea")
    assert "INFO tea is yours" in dora.heard()


def test_what_an_operator_has_given_or_whom_it_has_appointed_stays() -> None:
    """Nobody gets round it by giving the room to others, or back and claiming it again."""
    town = Town("carol", "dora", "frank", operators=("oscar",))
    carol, dora, oscar = town.rooms("carol"), town.rooms("dora"), town.rooms("oscar")
    town.rooms("frank")
    carol.says("CLAIM tea")
    oscar.says("MODERATOR tea frank on")
    hush(carol, dora, oscar)
    hears_refusal(carol, ["UNCLAIM tea", "MODERATOR tea frank off"], "oscar", "oscar")
    oscar.says("MODERATOR tea frank off", "GIVE tea dora")
    hush(carol, dora, oscar)
    hears_refusal(carol, ["UNCLAIM tea", "GIVE tea carol", "GIVE tea frank"], "oscar", "oscar")
    dora.says("CLAIM tea").heard()
    dora.says("GIVE tea carol").hears("INFO tea is given to carol, who has to CLAIM it")


def test_what_nobody_can_take_any_more_is_given_to_nobody() -> None:
    """Where an operator has given the room to an account that is gone, its owner may give it."""
    town = Town("carol", "dora", operators=("oscar",))
    carol, dora, oscar = town.rooms("carol"), town.rooms("dora"), town.rooms("oscar")
    carol.says("CLAIM tea")
    oscar.says("GIVE tea dora")
    dora.says(f"UNREGISTER {PASSWORD}")
    hush(carol, dora, oscar)
    heard = carol.says("GIVE tea carol").heard()
    assert heard[-1] == "INFO tea is given to nobody"
    carol.says("UNCLAIM tea").hears("INFO tea is nobody's any more")
