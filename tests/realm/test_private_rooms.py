"""A private room can't be told from one that does not exist by whoever does not know of it, on no
path; and whoever has known of it once hears nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from msgspec.structs import replace

from chat.accounts.passwords import Hashing
from chat.history.account_records import Record
from chat.history.room_records import AuditEntry, Kept
from chat.vocabulary.limits import CLAIMS_PER_ACCOUNT
from chat.vocabulary.names import username
from chat.vocabulary.settings import Limits
from tests.accounts.owning import CHEAP, PASSWORD
from tests.chats import chat_with
from tests.people import Visitor
from tests.soaking import examples

OUT: Final = ("INFO you have been sent out of tea", "INFO left room tea")

INSIDERS: Final = ("alice", "bob")
"""Alice's is the private room tea, and bob is invited."""

OPERATOR: Final = "oscar"

ACCOUNTS: Final = (*INSIDERS, OPERATOR, "carol", "mallory", "lisa")

LIKE_TEA: Final = ("tea", "TEA", "#tea", "#Tea", "\uff54\uff45\uff41", "te\u200ba")
NOT_TEA: Final = ("t\u0435a", "tea\x1f1", "tea\x1f", "te\x07a", "tea/1", "##tea", "hall", "nook")
ROOMS: Final = st.sampled_from(["tea"] * 8 + [*LIKE_TEA, *NOT_TEA])
NAMES: Final = st.sampled_from(
    ["alice", "bob", "mallory", "gus", "lisa", "nobody", "@alice", "@gus", "10.0.0.0/8"]
)

COMMANDS: Final = (
    *("WHO {room}", "WHO", "ROOMS", "HELP", "JOIN {room}", "JOIN {room} {me}", "LEAVE {room}"),
    *("JOIN {room}", "MSG {room} hi", "MSG hi", "@t{n} MSG {room} hi", "@t{n} MSG hi"),
    *("DM {who} hi", "HISTORY {room}", "HISTORY {room} 9 AFTER {n}", "HISTORY {room} BEFORE {n}"),
    *("HISTORY", "SEARCH secret", "SEARCH hi", "SEARCH from:alice", "READ {room} {n}", "CATCHUP"),
    *("TOPIC {room}", "TOPIC {room} leaves", "TOPIC {room}", "TOPIC {room} -", "GIVE {room} {who}"),
    *("MODERATOR {room}", "MODERATOR {room} {who} on", "MODERATOR {room} {who} off"),
    *("MODE {room}", "MODE {room} private on", "MODE {room} private off"),
    *("MODE {room} registered on", "MODE {room} moderated off", "MODE {room} slow {n}"),
    *("INVITE {room}", "INVITE {room} {who}", "INVITE {room} {who} off", "UNCLAIM {room}"),
    *("KICK {room} {who}", "KICK {who}", "MUTE {room} {who}", "MUTE {who}", "UNMUTE {room} {who}"),
    *("MUTES {room}", "MUTES", "BAN {room} {who} 1h", "UNBAN {room} {who}", "BANS {room}", "BANS"),
    *("HIDE {room} {who} 1h", "HIDE {room} * 1h", "UNHIDE {room} {who}", "EARLIER {room} {n}"),
    *("UNSAY {room}", "UNSAY", "EDIT {room} {n} new", "EDIT {n} new", "RAID {room} on"),
    *("RAID {room} off", "HELD {room}", "LET {room} {who}", "LET {room} *", "CLAIM {room}"),
    *("AUDIT {room}", "AUDIT {room} 2", "AUDIT", "BANS *", "ANNOUNCE hi", "STAMPS on"),
    *("STAMPS off", f"REGISTER {PASSWORD}", "QUIT"),
)
"""All that a stranger can say, but for what makes an account another one."""

SECRETS: Final = (
    *(
        "MSG tea secret",
        "@t1 MSG tea secret",
        "MSG tea hi mallory",
        "TOPIC tea secret",
        "UNSAY tea",
    ),
    *("EDIT tea {n} secret", "MODE tea moderated on", "MODE tea registered on", "MODE tea slow 5"),
    *("MODE tea slow off", "RAID tea on", "RAID tea off", "BAN tea {who}", "BAN tea @gus 1h"),
    *("BAN tea 10.0.0.0/8", "UNBAN tea {who}", "MUTE tea {who}", "KICK tea {who}", "LET tea *"),
    *("HIDE tea * 1h", "HIDE tea bob 1h", "UNHIDE tea bob", "INVITE tea bob", "LEAVE tea"),
    *("MODERATOR tea bob on", "MODERATOR tea bob off", "GIVE tea bob", "JOIN tea", "CATCHUP"),
    *("READ tea {n}", "AUDIT tea", "INVITE tea bob off", "STAMPS on"),
)
"""What those who know the private room do in it, or for it."""


class World:
    """A chat where the time is what the test says, and every person has a name."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0
        self.factory = chat_with(
            hashing=Hashing(hasher=CHEAP),
            now=lambda: self.now,
            takes_plaintext=True,
            operators=[OPERATOR],
            limits=Limits(rate=0),
        )
        self.people: dict[str, Visitor] = {}
        self.hello: dict[str, tuple[str, ...]] = {}
        for name in ACCOUNTS:
            self.now += 1
            at = int(self.now * 1000)
            self.factory.directory.create(username(name), CHEAP.hash(PASSWORD), at)

    def come(self, who: str, *hello: str) -> Visitor:
        """Somebody is at a connection, in place of the one where it was, and says that; the next
        time as well."""
        self.go(who)
        self.hello[who] = hello or self.hello[who]
        visitor = self.people[who] = Visitor(self.factory, f"10.0.0.{len(who)}")
        return visitor.says(*self.hello[who])

    def go(self, who: str) -> None:
        """It is gone."""
        if (gone := self.people.pop(who, None)) is not None:
            gone.vanishes()

    def in_rooms(self, who: str, *rooms: str) -> Visitor:
        """An account comes to these rooms, and has heard that."""
        visitor = self.come(who, f"AUTH {who} {PASSWORD}", *(f"JOIN {room}" for room in rooms))
        assert visitor.heard()
        return visitor

    def knows(self, who: str) -> bool:
        """Whether that account means the private room by its name."""
        user = self.factory.users.get(who)
        return user is not None and self.factory.realm.rooms.named(user, "tea").key == "tea"

    def change_elsewhere(self, change: Callable[[Kept], Kept]) -> None:
        """Another server changes what is kept of tea, and this one has not looked yet."""
        kept = self.factory.registry.kept("tea")
        self.factory.realm.store.moderation.keep(
            change(kept), AuditEntry(0, "tea", "tea", "elsewhere", "MODE")
        )


def with_room(*others: str) -> World:
    """A world where alice and bob are in the private room, and have said something there. They are
    in the others as well."""
    world = World()
    alice = world.in_rooms("alice", *others, "tea")
    alice.says("CLAIM tea", "MODE tea private on", "INVITE tea bob")
    bob = world.in_rooms("bob", *others, "tea").says("MSG tea secret mallory")
    alice.says("MSG tea secret gus")
    assert bob.heard()[-1] == "MSG tea alice secret gus"
    alice.heard()
    return world


class Stranger(NamedTuple):
    """Somebody who does not know of the room, and how it comes."""

    name: str
    hello: tuple[str, ...]


MALLORY: Final = Stranger("mallory", (f"AUTH mallory {PASSWORD}", "JOIN hall"))
LISA: Final = Stranger("lisa", (f"LOGIN lisa {PASSWORD}",))
GUS: Final = Stranger("gus", ("JOIN hall gus", "STAMPS on"))
STRANGERS: Final = (MALLORY, LISA, GUS)


class Worlds(RuleBasedStateMachine):
    """In one world alice has a private room, in the other one there is none: what strangers hear
    is the same, byte by byte, whatever they say and whatever is done in the room."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = self.worlds = World(), World()
        self.transcript: list[str] = []

    @initialize()
    def alice_has_a_room(self) -> None:
        for who in INSIDERS:
            for world in self.worlds:
                world.in_rooms(who, "hall")
        for line in ("JOIN tea", "CLAIM tea", "MODE tea private on", "INVITE tea bob"):
            self.inside("alice", line, is_sure=True)
        self.inside("bob", "JOIN tea", is_sure=True)
        self.inside("alice", "MSG tea secret", is_sure=True)
        assert self.one.people["bob"].heard()[-1] == "MSG tea alice secret"
        for stranger in STRANGERS:
            self.a_stranger_comes(stranger)

    def inside(self, who: str, line: str, is_sure: bool = False) -> None:
        """Somebody who knows the room does something there, where it is."""
        self.pass_time()
        if is_sure or self.one.knows(who):
            self.transcript.append(f"{who}: {line}")
            self.one.people[who].says(line)
        self.compare()

    def outside(self, who: Stranger, line: str) -> None:
        """A stranger says something, in either world."""
        self.pass_time()
        self.transcript.append(f"{who.name}: {line}")
        for world in self.worlds:
            world.people[who.name].says(line)
        self.compare()
        if self.one.people[who.name].is_sent_away:
            self.a_stranger_comes(who)

    def pass_time(self) -> None:
        for world in self.worlds:
            world.now += 1

    def compare(self) -> None:
        """All strangers have heard the same in both worlds."""
        for stranger in STRANGERS:
            pair = [world.people.get(stranger.name) for world in self.worlds]
            heard = [visitor.heard() if visitor else [] for visitor in pair]
            assert heard[0] == heard[1], self.transcript

    @rule(who=st.sampled_from(STRANGERS))
    def a_stranger_comes(self, who: Stranger) -> None:
        self.pass_time()
        for world in self.worlds:
            world.come(who.name, *who.hello)
        self.compare()

    @rule(
        who=st.sampled_from([MALLORY, *STRANGERS]),
        command=st.sampled_from(COMMANDS),
        room=ROOMS,
        name=NAMES,
        number=st.integers(1, 9),
    )
    def a_stranger_says(
        self, who: Stranger, command: str, room: str, name: str, number: int
    ) -> None:
        self.outside(who, command.format(room=room, who=name, me=who.name, n=number))

    @rule()
    def a_stranger_keeps_a_room_of_that_name(self) -> None:
        for line in ("JOIN tea", "CLAIM tea", "AUDIT tea"):
            self.outside(MALLORY, line)

    @rule(
        who=st.sampled_from(INSIDERS),
        command=st.sampled_from(SECRETS),
        name=NAMES,
        number=st.integers(1, 9),
    )
    def something_is_done_inside(self, who: str, command: str, name: str, number: int) -> None:
        self.inside(who, command.format(who=name, n=number))

    @rule(sure=st.integers(0, 9))
    def the_room_is_given_back(self, sure: int) -> None:
        if not sure:
            self.inside("alice", "UNCLAIM tea")

    @rule(who=st.sampled_from(INSIDERS))
    def an_insider_comes_back(self, who: str) -> None:
        self.pass_time()
        for world in self.worlds:
            world.in_rooms(who, "hall")
        self.compare()


TestWorlds = Worlds.TestCase
TestWorlds.settings = settings(max_examples=examples(50))


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: stranger.name)
@pytest.mark.parametrize("before", [(), ("JOIN tea",), ("JOIN tea", "CLAIM tea")], ids=len)
@pytest.mark.parametrize("room", ["tea", "#TEA"])
def test_every_command_is_answered_as_if_there_were_no_room(
    stranger: Stranger, before: tuple[str, ...], room: str
) -> None:
    """In the same words, whoever asks, in or out of the room that is there for everyone."""
    worlds = with_room("hall"), World()
    for who in INSIDERS:
        worlds[1].in_rooms(who, "hall")
    heard: list[list[str]] = []
    for world in worlds:
        world.now = 1_800_000_000
        visitor = world.come(stranger.name, *stranger.hello).says(*before)
        for command in COMMANDS[:-1]:
            visitor.says(command.format(room=room, who="alice", me=stranger.name, n=1))
        heard.append(visitor.heard())
    assert heard[0] == heard[1]


def test_a_search_calls_the_room_for_everyone_by_its_present_name() -> None:
    """Where a private room has that name just as where none has."""
    mallory = with_room().in_rooms("mallory", "hall")
    mallory.says("JOIN tea", "MSG tea hi", "LEAVE tea", "JOIN Tea").heard()
    assert " Tea " in mallory.says("SEARCH hi").heard()[0]


def test_the_numbers_of_the_log_do_not_tell_of_what_is_done_elsewhere() -> None:
    """Whoever keeps a room of its own sees no holes where others did something."""
    logs = []
    for world in (with_room(), World()):
        world.now = 1_800_000_000
        mallory = world.in_rooms("mallory", "hall").says("CLAIM hall")
        if "alice" in world.people:
            world.people["alice"].says("TOPIC tea secret", "MUTE tea gus")
        mallory.says("TOPIC hall us").heard()
        logs.append(mallory.says("AUDIT hall").heard())
    assert logs[0] == logs[1]


def test_giving_does_not_tell_how_many_rooms_somebody_has() -> None:
    """Whom one gives rooms to may have as many as if it had no private one."""
    given = []
    for world in (with_room(), World()):
        mallory = world.in_rooms("mallory", "hall")
        for number in range(CLAIMS_PER_ACCOUNT + 1):
            room = f"gift{number}"
            mallory.says(f"JOIN {room}", f"CLAIM {room}", f"GIVE {room} alice", f"LEAVE {room}")
        given.append(mallory.heard())
    assert given[0] == given[1]


@pytest.mark.parametrize("line", ["INVITE tea bob off", "KICK tea bob", "BAN tea bob"])
def test_whoever_is_out_hears_nothing(line: str) -> None:
    """On no path: live, history, search, marks, the topic, those who are there."""
    world = with_room()
    alice, bob = world.people["alice"], world.people["bob"]
    bob.says("STAMPS on")
    alice.says(line)
    if line.startswith("KICK"):
        alice.says("INVITE tea bob off")
    bob.heard()
    alice.says(
        "MSG tea more", "TOPIC tea more", "MODE tea slow 3", "UNSAY tea", "MSG tea bob: more"
    )
    assert bob.heard() == []
    bob.says("HISTORY tea", "SEARCH more", "SEARCH secret", "READ tea 1", "CATCHUP", "UNSAY tea")
    bob.says("EDIT tea 1 x", "MSG tea hi", "@t1 MSG tea hi", "MUTES tea", "ROOMS")
    heard = "\n".join(bob.heard())
    assert "more" not in heard
    assert "secret" not in heard
    assert "ROOM tea" not in heard
    assert not any(line.startswith(("HISTORY", "CATCHUP")) for line in heard.splitlines())
    assert alice.heard()[-1] != "MSG tea bob hi"


@pytest.mark.parametrize(
    "lines",
    [("INVITE tea bob off",), ("BAN tea bob",), ("UNCLAIM tea",)],
    ids=["uninvited", "banned", "given back"],
)
def test_who_lost_the_room_while_away_does_not_find_it(lines: tuple[str, ...]) -> None:
    """It is not there again by itself, and is not told how much was said."""
    world = with_room()
    world.go("bob")
    world.people["alice"].says("MSG tea hi bob, secret", *lines)
    bob = world.come("bob", f"AUTH bob {PASSWORD}", "JOIN hall")
    bob.hears("INFO you are bob: go on with JOIN <room>, or LOGIN", "INFO joined room hall")
    bob.says("CATCHUP", "ROOMS").hears("INFO 0 rooms unread", "ROOM hall 1", "INFO 1 room open")
    bob.says("READ tea 9", "HISTORY tea", "SEARCH secret", "LEAVE tea")
    assert not any("9" in line or "secret" in line for line in bob.heard())


def test_a_room_that_became_private_while_one_was_away() -> None:
    """Whoever was in it is not in it again; by its name it finds another room, from 1 on."""
    world = World()
    alice = world.in_rooms("alice", "tea").says("CLAIM tea")
    world.in_rooms("mallory", "tea").says("STAMPS on").heard()
    alice.says("MSG tea known")
    world.go("mallory")
    alice.says("MODE tea private on", "MSG tea hi mallory, secret")
    mallory = world.come("mallory", f"AUTH mallory {PASSWORD}", "JOIN hall", "STAMPS on")
    assert "INFO joined room tea" not in mallory.heard()
    mallory.says("CATCHUP", "SEARCH secret", "SEARCH known")
    mallory.hears("INFO 0 rooms unread", "INFO 0 messages found", "INFO 0 messages found")
    mallory.says("JOIN tea", "HISTORY tea", "MSG tea hi")
    *_, history, said = mallory.heard()
    assert history == "INFO 0 messages from tea"
    assert said.startswith("@1 ")


def test_while_a_room_is_private_strangers_are_out() -> None:
    """Off and on again: those who came meanwhile are out, and hear nothing of what is said."""
    world = with_room()
    alice = world.people["alice"].says("MODE tea private off")
    mallory = world.in_rooms("mallory", "tea")
    gus = world.come("gus", "LOGIN gus", "JOIN tea").hears("OK", "OK")
    alice.says("MODE tea private on", "MSG tea secret")
    assert mallory.heard()[-2:] == list(OUT)
    assert gus.heard()[0] == OUT[0]
    gus.says("WHO lobby").hears("USER gus")
    alice.says("MODE tea private off", "MODE tea private on", "MSG tea secret")
    mallory.hears()
    gus.hears()


def test_a_room_that_is_given_back_is_shut_for_good() -> None:
    """Its name means another room, also to whoever has owned it: nobody reads the old one."""
    world = with_room()
    alice, bob = world.people["alice"], world.people["bob"]
    alice.says("UNCLAIM tea").hears(*OUT, "INFO tea is nobody's any more")
    bob.hears("INFO alice left tea", *OUT)
    mallory = world.in_rooms("mallory", "tea").says("CLAIM tea", "HISTORY tea", "EARLIER tea 1")
    mallory.hears("INFO tea is yours", "INFO 0 messages from tea", "INFO 0 texts of message 1")
    for visitor in (alice, bob):
        visitor.says("JOIN tea", "HISTORY tea", "SEARCH secret")
        assert visitor.heard()[1:] == ["INFO 0 messages from tea", "INFO 0 messages found"]
    mallory.says("MODE tea private on", "MODE tea private off", "UNCLAIM tea", "CLAIM tea")
    mallory.heard()
    mallory.says("HISTORY tea", "SEARCH secret")
    mallory.hears("INFO 0 messages from tea", "INFO 0 messages found")


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_a_name_registered_anew_is_somebody_else(who: str) -> None:
    """Whoever has the name of an owner, a moderator or of somebody who was invited holds
    nothing."""
    world = with_room()
    world.people["alice"].says("INVITE tea carol", "MODERATOR tea bob on").heard()
    visitor = world.people.get(who) or world.in_rooms(who, "tea")
    visitor.says(f"UNREGISTER {PASSWORD}")
    assert list(OUT) == visitor.heard()[-2:]
    world.go(who)
    world.now += 60
    visitor = world.come(who, f"JOIN hall {who}", f"REGISTER {PASSWORD}")
    visitor.says("ROOMS", "WHO tea", "JOIN tea", "HISTORY tea", "MODERATOR tea", "SEARCH secret")
    visitor.hears(
        *("INFO joined room hall", f"INFO registered {who}", "ROOM hall 1", "INFO 1 room open"),
        "ERROR there is no room tea: ROOMS lists what there is",
        *("INFO joined room tea", "INFO 0 messages from tea", "INFO 0 names in tea"),
        "INFO 0 messages found",
    )


def test_the_name_of_somebody_invited_is_not_enough() -> None:
    """Without its password nobody comes in under it, and hears no more than of any other name."""
    world = with_room()
    world.go("bob")
    visitor = Visitor(world.factory).says("JOIN tea bob", "JOIN coffee bob")
    one, other = visitor.heard()
    assert (
        one
        == other
        == ("ERROR that username is registered: AUTH <username> <password> comes first")
    )


def test_a_guest_that_registers_inside_the_other_room_stays_there() -> None:
    """Nothing of the private one comes with a new account."""
    world = with_room()
    gus = world.come("gus", "JOIN tea gus", f"REGISTER {PASSWORD}")
    world.people["alice"].says("MSG tea secret")
    gus.says("WHO tea", "HISTORY tea", "CATCHUP").hears(
        *("INFO joined room tea", "INFO registered gus", "USER gus", "INFO 1 user in tea"),
        *("INFO 0 messages from tea", "INFO 0 rooms unread"),
    )


def test_who_gives_the_room_away_may_be_sent_out() -> None:
    """The new owner decides: a former one is a stranger once it is nothing else."""
    world = with_room()
    alice, bob = world.people["alice"], world.people["bob"]
    alice.says("GIVE tea bob").heard()
    bob.says("CLAIM tea").heard()
    assert alice.heard() == ["INFO bob has taken tea: you moderate it"]
    bob.says("MODERATOR tea alice off", "INVITE tea alice off", "MSG tea secret").heard()
    assert alice.heard() == list(OUT)
    alice.says("MODE tea private off", "TOPIC tea mine", "HISTORY tea", "UNCLAIM tea")
    assert not any("secret" in line or "INFO" in line for line in alice.heard())
    assert world.factory.registry.kept("tea").is_private


def test_an_operator_is_a_stranger_as_long_as_it_is_not_invited() -> None:
    """What it moderates by that name is the room that everyone sees."""
    world = with_room()
    mallory = world.in_rooms("mallory", "tea")
    oscar = world.in_rooms(OPERATOR, "hall").says("ROOMS", "JOIN tea", "HISTORY tea", "WHO tea")
    assert "secret" not in "\n".join(oscar.heard())
    mallory.heard()
    oscar.says("KICK tea mallory")
    assert mallory.heard()[-1] == "INFO left room tea"
    assert world.people["alice"].heard() == []


def test_whoever_becomes_an_operator_hears_nothing_by_that() -> None:
    """Nor is anything left of it when it is none any more."""
    world = with_room()
    carol = world.in_rooms("carol", "tea")
    account = world.factory.directory.get("carol")
    assert account is not None
    for is_operator in (True, False):
        record = Record("carol", "carol", account.since, is_operator=is_operator)
        world.factory.directory._note(record)
        world.people["alice"].says("MSG tea secret")
        carol.says("HISTORY tea", "SEARCH secret", "WHO tea")
        carol.hears(
            *("INFO 0 messages from tea", "INFO 0 messages found"),
            *("USER carol", "INFO 1 user in tea"),
        )


def test_a_private_room_without_its_owner_is_still_one() -> None:
    """The owner's account is gone; those who are invited are there, and nobody else comes in."""
    world = with_room()
    world.people["alice"].says(f"UNREGISTER {PASSWORD}").heard()
    bob = world.people["bob"]
    bob.hears("INFO alice left tea").says("MSG tea secret").hears("MSG tea bob secret")
    mallory = world.in_rooms("mallory", "tea").says("CLAIM tea", "HISTORY tea")
    mallory.hears("INFO tea is yours", "INFO 0 messages from tea")
    bob.says("HISTORY tea").heard()
    mallory.says("MSG tea hi")
    bob.hears()


def two_rooms() -> World:
    """Alice's private room, and mallory's, of the same name; bob is invited to both, and was in
    alice's."""
    world = with_room()
    mallory = world.in_rooms("mallory", "tea")
    mallory.says("CLAIM tea", "MODE tea private on", "MODERATOR tea bob on").heard()
    return world


def test_two_private_rooms_of_one_name_have_nothing_in_common() -> None:
    """Each has its own members, messages, bans and log."""
    world = two_rooms()
    alice, mallory = world.people["alice"], world.people["mallory"]
    mallory.says("MSG tea mine", "BAN tea alice", "HIDE tea alice 1h", "KICK tea bob")
    alice.says("MSG tea ours", "HISTORY tea 1", "BANS tea", "WHO tea")
    assert [line for line in alice.heard() if "mine" in line or "mallory" in line] == []
    mallory.heard()
    mallory.says("HISTORY tea", "SEARCH secret", "SEARCH ours", "AUDIT tea", "MODERATOR tea")
    told = "\n".join(mallory.heard())
    assert "ours" not in told
    assert "secret" not in told
    assert "alice" not in told.replace("BAN alice", "").replace("HIDE alice", "")


@pytest.mark.parametrize("who", ["alice", "mallory"])
@pytest.mark.parametrize("is_away", [False, True])
def test_somebody_who_knows_two_means_the_one_it_was_in(who: str, is_away: bool) -> None:
    """Whatever is done to either room meanwhile: nobody is led into another one by its name."""
    world = two_rooms()
    if is_away:
        world.go("bob")
    world.people[who].says("TOPIC tea new", "MODE tea slow 1", "MODE tea slow off")
    bob = world.come("bob", f"AUTH bob {PASSWORD}", "JOIN hall", "JOIN tea")
    bob.heard()
    bob.says("WHO tea").hears("USER alice", "USER bob", "INFO 2 users in tea")


def test_an_invitation_leads_out_of_the_room_for_everyone() -> None:
    """Whoever is in the other room of that name, is invited and says JOIN speaks to those who have
    invited it, and to nobody else."""
    world = with_room()
    carol, mallory = world.in_rooms("carol", "tea"), world.in_rooms("mallory", "tea")
    alice = world.people["alice"].says("INVITE tea carol")
    carol.heard()
    carol.says("JOIN tea", "MSG tea secret", "MSG TEA secret", "WHO Tea")
    assert carol.heard()[-4:] == ["USER alice", "USER bob", "USER carol", "INFO 3 users in tea"]
    assert alice.heard()[-2:] == ["MSG tea carol secret"] * 2
    assert "secret" not in "\n".join(mallory.heard())


def test_two_connections_in_rooms_of_one_name_mean_the_private_one() -> None:
    """One of the login style is in the room for everyone: what the other one says in the private
    one is heard there, however the name is written."""
    world = with_room()
    world.in_rooms("mallory", "tea")
    phone = Visitor(world.factory, "10.0.0.5").says(f"LOGIN carol {PASSWORD}", "JOIN tea")
    assert phone.heard()[:2] == ["OK", "OK"]
    alice = world.people["alice"].says("INVITE tea carol")
    carol = world.in_rooms("carol", "tea")
    alice.heard()
    carol.says("MSG tea secret", "MSG Tea secret", "MSG #tea secret")
    assert alice.heard() == ["MSG tea carol secret"] * 3
    assert "secret" not in "\n".join(world.people["mallory"].heard())


@pytest.mark.parametrize("room", LIKE_TEA, ids=ascii)
def test_the_room_is_the_same_however_its_name_is_written(room: str) -> None:
    """For those who know it; a name that only looks like it is another one."""
    bob = with_room().people["bob"]
    bob.says(f"JOIN {room}", f"HISTORY {room} 1")
    assert bob.heard()[0] == "INFO joined room tea"


@pytest.mark.parametrize("room", ["tea\x1f1", "tea\x1f", "te\x07a", "tea/1", "\x1ftea"])
def test_what_the_store_calls_a_room_can_not_be_typed(room: str) -> None:
    """By nobody."""
    world = two_rooms()
    for who in ("alice", "mallory"):
        visitor = world.people[who]
        visitor.heard()
        visitor.says(f"JOIN {room}", f"WHO {room}", f"MSG {room} hi", f"MODE {room}")
        assert {line.split(":")[0] for line in visitor.heard()} == {
            "ERROR a room's name is one word"
        }


@pytest.mark.parametrize("line", ["TOPIC tea mine", "INVITE tea mallory", "INVITE tea carol off"])
def test_whoever_has_lost_its_right_meanwhile_does_nothing_more(line: str) -> None:
    """Where that was done by another server just now, or is being done, it is refused as well."""
    world = with_room()
    world.people["alice"].says("MODERATOR tea bob on", "INVITE tea carol").heard()
    bob = world.people["bob"]
    bob.heard()

    def without_bob(kept: Kept) -> Kept:
        return replace(kept, holders=tuple(each for each in kept.holders if each.key != "bob"))

    world.change_elsewhere(without_bob)
    bob.says(line)
    assert not any(said.startswith("INFO") and said not in OUT for said in bob.heard())
    world.people["alice"].heard()
    world.people["alice"].says("TOPIC tea", "MODERATOR tea", "INVITE tea", "BANS tea")
    world.people["alice"].hears(
        *("TOPIC tea", "MODERATOR tea alice owner", "INFO 1 name in tea"),
        *("INVITED tea carol", "INFO 1 name in tea", "INFO 0 bans in tea"),
    )


def test_a_former_owner_does_not_open_the_room() -> None:
    """It was given away elsewhere just now."""
    world = with_room()
    bob = next(each for each in world.factory.registry.kept("tea").holders if each.key == "bob")
    world.change_elsewhere(lambda kept: replace(kept, holders=(replace(bob, standing="owner"),)))
    world.people["alice"].says("MODE tea private off")
    assert "INFO tea is private off" not in world.people["alice"].heard()
    assert world.factory.registry.kept("tea").is_private


def test_a_room_given_back_elsewhere_is_not_shut_by_a_mode() -> None:
    """Nobody makes a private room of one that is nobody's: its name would be lost for ever."""
    world = World()
    alice = world.in_rooms("alice", "tea").says("CLAIM tea").hears("INFO tea is yours")
    world.change_elsewhere(lambda kept: replace(kept, holders=()))
    alice.says("MODE tea private on")
    assert alice.heard() != ["INFO tea is private on"]
    assert not world.factory.registry.kept("tea").is_private
