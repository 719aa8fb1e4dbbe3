"""Those who keep rooms for benchmarks/acts.py: what they do, and what is to come of it."""

from __future__ import annotations

import random
import re
import socket
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple, Self

PATIENCE: Final = 30.0
"""Seconds after which what was waited for is taken not to come."""

SAMPLED: Final = 10
"""Messages of which it is looked what they said before."""

ROOMS: Final = 8
"""Rooms of a warden, one after the other."""

WEEK: Final = 7 * 86400

_AUDIT: Final = re.compile(r"AUDIT (\d+) \S+ (\S+) (\S+) (\S+) (\S+) ?(.*)")
_HISTORY: Final = re.compile(r"HISTORY \S+ (\d+) \S+ \S+ (.*)")
_LENGTH: Final = re.compile(r"(?:until (\S+Z)|for good)(?:: (.*))?")


class AuditEntry(NamedTuple):
    """A line of the audit log."""

    number: int
    room: str
    by: str
    verb: str
    target: str
    text: str

    def __str__(self) -> str:
        return f"{self.number} {self.room} {self.by} {self.verb} {self.target} {self.text}"


@dataclass
class Act:
    """Something that somebody does, and how the log has to tell it.

    verb: empty where the log is not to tell it.
    lifts: the sanctions that end with it, each with a line of its own before it.
    takes: a room that its owner gives is taken.
    """

    line: str
    by: str
    verb: str = ""
    target: str = ""
    text: str = ""
    lifts: frozenset[tuple[str, str]] = frozenset()
    takes: bool = False
    is_answered: bool = False

    def matches(self, entry: AuditEntry) -> bool:
        """Whether that is how the log tells it. Until when something holds, only the log knows."""
        text, told = (
            each.partition(": ")[2] if each.startswith("until ") else each
            for each in (self.text, entry.text)
        )
        its = (entry.by, entry.verb, entry.target, told)
        return its == (self.by, self.verb, self.target, text)

    def is_part(self, entry: AuditEntry) -> bool:
        """Whether that is one of the lines before it."""
        lifted = entry.verb.removeprefix("UN"), entry.target
        return entry.by == self.by and entry.verb != lifted[0] and lifted in self.lifts


RAID = ("RAID", "")
"""What Played calls the raid switch."""


class Played:
    """What the audit log of a room comes to, or that of the server."""

    def __init__(self) -> None:
        self.topic = ""
        self.holders: dict[str, str] = {}
        self.given = ""  # to whom
        self.modes: dict[str, str] = {}
        self.sanctions: dict[tuple[str, str], str] = {}
        self.owners: dict[tuple[str, str], str] = {}
        """The owner who has imposed that, or has begun the raid: no moderator undoes it."""

    @property
    def owner(self) -> str:
        """Nobody, if it is empty."""
        return next((name for name, each in self.holders.items() if each == "owner"), "")

    def mode(self, name: str) -> str:
        """on, off, or a number of seconds."""
        return self.modes.get(name, "0" if name == "slow" else "off")

    def may_undo(self, by: str, what: tuple[str, str]) -> bool:
        """Whether somebody who moderates the room may lift or replace that."""
        return by == self.owner or self.owners.get(what, by) == by

    def _decides(self, entry: AuditEntry, what: tuple[str, str]) -> None:
        self.owners.pop(what, None)
        if entry.by == self.owner:
            self.owners[what] = entry.by

    def play(self, entry: AuditEntry) -> None:
        """The next thing was done."""
        getattr(self, f"_{entry.verb.lower()}", _ignored)(entry)

    def _topic(self, entry: AuditEntry) -> None:
        self.topic = entry.text

    def _claim(self, entry: AuditEntry) -> None:
        if self.owner:
            self.holders[self.owner] = "moderator"
        self.holders[entry.by] = "owner"
        self.given = ""

    def _unclaim(self, entry: AuditEntry) -> None:
        self.topic, self.holders, self.given, self.modes = "", {}, "", {}
        self.owners.clear()

    def _give(self, entry: AuditEntry) -> None:
        self.given = entry.target

    def _moderator(self, entry: AuditEntry) -> None:
        if entry.text == "on":
            self.holders[entry.target] = "moderator"
        elif self.mode("private") == "on":
            self.holders[entry.target] = "invited"
        else:
            del self.holders[entry.target]

    def _invite(self, entry: AuditEntry) -> None:
        if entry.text == "on":
            self.holders[entry.target] = "invited"
        else:
            del self.holders[entry.target]

    def _mode(self, entry: AuditEntry) -> None:
        name, _, value = entry.target.partition("=")
        self.modes[name] = value

    def _raid(self, entry: AuditEntry) -> None:
        self.modes["raid"] = entry.target
        self._decides(entry, RAID)
        if entry.target == "off":
            self.owners.pop(RAID, None)

    def _impose(self, entry: AuditEntry) -> None:
        found = _LENGTH.fullmatch(entry.text)
        assert found, entry
        self._decides(entry, (entry.verb, entry.target))
        self.sanctions[entry.verb, entry.target] = (
            f"{entry.target} {found[1] or '-'} {entry.by} {found[2] or ''}".rstrip()
        )

    _mute = _ban = _impose

    def _lift(self, entry: AuditEntry) -> None:
        del self.sanctions[entry.verb.removeprefix("UN"), entry.target]
        self.owners.pop((entry.verb.removeprefix("UN"), entry.target), None)

    _unmute = _unban = _lift

    def told(self, kind: str, room: str) -> list[str]:
        """The list of bans, or mutes, in no order."""
        return sorted(
            f"{kind} {room} {shown}" for (its, _), shown in self.sanctions.items() if its == kind
        )


def _ignored(entry: AuditEntry) -> None:
    """What comes of it is not told in a list."""


class Caller:
    """Somebody at a connection, in the rooms style."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._file = self._socket.makefile("rb")
        self._numbers = count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def ask(self, line: str) -> list[str]:
        """What is heard up to the answer, with it. Raises OSError when the server is gone."""
        end = f"PONG {next(self._numbers)}"
        self._socket.sendall(f"{line}\n{end.replace('PONG', 'PING')}\n".encode())
        heard = []
        while (said := self._line()) != end:
            heard.append(said)
        return heard

    def _line(self) -> str:
        line = self._file.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server has hung up")
        return line.decode().rstrip("\n")


class Teller:
    """Somebody who does one thing after the other, in one room or on the server."""

    def __init__(self, room: str, names: list[str], chance: random.Random) -> None:
        self.room, self.names, self.chance = room, names, chance
        self.acts: list[Act] = []
        """Since the server was started; with the one that is under way."""
        self.played = Played()
        self.callers: dict[str, Caller] = {}
        self.numbers = count(1)

    def come(self, port: int, password: str) -> None:
        """Connect, all of them, to the lobby."""
        for name in self.names:
            self.callers[name] = Caller(port)
            self.callers[name].ask(f"AUTH {name} {password}")
            self.callers[name].ask("JOIN lobby")

    def leave(self) -> None:
        """Hang up."""
        for caller in self.callers.values():
            caller.__exit__()
        self.callers.clear()

    def resume(self, played: Played) -> None:
        """Go on from there. Of the acts those are left that happened."""
        self.played = played
        self.acts = []

    def step(self) -> str:
        """Do something. Returns what was refused."""
        acts = [*self.possible()]
        verb = self.chance.choice(sorted({act.line.split()[0] for act in acts}))
        act = self.chance.choice([act for act in acts if act.line.startswith(f"{verb} ")])
        self.acts.append(act)
        heard = self.callers[act.by].ask(act.line)
        act.is_answered = True
        if refused := [line for line in heard if line.startswith("ERROR")]:
            return f"{act.by}: {act.line}: {refused[0]}"
        self.happens(act)
        return ""

    def happens(self, act: Act) -> None:
        """It was done."""
        if act.verb:
            self.played.play(AuditEntry(0, self.room, act.by, act.verb, act.target, act.text))
        for sanction in act.lifts:
            del self.played.sanctions[sanction]

    def possible(self) -> Iterator[Act]:
        """What can be done now, and changes something."""
        raise NotImplementedError

    def compared(self) -> Iterator[tuple[object, object]]:
        """What should be told, and what is."""
        raise NotImplementedError

    def told(self, by: str, line: str) -> list[str]:
        """The lines of an answer that begin as an answer to that does, in no order."""
        first = {"INVITE": "INVITED", "MUTES": "MUTE", "BANS": "BAN"}
        verb = line.split()[0]
        begin = first.get(verb, verb) + " "
        return sorted(heard for heard in self.callers[by].ask(line) if heard.startswith(begin))

    def reason(self) -> str:
        """One that nobody else gives."""
        return f"because {next(self.numbers)}"

    def imposed(self, by: str, verb: str, who: str) -> Act:
        """A ban or mute, for good or for a week."""
        why = self.reason()
        if self.chance.random() < 0.5:
            return Act(f"{verb} {self.room} {who} {why}", by, verb, who, f"for good: {why}")
        text = f"until 2999-01-01T00:00:00.000Z: {why}"
        return Act(f"{verb} {self.room} {who} 7d {why}", by, verb, who, text)

    def sanctioned(self, by: str, who: str) -> Iterator[Act]:
        """Somebody is banned and muted, or no longer."""
        for verb in ("BAN", "MUTE"):
            if not self.played.may_undo(by, (verb, who)):
                continue
            yield self.imposed(by, verb, who)
            if (verb, who) in self.played.sanctions:
                yield Act(f"UN{verb} {self.room} {who}", by, f"UN{verb}", who)


class RoomAdmin(Teller):
    """An operator: bans and mutes those who are not here, and reads the log."""

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__("*", [name], chance)
        self.name = name

    def possible(self) -> Iterator[Act]:
        """See Teller."""
        for who in ("pest", "plague", "10.9.0.0/16"):
            yield from self.sanctioned(self.name, who)
        text = self.reason()
        yield Act(f"ANNOUNCE {text}", self.name, "ANNOUNCE", "", text)

    def compared(self) -> Iterator[tuple[object, object]]:
        """See Teller."""
        for kind in ("BAN", "MUTE"):
            yield self.played.told(kind, "*"), self.told(self.name, f"{kind}S *")

    def entries(self, page: int, after: int) -> list[AuditEntry]:
        """What is in the log behind a number, in its order."""
        found: list[AuditEntry] = []
        before = ""
        while True:
            lines = self.callers[self.name].ask(f"AUDIT * {page}{before}")
            entries = [*filter(None, map(_entry, lines))]
            found = [entry for entry in entries if entry.number > after] + found
            if not entries or entries[0].number <= after + 1:
                return found
            before = f" BEFORE {entries[0].number}"


class Bookmark:
    """A room as its warden knows it: what was said in it, and who is there."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        """What each message says, by its number."""
        self.hidden: dict[int, int] = {}
        """Those that are hidden, each with the number of the claim under which that was done ..."""
        self.taken_back: dict[int, int] = {}
        """... and those that are taken back ..."""
        self.edited: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        """... and what they said before."""
        self.claims = 0
        self.inside: set[str] = set()

    @property
    def shown(self) -> dict[int, str]:
        """What is to be seen, by its number."""
        gone = self.hidden | self.taken_back
        return {number: text for number, text in self.texts.items() if number not in gone}

    def earlier(self, number: int) -> list[str]:
        """What a message said, that it does not say any more, since the room was claimed last."""
        gone = (self.hidden | self.taken_back).get(number)
        texts = [*self.edited[number], *([] if gone is None else [(gone, self.texts[number])])]
        return [text for claim, text in texts if claim == self.claims]


class Warden(Teller):
    """Two who keep a room, and one who is in it and says something."""

    def __init__(self, number: int, chance: random.Random) -> None:
        names = [f"{name}{number}" for name in ("amy", "ben", "gus")]
        super().__init__("", names, chance)
        self.amy, self.ben, self.gus = names
        self._number = number
        self._places: dict[str, Bookmark] = {}
        self.move(0)

    def move(self, number: int) -> None:
        """From now on all happens in another room, maybe in one of before."""
        self.room = f"room{self._number}x{number % ROOMS}"
        self.place = self._places.setdefault(self.room, Bookmark())

    def resume(self, played: Played) -> None:
        """See Teller."""
        broken_off = [act for act in self.acts if not act.is_answered]
        super().resume(played)
        for act in broken_off:
            if act.verb:
                self._changes(act)
        self.place.inside.clear()
        for name in self.names:
            if self._may_come(name):
                self.callers[name].ask(f"JOIN {self.room}")
                self.place.inside.add(name)
        for act in broken_off:
            if act.line.startswith("MSG") and self._history(1) == {
                len(self.place.texts) + 1: act.text
            }:
                self.happens(act)

    def happens(self, act: Act) -> None:
        """See Teller."""
        super().happens(act)
        self._changes(act)

    def _changes(self, act: Act) -> None:
        """What becomes of the messages, and who is there."""
        place, shown = self.place, self.place.shown
        match act.line.split()[0]:
            case "JOIN":
                place.inside.add(act.by)
            case "MSG":
                place.texts[len(place.texts) + 1] = act.text
            case "EDIT":
                place.edited[max(shown)].append((place.claims, place.texts[max(shown)]))
                place.texts[max(shown)] = act.line.split(" ", 3)[3]
            case "UNSAY":
                place.taken_back[max(shown)] = place.claims
            case "CLAIM":
                place.claims += not act.takes
            case "HIDE":
                place.hidden |= dict.fromkeys(shown, place.claims)
            case "UNHIDE":
                kept = place.hidden.items()
                place.hidden = {number: claim for number, claim in kept if claim != place.claims}
            case "KICK":
                place.inside.discard(self.gus)
        place.inside = {name for name in place.inside if self._may_come(name)}

    def possible(self) -> Iterator[Act]:
        """See Teller."""
        for name in self.names:
            if name not in self.place.inside and self._may_come(name):
                yield Act(f"JOIN {self.room}", name)
        if self.gus in self.place.inside:
            yield from self._said()
        if not self.played.owner:
            if self.amy in self.place.inside:
                yield Act(f"CLAIM {self.room}", self.amy, "CLAIM")
            return
        yield from self._kept(self.played.owner)
        moderators = [
            name for name in self.names if self.played.holders.get(name, "invited") != "invited"
        ]
        yield from self._moderated(self.chance.choice(moderators))

    def _may_come(self, name: str) -> bool:
        if ("BAN", name) in self.played.sanctions:
            return False
        return self.played.mode("private") == "off" or name in self.played.holders

    def _said(self) -> Iterator[Act]:
        """What gus does with its own messages."""
        room, gus, played = self.room, self.gus, self.played
        last = max(self.place.shown, default=0)
        if last:
            yield Act(f"UNSAY {room}", gus, "UNSAY", f"#{last}")
        modes = [played.mode(name) for name in ("moderated", "raid", "slow")]
        if modes == ["off", "off", "0"] and ("MUTE", gus) not in played.sanctions:
            text = self.reason()
            yield Act(f"MSG {room} {text}", gus, text=text)
            if last:
                yield Act(f"EDIT {room} {last} {self.reason()}", gus, "EDIT", f"#{last}")

    def _kept(self, owner: str) -> Iterator[Act]:
        """What an owner does."""
        room, played = self.room, self.played
        other = self.ben if owner == self.amy else self.amy
        if played.given == other:
            speaks = played.holders.get(other) == "moderator"
            speaks = speaks and ("MUTE", other) not in played.sanctions
            if speaks and other in self.place.inside:
                yield Act(f"CLAIM {room}", other, "CLAIM", takes=True)
        elif other in self.place.inside or other in played.holders:
            yield Act(f"GIVE {room} {other}", owner, "GIVE", other)
        switch = "off" if played.holders.get(other) == "moderator" else "on"
        yield Act(f"MODERATOR {room} {other} {switch}", owner, "MODERATOR", other, switch)
        for mode in ("private", "moderated", "registered"):
            value = "off" if played.mode(mode) == "on" else "on"
            yield Act(f"MODE {room} {mode} {value}", owner, "MODE", f"{mode}={value}")
        slow = int(played.mode("slow"))
        yield Act(f"MODE {room} slow {7 - slow or 'off'}", owner, "MODE", f"slow={7 - slow}")
        if played.mode("private") == "off":
            lifts = frozenset(played.sanctions)
            yield Act(f"UNCLAIM {room}", owner, "UNCLAIM", lifts=lifts)

    def _moderated(self, by: str) -> Iterator[Act]:
        """What a moderator does."""
        room, gus, played = self.room, self.gus, self.played
        topic = self.reason()
        yield Act(f"TOPIC {room} {topic}", by, "TOPIC", "", topic)
        switch = "off" if gus in played.holders else "on"
        yield Act(f"INVITE {room} {gus} {switch}", by, "INVITE", gus, switch)
        raid = "off" if played.mode("raid") == "on" else "on"
        if played.may_undo(by, RAID):
            yield Act(f"RAID {room} {raid}", by, "RAID", raid)
        yield from self.sanctioned(by, gus)
        yield from self.sanctioned(by, "10.8.0.0/16")
        why = self.reason()
        if gus in self.place.inside:
            yield Act(f"KICK {room} {gus} {why}", by, "KICK", gus, why)
            if raid == "off":
                yield Act(f"LET {room} {gus}", by, "LET", gus)
        if self.place.shown:
            yield Act(f"HIDE {room} {gus} 7d {why}", by, "HIDE", gus, f"{WEEK} s: {why}")
        if by == played.owner and self.place.claims in self.place.hidden.values():
            yield Act(f"UNHIDE {room} {gus}", by, "UNHIDE", gus)

    def compared(self) -> Iterator[tuple[object, object]]:
        """See Teller."""
        room, played, by = self.room, self.played, self.played.owner or self.amy
        modes = [
            f"{mode}={played.mode(mode)}"
            for mode in ("private", "moderated", "registered", "slow", "raid")
        ]
        yield (
            [f"TOPIC {room} {played.topic}".rstrip()],
            [line.rstrip() for line in self.told(by, f"TOPIC {room}")],
        )
        yield [f"MODE {room} {' '.join(modes)}"], self.told(by, f"MODE {room}")
        for standings, head in ((("owner", "moderator"), "MODERATOR"), (("invited",), "INVITE")):
            if played.owner or head == "MODERATOR":
                names = [(name, each) for name, each in played.holders.items() if each in standings]
                lines = [
                    f"MODERATOR {room} {name} {each}"
                    if head == "MODERATOR"
                    else f"INVITED {room} {name}"
                    for name, each in names
                ]
                yield sorted(lines), self.told(by, f"{head} {room}")
        if played.owner:
            for kind in ("BAN", "MUTE"):
                yield played.told(kind, room), self.told(by, f"{kind}S {room}")
        yield self.place.shown, self._history()
        if played.owner:
            yield from self._compared_earlier(by)

    def _compared_earlier(self, by: str) -> Iterator[tuple[object, object]]:
        numbers = [*self.place.texts]
        for number in self.chance.sample(numbers, min(len(numbers), SAMPLED)):
            told = self.callers[by].ask(f"EARLIER {self.room} {number}")
            texts = [line.split(" ", 4)[4] for line in told if line.startswith("EARLIER ")]
            yield (number, self.place.earlier(number)), (number, texts)

    def _history(self, most: int = 0) -> dict[int, str]:
        """What is told of the history: the last messages, or all."""
        by = next(iter(self.place.inside))
        found: dict[int, str] = {}
        while True:
            which = f"{most}" if most else f"1000 AFTER {max(found, default=0)}"
            lines = self.callers[by].ask(f"HISTORY {self.room} {which}")
            page = {int(told[1]): told[2] for told in filter(None, map(_HISTORY.fullmatch, lines))}
            found |= page
            if most or not page:
                return found


def _entry(line: str) -> AuditEntry | None:
    found = _AUDIT.fullmatch(line)
    if found is None:
        return None
    number, room, by, verb, target, text = found.groups()
    return AuditEntry(int(number), room, by, verb, "" if target == "-" else target, text)
