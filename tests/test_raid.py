"""A raid: a hundred newcomers flood a room, and a moderator has three lines against that."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from chat.moderation import gate
from chat.vocabulary.limits import HELD_MESSAGES, NEWCOMER_SECONDS
from tests.accounts.owning import PASSWORD
from tests.moderation.town import Town, claimed, hush
from tests.people import Visitor

HELD = "ERROR what you said waits until a moderator lets it through: {}"
NEW = "ERROR whoever has just come can't do that now: ask {}"
STYLES = ("rooms", "stamped", "login")
MESSAGE = re.compile(r"(?:@\d+ \S+ )?(?:\S+ )?MSG (?:tea )?(\S+ \S+)")


@dataclass(eq=False)
class Somebody:
    """A visitor in the room tea, with a name, in a style."""

    name: str
    style: str
    visitor: Visitor

    def says(self, text: str) -> None:
        """Say it in tea."""
        room = "" if self.style == "login" else "tea "
        self.visitor.says(f"MSG {room}{text}")

    def heard(self) -> list[str]:
        """What it has heard, the messages without stamps and room: `alice hello`."""
        return [MESSAGE.sub(r"\1", line) for line in self.visitor.heard()]


def comes(town: Town, name: str, style: str, host: str) -> Somebody:
    """Somebody comes to tea."""
    come = {"rooms": town.rooms, "stamped": town.stamped, "login": town.login}[style]
    return Somebody(name, style, come(name, host=host))


class Raid:
    """alice keeps tea; with her 49 others have been there for an hour: guests and accounts of all
    styles. Then a hundred come from 20 addresses, and flood it."""

    def __init__(self, operators: tuple[str, ...] = ()) -> None:
        accounts = [f"account{n}" for n in range(24)]
        self.town = Town("alice", *accounts, operators=operators, replay=1000)
        self.alice = comes(self.town, "alice", "stamped", "192.0.2.1")
        self.alice.visitor.says("CLAIM tea")
        names = [*accounts, *[f"guest{n}" for n in range(25)]]
        self.regulars = [self.alice]
        for n, name in enumerate(names):
            host = f"192.0.2.{n % 9 + 1}"
            self.regulars.append(comes(self.town, name, STYLES[n % 3], host))
        self.town.passes(3600)
        self.raiders = [
            comes(self.town, f"raider{n}", STYLES[n % 3], f"198.51.100.{n % 20}")
            for n in range(100)
        ]
        self.listen()

    def listen(self) -> list[list[str]]:
        """What each of the fifty has heard since the last look."""
        return [regular.heard() for regular in self.regulars]

    def flood(self, text: str, lines: int = 3) -> None:
        """All of them, as fast as they may."""
        for n in range(lines):
            for raider in self.raiders:
                raider.says(f"{text}{n}")

    def talk(self, text: str) -> None:
        """Each of the fifty says something, with the flood in between; all fifty hear it all, each
        what its style has it hear of itself, and nothing else."""
        said = []
        for n, regular in enumerate(self.regulars):
            for raider in self.raiders[n * 2 : n * 2 + 2]:
                raider.says("spam!")
            regular.says(f"{text}{n}")
            said.append(f"{regular.name} {text}{n}")
        for regular, heard in zip(self.regulars, self.listen(), strict=True):
            own = f"{regular.name} "
            expected = [
                line for line in said if regular.style != "login" or not line.startswith(own)
            ]
            assert heard == expected

    def history(self) -> list[str]:
        """Who has said what, as HISTORY tells it."""
        self.alice.visitor.says("HISTORY tea 1000")
        lines = [line.split(" ", 4) for line in self.alice.visitor.heard()]
        return [line[4] for line in lines if line[0] == "HISTORY"]

    def asks(self, *lines: str) -> list[str]:
        """What alice is answered."""
        return self.alice.visitor.says(*lines).heard()


@pytest.fixture
def raid() -> Raid:
    return Raid()


def test_one_line_and_the_others_talk_on(raid: Raid) -> None:
    """From RAID on nobody hears a line of the flood any more, and all hear each other."""
    raid.flood("before")
    assert all(len(heard) == 300 for heard in raid.listen())
    assert raid.asks("RAID on")[-1] == "INFO raid on in tea"
    raid.listen()
    raid.talk("hello")
    for raider in raid.raiders:
        raider.heard()
    raid.flood("after", 2)
    raid.talk("still-here")
    for raider in raid.raiders:
        told = "ERR held" if raider.style == "login" else HELD.format("alice")
        assert raider.heard().count(told) == 3


def test_one_line_more_and_the_flood_is_gone(raid: Raid) -> None:
    """HIDE tea * 10m: not in the history, not found, not sent to those who come."""
    raid.flood("before")
    raid.alice.says("help")
    raid.asks("RAID on")
    raid.listen()
    raid.talk("hello")
    assert raid.asks("HIDE tea * 10m") == ["HIDDEN tea 1-300", "INFO 300 messages hidden in tea"]
    said = [f"{regular.name} hello{n}" for n, regular in enumerate(raid.regulars)]
    assert raid.history() == ["alice help", *said]
    assert raid.asks("SEARCH before0") == ["INFO 0 messages found"]
    assert len(raid.asks("SEARCH help")) == 2
    someone = raid.town.stranger().says("JOIN tea newcomer").heard()
    assert [MESSAGE.sub(r"\1", line) for line in someone] == [
        "INFO joined room tea",
        "alice help",
        *said,
    ]
    for regular in raid.regulars:
        told = regular.heard()
        is_told = regular.style == "stamped" and regular is not raid.alice
        assert ("HIDDEN tea 1-300" in told) == is_told
        assert not [line for line in told if "raider" in line]


def test_one_line_more_and_one_who_was_hidden_wrongly_is_back(raid: Raid) -> None:
    """UNHIDE tea wendy, who came five minutes before the raid."""
    wendy = comes(raid.town, "wendy", "rooms", "203.0.113.9")
    wendy.says("hi-all")
    raid.town.passes(300)
    raid.flood("before", 1)
    raid.asks("RAID on", "HIDE tea * 10m")
    assert raid.history() == []
    assert raid.asks("UNHIDE tea wendy") == ["SHOWN tea 1", "INFO 1 message shown again in tea"]
    assert raid.history() == ["wendy hi-all"]
    assert raid.asks("SEARCH hi-all")[-1] == "INFO 1 message found"
    told = [regular.heard() for regular in raid.regulars if regular.style == "stamped"]
    assert all("SHOWN tea 1" in heard for heard in told[1:])


def test_what_one_who_was_held_wrongly_has_said_is_let_through(raid: Raid) -> None:
    """In order, once each, with its tokens, and it speaks freely from then on."""
    wendy = raid.town.stamped("wendy", host="203.0.113.9")
    raid.asks("RAID on")
    hush(wendy)
    raid.listen()
    held = HELD.format("alice")
    wendy.says("@a MSG tea one", "@b MSG tea two", "@a MSG tea one", "MSG tea three")
    wendy.hears(f"@a {held}", f"@b {held}", f"@a {held}", held)
    raid.talk("hello")
    waiting = [line.split(" ", 3)[3] for line in raid.asks("HELD")[:-1] if "wendy" in line]
    assert waiting == ["wendy one", "wendy two", "wendy three"]
    wendy.heard()
    assert raid.asks("LET tea wendy")[-1] == "INFO 3 messages let through in tea"
    for regular in raid.regulars[1:]:
        assert regular.heard() == ["wendy one", "wendy two", "wendy three"]
    own = [line.split(" ", 2)[2] for line in wendy.heard()]
    assert own == ["a MSG tea wendy one", "b MSG tea wendy two", "MSG tea wendy three"]
    wendy.says("@a MSG tea one", "MSG tea four")
    own = [line.split(" ", 2)[2] for line in wendy.heard()]
    assert own == ["a MSG tea wendy one", "MSG tea wendy four"]
    for regular in raid.regulars:
        assert regular.heard() == ["wendy four"]
    raid.talk("on")


def test_the_log_tells_what_was_done(raid: Raid) -> None:
    """Each of the lines, by whom and to whom."""
    raid.flood("before", 1)
    raid.asks("RAID on", "HIDE tea * 10m flood", "UNHIDE tea raider3", "LET tea *", "RAID off")
    acts = [line.split(" ", 4)[4] for line in raid.asks("AUDIT")[1:-1]]
    assert acts == [
        "alice RAID on",
        "alice HIDE * 600 s: flood",
        "alice UNHIDE raider3",
        "alice LET *",
        "alice RAID off",
    ]


def test_a_raid_is_over(raid: Raid) -> None:
    """After RAID off everybody is heard again; what was held is not, unless it is let through."""
    raid.asks("RAID on")
    raid.flood("wait", 1)
    raid.asks("RAID off")
    raid.listen()
    raid.raiders[0].says("sorry")
    assert all(heard == ["raider0 sorry"] for heard in raid.listen())
    assert not [line for line in raid.history() if "wait" in line]


def test_the_whole_server_is_raided() -> None:
    """RAID * on, by an operator: whoever has come to the server since then is held in all rooms,
    and who was there before is not, wherever it goes."""
    town = Town("alice", operators=("op",))
    alice, op = town.rooms("alice", "tea"), town.rooms("op", "hall")
    gus, lou = town.rooms("gus", "tea"), town.login("lou", "tea")
    town.passes(3600)
    raiders = [town.rooms("raider0", "tea", "hall"), town.login("raider1", "cellar")]
    hush(alice, op, gus, lou, *raiders)
    alice.says("RAID * on").hears("ERROR that is not allowed here: ask op")
    op.says("RAID * on").hears("INFO raid on on this server")
    raiders[0].says("MSG tea x", "MSG hall x").hears(HELD.format("op"), HELD.format("op"))
    raiders[1].says("MSG x").hears("ERR held")
    gus.says("JOIN cellar", "MSG cellar hello")
    gus.hears("INFO joined room cellar", "MSG cellar gus hello")
    raiders[1].hears("MSG gus hello")
    lou.says("JOIN hall", "MSG hello").hears("OK")
    op.hears("INFO lou joined hall", "MSG hall lou hello")
    op.says("HELD").hears(
        "HELD hall 2026-01-01T13:00:00.000Z raider0 x", "INFO 1 message held in hall"
    )
    op.says("LET hall raider0").hears("MSG hall raider0 x", "INFO 1 message let through in hall")
    raiders[0].hears(
        *("INFO lou left tea", "INFO lou joined hall", "MSG hall lou hello", "MSG hall raider0 x")
    )
    raiders[0].says("MSG hall y", "MSG tea y")
    raiders[0].hears("MSG hall raider0 y", HELD.format("op"))
    op.says("RAID * off").hears("MSG hall raider0 y", "INFO raid off on this server")
    raiders[0].says("MSG tea z").hears("MSG tea raider0 z")
    raiders[1].says("MSG z")
    gus.hears("INFO lou left tea", "MSG tea raider0 z", "MSG cellar raider1 z")


def test_regulars_who_come_back_are_heard() -> None:
    """An account from before the raid is known when it comes back, in the room as on the server; a
    guest is not, nor whoever has registered with the raid."""
    town, alice = claimed(operators=("op",))
    town.register("old")
    town.register("fresh", ago=3600)
    guest = town.rooms("guest")
    town.passes(3600)
    hush(alice)
    alice.says("RAID on").hears("INFO raid on in tea")
    guest.vanishes()
    guest, old, fresh = town.rooms("guest"), town.login("old"), town.rooms("fresh")
    raider = town.rooms("raider").says(f"REGISTER {PASSWORD}").hears("INFO registered raider")
    hush(alice, guest, old)
    for newcomer in (guest, fresh, raider):
        newcomer.heard()
        newcomer.says("MSG tea hello").hears(HELD.format("alice"))
    old.says("MSG hello")
    alice.hears("MSG tea old hello")
    op = town.rooms("op", "hall")
    op.says("RAID * on", "MSG hall hi").heard()
    old.says("JOIN hall", "MSG hello").hears("OK")
    op.hears("INFO old joined hall", "MSG hall old hello")


def test_who_has_come_before_the_raid_is_no_newcomer() -> None:
    """RAID on 1h: whoever has been there for less; otherwise for less than 10 minutes. A second
    RAID on is a new one, for which nobody was let through."""
    town, alice = claimed()
    early = town.rooms("early")
    town.passes(NEWCOMER_SECONDS)
    late = town.rooms("late")
    town.passes(NEWCOMER_SECONDS - 1)
    hush(alice, early)
    alice.says("RAID on").hears("INFO raid on in tea")
    early.says("MSG tea hello").hears("MSG tea early hello")
    late.says("MSG tea hello").hears("MSG tea early hello", HELD.format("alice"))
    alice.says("LET late", "RAID on 30m")
    hush(early, late)
    early.says("MSG tea hm").hears(HELD.format("alice"))
    late.says("MSG tea hm").hears(HELD.format("alice"))
    town.passes(NEWCOMER_SECONDS)
    early.says("MSG tea hm").hears(HELD.format("alice"))
    alice.says("RAID on 1m")
    early.says("MSG tea hm").hears("MSG tea early hm")


def test_a_moderator_who_comes_back_is_heard() -> None:
    """Whoever the room trusts does not wait, however short a time its account is there."""
    town, alice = claimed()
    town.register("new", ago=1)
    alice.says("INVITE tea new", "RAID on")
    new = town.rooms("new").says("MSG tea hello").hears("MSG tea new hello")
    alice.vanishes()
    town.rooms("alice").says("MSG tea hello").hears("MSG tea alice hello")
    new.hears("INFO alice left tea", "INFO alice joined tea", "MSG tea alice hello")


def test_what_waits_is_bounded() -> None:
    """Past that it is refused and does not wait; with what is let through there is room again."""
    town, alice = claimed()
    alice.says("RAID on")
    raiders = [town.rooms(f"raider{n}") for n in range(2)]
    for n in range(HELD_MESSAGES):
        raiders[n % 2].says(f"MSG tea {n}")
    hush(alice, *raiders)
    full = "ERROR too much waits for a moderator already, and this does not: ask alice"
    raiders[0].says("MSG tea more").hears(full)
    held = alice.says("HELD").heard()
    assert held[-1] == f"INFO {HELD_MESSAGES} messages held in tea"
    assert [line.split()[-1] for line in held[:-1]] == [str(n) for n in range(HELD_MESSAGES)]
    alice.says("LET raider1")
    half = HELD_MESSAGES // 2
    assert alice.heard()[-1] == f"INFO {half} messages let through in tea"
    heard = raiders[0].heard()
    assert heard[:2] == ["INFO raider1 joined tea", "MSG tea raider1 1"]
    assert len(heard) == half + 1
    raiders[0].says("MSG tea more").hears(HELD.format("alice"))
    assert alice.says("HELD").heard()[-1] == f"INFO {half + 1} messages held in tea"


def test_what_waits_in_all_rooms_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with a room that closes what waited there is gone."""
    town = Town(operators=("op",))
    op = town.rooms("op", "hall").says("RAID * on")
    hush(op)
    raiders = [town.rooms(f"raider{n}", f"room{n}") for n in range(2)]
    monkeypatch.setattr(gate, "HELD_BYTES", 10_000)
    held = 0
    while raiders[0].says(f"MSG room0 {'x' * 1000}").heard() == [HELD.format("op")]:
        held += 1
    assert 3 <= held <= 10
    full = "ERROR too much waits for a moderator already, and this does not: ask op"
    raiders[1].says(f"MSG room1 {'x' * 1000}").hears(full)
    raiders[0].says("LEAVE room0").hears("INFO left room room0")
    for _ in range(held):
        raiders[1].says(f"MSG room1 {'x' * 1000}").hears(HELD.format("op"))
    raiders[1].says(f"MSG room1 {'x' * 1000}").hears(full)


def test_what_is_let_through_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so does a new raid: as much can wait as before."""
    town, alice = claimed()
    alice.says("RAID on")
    raider = town.rooms("raider")
    monkeypatch.setattr(gate, "HELD_BYTES", 10_000)

    def fill() -> int:
        for many in range(100):
            if raider.says(f"MSG tea {'x' * 1000}").heard()[-1] != HELD.format("alice"):
                return many
        raise AssertionError("there is no end")

    many = fill()
    assert many > 2
    town.passes(1)
    alice.says("LET raider", "RAID on")
    assert fill() == many
    town.passes(1)
    alice.says("RAID on")
    assert fill() == many


def test_what_was_thrown_away_may_be_said_again() -> None:
    """By the name that its client has for it."""
    town, alice = claimed()
    alice.says("RAID on")
    raider = town.stamped("raider").says("@x MSG tea hello")
    town.passes(1)
    alice.says("RAID on")
    raider.says("@x MSG tea hello")
    hush(alice)
    assert len(alice.says("HELD").heard()) == 2


def test_what_the_same_client_sends_again_waits_once() -> None:
    """A client that does not hear its own message sends it again and again."""
    town, alice = claimed()
    alice.says("RAID on")
    raider = town.stamped("raider")
    for _ in range(3):
        raider.says("@x MSG tea hello").hears(f"@x {HELD.format('alice')}")
    hush(alice)
    assert len(alice.says("HELD").heard()) == 2


def test_nothing_is_held_twice_over_by_slow_mode() -> None:
    """What waits has kept the pace; and what was too fast does not wait."""
    town, alice = claimed()
    alice.says("MODE tea slow 30", "RAID on")
    raider = town.rooms("raider").says("MSG tea 1", "MSG tea 2")
    raider.hears(HELD.format("alice"), "ERROR this room is slow: say it again in 30 s")
    hush(alice)
    assert len(alice.says("HELD").heard()) == 2


def test_whoever_has_left_is_let_through() -> None:
    """What it said is heard, as what anybody said who has gone since."""
    town, alice = claimed()
    alice.says("RAID on")
    left, gone = town.rooms("left"), town.rooms("gone")
    left.says("MSG tea hello", "LEAVE tea")
    gone.says("MSG tea bye").vanishes()
    hush(alice)
    alice.says("LET left").hears("MSG tea left hello", "INFO 1 message let through in tea")
    alice.says("LET gone").hears("MSG tea gone bye", "INFO 1 message let through in tea")
    assert left.heard()[-1] == "INFO left room tea"


def test_it_does_not_help_to_edit() -> None:
    """What was said before the raid does not become what would be held."""
    town, alice = claimed()
    raider = town.rooms("raider").says("MSG tea hello").hears("MSG tea raider hello")
    alice.says("RAID on")
    raider.says("EDIT tea 1 flood").hears(NEW.format("alice"))
    hush(alice)
    assert alice.says("HISTORY tea").heard()[0].endswith("raider hello")


def test_whoever_is_banned_is_not_let_through_with_the_others() -> None:
    """LET * is for those who may speak: nor is who was muted while it waited."""
    town, alice = claimed()
    alice.says("RAID on")
    for name in ("banned", "muted", "wendy"):
        town.rooms(name).says(f"MSG tea {name}")
    alice.says("BAN tea banned", "MUTE tea muted 10m")
    hush(alice)
    alice.says("LET tea *").hears(
        "INFO wendy joined tea", "MSG tea wendy wendy", "INFO 1 message let through in tea"
    )


def test_whoever_is_hidden_is_not_let_through_with_the_others() -> None:
    """What waits of it stays where it is, until it is shown again, or there is a new raid."""
    town, alice = claimed()
    gus = town.rooms("gus").says("MSG tea before")
    alice.says("RAID on")
    gus.says("MSG tea after")
    wendy = town.rooms("wendy").says("MSG tea hello")
    alice.says("HIDE gus 10m")
    hush(alice, gus, wendy)
    alice.says("LET tea *").hears(
        "INFO wendy joined tea", "MSG tea wendy hello", "INFO 1 message let through in tea"
    )
    assert len(alice.says("HELD").heard()) == 2
    alice.says("UNHIDE gus", "HIDE gus 10m", "UNHIDE gus")
    hush(alice)
    alice.says("LET *").hears("MSG tea gus after", "INFO 1 message let through in tea")
    town.passes(1)
    alice.says("RAID on")
    gus.says("MSG tea again")
    hush(alice)
    alice.says("LET tea *").hears("MSG tea gus again", "INFO 1 message let through in tea")


def test_a_new_raid_hides_nothing_of_what_is_said_in_it() -> None:
    """Whoever was hidden in the last one waits as all others do."""
    town, alice = claimed()
    alice.says("RAID on")
    gus = town.rooms("gus").says("MSG tea before")
    alice.says("HIDE gus 10m")
    town.passes(1)
    alice.says("RAID on")
    gus.says("MSG tea again")
    hush(alice)
    alice.says("LET tea *").hears(
        "INFO gus joined tea", "MSG tea gus again", "INFO 1 message let through in tea"
    )


def test_all_newcomers_are_hidden_and_shown_again_with_what_waits_of_them() -> None:
    """HIDE *, and LET * says nothing of theirs; UNHIDE *, and it does."""
    town, alice = claimed()
    raiders = [town.rooms(f"raider{n}").says(f"MSG tea before{n}") for n in range(2)]
    alice.says("RAID on")
    for n, raider in enumerate(raiders):
        raider.says(f"MSG tea after{n}")
    alice.says("HIDE * 10m")
    hush(alice)
    alice.says("LET *").hears("INFO 0 messages let through in tea")
    alice.says("UNHIDE *").hears("INFO 2 messages shown again in tea")
    alice.says("LET *").hears(
        *("MSG tea raider0 after0", "MSG tea raider1 after1"),
        "INFO 2 messages let through in tea",
    )


def test_an_account_that_comes_back_is_the_one_that_waits() -> None:
    """What it said before is let through with what it says now; a guest of the same name is
    somebody else, and is let through for itself."""
    town, alice = claimed()
    town.register("fresh", ago=60)
    alice.says("RAID on")
    for name in ("fresh", "gus"):
        town.rooms(name).says(f"MSG tea {name}1").vanishes()
        town.rooms(name).says(f"MSG tea {name}2")
    hush(alice)
    alice.says("LET fresh").hears(
        *("INFO fresh joined tea", "MSG tea fresh fresh1", "MSG tea fresh fresh2"),
        "INFO 2 messages let through in tea",
    )
    alice.says("LET gus")
    assert "MSG tea gus gus1" not in alice.heard()
    alice.says("LET nobody").hears("ERROR nobody here is called nobody: WHO lists who is here")


def test_a_new_raid_has_a_list_of_its_own() -> None:
    """What waited of the last one is thrown away: there is room for what waits now."""
    town, alice = claimed()
    alice.says("RAID on")
    raider = town.rooms("raider").says("MSG tea of yesterday")
    alice.says("RAID off")
    town.passes(3600)
    town.rooms("raider2")
    alice.says("RAID on")
    raider.says("MSG tea of today")
    hush(alice)
    assert len(alice.says("HELD").heard()) == 1


def test_newcomers_come_and_go_unnoticed() -> None:
    """During a raid coming and going is no way to flood; whoever is let through has come then, and
    who is there yet when it is over."""
    town, alice = claimed()
    gus, lou = town.rooms("gus"), town.login("lou")
    town.passes(3600)
    alice.says("RAID on")
    hush(alice, gus, lou)
    for n in range(3):
        raider = town.rooms(f"raider{n}")
        raider.says("LEAVE tea", "JOIN tea", *["QUIT"] * (n == 1))
    wendy = town.rooms("wendy")
    for regular in (alice, gus, lou):
        regular.hears()
    alice.says("LET wendy").hears("INFO wendy joined tea", "INFO 0 messages let through in tea")
    gus.hears("INFO wendy joined tea").says("WHO tea")
    wendy.says("LEAVE tea")
    assert gus.heard()[-1] == "INFO wendy left tea"
    alice.hears("INFO wendy left tea").says("RAID off")
    alice.hears("INFO raider0 joined tea", "INFO raider2 joined tea", "INFO raid off in tea")
    raider.says("LEAVE tea")
    alice.hears("INFO raider2 left tea")


def test_newcomers_have_no_other_way_to_be_heard() -> None:
    """Not by a topic, not alone, where the whole server is raided; operators they may ask."""
    town = Town(operators=("op",))
    op, gus = town.rooms("op", "hall"), town.rooms("gus")
    gus.says("MSG tea hello")
    town.passes(3600)
    op.says("RAID * on")
    raider = town.rooms("raider", "tea")
    hush(op, gus)
    raider.says("TOPIC tea flood", "DM gus flood").hears(*[NEW.format("op")] * 2)
    raider.says("DM op let me in").hears()
    op.hears("DM raider let me in")
    gus.hears()


def test_a_role_that_one_can_give_oneself_is_no_way_out_of_a_raid_on_the_server() -> None:
    """Whoever comes with the raid, registers and claims a room is held there too, and lets nobody
    through; so is whom they invite or make a moderator. Operators are heard, and accounts from
    before, who may be anybody's guests."""
    town = Town("old", operators=("op",))
    town.register("rex", ago=60)
    town.register("zed", ago=60)
    op, gus = town.rooms("op", "hall"), town.rooms("gus", "hall")
    rex = town.rooms("rex", "own").says("CLAIM own", "MODERATOR own zed on")
    rex.vanishes()
    town.passes(3600)
    op.says("RAID * on")
    rex, zed = town.rooms("rex", "own"), town.login("zed", "own")
    old = town.rooms("old", "own")
    hush(op, gus, rex, zed, old)
    rex.says("MSG own x", "DM gus x", "LET own *", "INVITE own zed", "MODERATOR own old on")
    assert rex.heard() == [HELD.format("zed"), *[NEW.format("op")] * 2, *[NEW.format("zed")] * 2]
    zed.says("MSG x", "DM gus x", "LET own rex", "EDIT own 1 y")
    assert [line.split()[:2] for line in zed.heard()] == [
        ["ERR", code] for code in ("held", "raid", "raid", "nothing-said")
    ]
    old.says("MSG own hm", "DM gus hello").hears("MSG own old hm")
    gus.hears("DM old hello")
    op.says("LET own rex").hears("INFO 1 message let through in own")
    assert "MSG own rex x" in old.heard()
