"""The rule book: decides who may do what, by the table of rules and by what is kept of rooms. Knows
no wire, no storage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from chat.accounts.directory import Account, Directory
from chat.history.room_records import ADMIN, SERVER, Holder, Sanction, SanctionKind
from chat.moderation.decisions import decision_about
from chat.moderation.persons import OpenRoom, Person, Prospect, Visitor
from chat.moderation.registry import Registry
from chat.moderation.rules import ROLES, RULES, Role, Where
from chat.vocabulary.calendar import Calendar
from chat.vocabulary.errors import ChatError, Grounds
from chat.vocabulary.events import Banned, Barred
from chat.vocabulary.limits import HELPERS_NAMED, KNOWN_SECONDS
from chat.vocabulary.names import LOBBY, Name, base_of, key_of

WHOLE_SERVER = Name("*", SERVER)
"""What stands for all rooms where others name one."""


class Voice(NamedTuple):
    """What becomes of what somebody says in a room, as was decided when something changed.

    until: when that has to be decided again, in ms since 1970 UTC.
    refusal: why it is refused; None where it is not.
    is_paced: slow mode applies to it.
    is_held: it waits for a moderator.
    """

    until: float
    refusal: ChatError | None = None
    is_paced: bool = False
    is_held: bool = False


class Deed(NamedTuple):
    """Something that somebody has done over others. by: their name. rank: in which role they were.
    at: when, in ms since 1970 UTC; 0 where that does not matter."""

    by: str = ""
    rank: int = 0
    at: int = 0


class Rulebook:
    """Decides by the rules, and by what is kept of the rooms.

    registry: what is kept.
    accounts: whose names are owned.
    users: who is here, by key.
    calendar: the time.
    """

    def __init__(
        self,
        registry: Registry,
        accounts: Directory,
        users: Mapping[str, Visitor],
        calendar: Calendar,
    ) -> None:
        self.registry = registry
        self._accounts = accounts
        self.operators: dict[str, Account] = {}
        """The operators that are known, to be named in refusals, by key."""
        self._users = users
        self._calendar = calendar

    @property
    def at(self) -> int:
        """The time in ms since 1970 UTC, to be written down: never less than before."""
        return int(self._calendar.now() * 1000)

    @property
    def today(self) -> int:
        """The same, to see what has come to its end, and to say when something will: it goes back
        where the clock does."""
        return int(self._calendar.wall() * 1000)

    # Who is what

    def role(self, person: Person, key: str = SERVER) -> Role:
        """The role of somebody in a room, or on the server."""
        account = person.account
        if account is None:
            return Role.GUEST
        if account.is_operator:
            return Role.OPERATOR
        holder = self.registry.holder(key, account)
        return ROLES[holder.standing] if holder else Role.ACCOUNT

    def highest(self, user: Visitor) -> Role:
        """The highest role that somebody has in any room."""
        held = self.registry.held_by(user.account) if user.account else []
        return max([self.role(user), *(ROLES[holder.standing] for holder in held)])

    def knows(self, person: Person, key: str) -> bool:
        """Whether somebody may know that there is a room."""
        if not self.registry.is_private(key):
            return True
        account = person.account
        return account is not None and self.registry.holder(key, account) is not None

    def named(self, person: Person, name: Name, *, joins: bool = False) -> Name:
        """The room that somebody means by a name, with its key: the one that they are in, or a
        private one that they know, or the one that is there for everyone. Whoever `joins` a room
        and knows a private one does not mean the one for everyone, even if they are in it."""
        public, account = self.registry.public(name.key), person.account
        private = self.registry.private(account, name.key) if account else []
        for key in private if joins else (public, *private):
            if key in person.rooms:
                return Name(person.rooms[key].name, key)
        if private and account:
            remembered = account.rooms or {}
            # Rather one that they have been in, and where their role is higher.
            key = max(private, key=lambda key: (key in remembered, self.role(person, key)))
            return Name(self.registry.kept(key).name, key)
        return Name(self.registry.kept(public).name or name.shown, public)

    def helpers(self, key: str, least: Role, but: str = "") -> tuple[str, ...]:
        """Who could help, by name: some with at least that role in a room, those first who are
        here; but not the one who asks, given by their key."""
        holders = self.registry.kept(key).holders
        able = [each for each in holders if ROLES[each.standing] >= least and each.key != but]
        names = [(each.key, each.name) for each in able if self.is_valid(each)]
        names = names or [(each.key, each.name) for each in self.operators.values()]
        names.sort(key=lambda name: name[0] not in self._users)
        return tuple(name for _, name in names[:HELPERS_NAMED])

    def is_valid(self, holder: Holder) -> bool:
        """Whether the account of a holder is still what it was, and may be used."""
        account = self._accounts.get(holder.key)
        return account is not None and self.is_theirs(holder) and not account.is_disabled

    def is_theirs(self, holder: Holder) -> bool:
        """Whether the account of a holder is still what it was; it may be disabled, which is told
        to nobody."""
        account = self._accounts.get(holder.key)
        return account is not None and account.since == holder.since

    def is_here(self, key: str) -> bool:
        """Whether somebody is here under a username, by its key."""
        return key in self._users

    def moderators(self, key: str, but: str = "") -> tuple[str, ...]:
        """Who moderates a room, as `helpers` tells it."""
        return self.helpers(key, Role.MODERATOR, but)

    # Who may do what

    def check(
        self,
        verb: str,
        user: Visitor,
        name: Name = WHOLE_SERVER,
        *,
        shows: bool = False,
        words: str = "",
    ) -> None:
        """Whether somebody may use a verb, on a room if it is about one; `shows`: in the form that
        only shows something. `words`: what they say with it, which others may read, as a reason.
        Raises ChatError: banned, not-in-room, account-required, not-claimed, not-allowed, muted,
        moderated, raid.
        """
        rule = RULES[verb]
        if name.key != SERVER:
            self.check_not_banned(user, name)
        if rule.where is Where.INSIDE and name.key not in user.rooms:
            raise ChatError("not-in-room", name.shown)
        least = rule.who
        if shows and rule.shows is not None:
            least = rule.shows
        elif name.key != SERVER and not self.registry.kept(name.key).holders:
            least = rule.free
        elif name.key == SERVER and rule.where is not Where.NOWHERE:
            least = Role.OPERATOR
        self._check_is(user, name, least)
        if (rule.speaks and not shows) or words:
            if silence := self._silence(user, name):
                raise silence[0]
            if not rule.paced and self._is_held(user, name):
                raise ChatError("raid", ask=self.moderators(name.key, user.key))

    def check_not_banned(self, person: Person, name: Name = WHOLE_SERVER) -> None:
        """Raises ChatError: banned."""
        if sanction := self._sanction("ban", person, name.key):
            raise self._told(sanction, name, person)

    def check_not_muted(self, person: Person) -> None:
        """Whether somebody may say something on the server. Raises ChatError: muted."""
        if sanction := self._sanction("mute", person, SERVER):
            raise self._told(sanction, WHOLE_SERVER, person)

    def has_its_name(self, user: Visitor) -> bool:
        """Whether the name of somebody who may have gone is still theirs, and nobody else's."""
        other = self._users.get(user.key)
        is_its = other is None or other is user or other.account is user.account is not None
        return is_its and self._accounts.get(user.key) is user.account

    def is_banned(self, person: Person, name: Name = WHOLE_SERVER) -> bool:
        """Whether somebody is banned from a room, or from the server."""
        return self._sanction("ban", person, name.key) is not None

    def check_enters(self, person: Person, name: Name) -> None:
        """Whether somebody may come into a room. Raises ChatError: banned, registered-only."""
        self.check_not_banned(person, name)
        if self._is_kept_from(person, name):
            raise ChatError("registered-only", name.shown)

    def may_stay(self, person: Person, name: Name) -> bool:
        """Whether somebody may be in a room, and read it."""
        return self.why_not_in(person, name) is None

    def why_not_in(self, person: Person, name: Name) -> Banned | Barred | None:
        """Why somebody may not be in a room, as they are told; None if they may."""
        if not self.knows(person, name.key):
            return Barred(name.key, name.shown, self.at, "uninvited")
        if found := self._sanction("ban", person, name.key):
            ask, at = self._who_lifts(found, name, person), self.at
            return Banned(name.key, name.shown, at, found.by, found.until, found.reason, ask)
        if self._is_kept_from(person, name):
            return Barred(name.key, name.shown, self.at, "registered-only")
        return None

    def _is_kept_from(self, person: Person, name: Name) -> bool:
        """Whether a room is for accounts alone, and somebody has none."""
        return self.registry.kept(name.key).is_registered and person.account is None

    def check_outranks(self, user: Visitor, name: Name, key: str) -> None:
        """Whether somebody outranks, in a room, whoever has a name, given by its key. Raises
        ChatError: not-allowed."""
        role, other = self.role(user, name.key), self.role_of_name(key, name.key)
        if other >= Role.MODERATOR and other >= role:
            least = Role(min(other + 1, Role.OPERATOR))
            raise ChatError("not-allowed", ask=self.helpers(name.key, least, user.key))

    # What was decided, and who may undo it

    def check_undoes(self, user: Visitor, name: Name, done: Deed, key: str = "") -> None:
        """Whether somebody may undo what was decided over a room, or on the server, by whichever
        verb: not what somebody higher has done, nor what is against themselves. Their own deeds
        they may, even if they are less by now.

        key: of the username that it is against, if it is. Raises ChatError: decided-above,
        against-yourself.
        """
        role = self.role(user, name.key)
        if key == user.key:
            least = Role(min(max(role + 1, done.rank), Role.OPERATOR))
            raise ChatError("against-yourself", ask=self.helpers(name.key, least, user.key))
        account = user.account
        is_own = account is not None and done.by == account.name and done.at >= account.since
        if not is_own and done.rank > max(role, Role.ACCOUNT):
            least = Role(min(done.rank, Role.OPERATOR))
            raise ChatError("decided-above", done.by, ask=self.helpers(name.key, least, user.key))

    def check_lifts(self, user: Visitor, name: Name, sanction: Sanction) -> None:
        """The same of a ban or a mute, which is lifted or replaced."""
        shown = sanction.shown.removeprefix("@")
        key = user.key if user.key in (sanction.target, key_of(shown)) else ""
        done = Deed(sanction.by, self.rank_of(sanction), sanction.at)
        self.check_undoes(user, name, done, key)

    def check_changes(self, user: Visitor, name: Name, what: str) -> None:
        """The same of one of Kept's fields, or of who moderates: see chat.moderation.decisions."""
        if decision := decision_about(self.registry.kept(name.key), what):
            self.check_undoes(user, name, Deed(decision.by, decision.rank, decision.at))

    def may_lift(self, user: Visitor, name: Name, sanction: Sanction) -> bool:
        """Whether `check_lifts` refuses nothing."""
        with suppress(ChatError):
            self.check_lifts(user, name, sanction)
            return True
        return False

    def rank_of(self, sanction: Sanction) -> Role:
        """In which role somebody is banned or muted. Where that was not kept, it is what whoever
        did it is by now, or an owner's if they are nothing there any more; on the server an
        operator's."""
        if sanction.rank:
            return Role(sanction.rank)
        if sanction.room == SERVER or sanction.by == ADMIN:
            return Role.OPERATOR
        role = self.role_of_name(key_of(sanction.by), sanction.room)
        return role if role >= Role.MODERATOR else Role.OWNER

    def shown_since(self, user: Visitor, key: str) -> int:
        """Since when what was done in a room is for somebody who moderates it: since it is
        somebody's, in ms since 1970 UTC; 0 for all of it, for operators."""
        is_operator = self.role(user) is Role.OPERATOR
        return 0 if is_operator else self.registry.kept(key).claimed

    def outranks(self, user: Visitor, other: Visitor, name: Name) -> bool:
        """Whether a user's role in a room is higher than that of another."""
        return self.role(user, name.key) > self.role(other, name.key)

    def role_of_name(self, key: str, room: str) -> Role:
        """The role in a room of whoever has a username, by its key, also if they are not here."""
        account = self._accounts.get(key)
        if account is None:
            return Role.GUEST
        return self.role(Prospect(key, account, (), {}), room)

    def voice(self, user: Visitor, room: OpenRoom) -> Voice:
        """What becomes of what somebody says in a room that they are in."""
        if silence := self._silence(user, Name(room.name, room.key)):
            return Voice(silence[1], silence[0])
        is_paced = self.role(user, room.key) < Role.MODERATOR
        return Voice(math.inf, None, is_paced, self.is_newcomer(user, room))

    def needs_gate(self, key: str) -> bool:
        """Whether not everyone in a room may say what they like."""
        registry = self.registry
        kept, server = registry.kept(key), registry.kept(SERVER)
        if kept.is_moderated or kept.slow or kept.raid or server.raid:
            return True
        return bool(registry.sanctions(key).many("mute") or registry.sanctions().many("mute"))

    def is_newcomer(self, user: Visitor, room: OpenRoom, since: int = 0) -> bool:
        """Whether somebody has come to a room, or to the server, since the raid; or, where there is
        none, since that time (in ms since 1970 UTC). Whoever has a standing in the room is no
        newcomer there, but may be one on the server: anybody may claim a room."""
        account = user.account
        if account and account.is_operator:
            return False
        raid = self.registry.kept(room.key).raid
        if not raid and not self.registry.kept(SERVER).raid:
            raid = since
        is_known = account is not None and self.registry.holder(room.key, account) is not None
        if not is_known and self._came_since(user, raid, room.came(user)):
            return True
        return self.is_raider(user)

    def check_vouches(self, user: Visitor) -> None:
        """Whether somebody may say who is no newcomer: not who is one on the server, wherever they
        moderate. Raises ChatError: raid."""
        if self.is_raider(user):
            raise ChatError("raid", ask=self.helpers(SERVER, Role.OPERATOR))

    def is_raider(self, user: Visitor) -> bool:
        """Whether somebody has come with a raid on the whole server."""
        is_operator = self.role(user) is Role.OPERATOR
        raid = self.registry.kept(SERVER).raid
        return not is_operator and self._came_since(user, raid, user.since)

    def _came_since(self, user: Visitor, began: int, came: int) -> bool:
        """Whether somebody who has come at a time has come with a raid that began at a time."""
        account = user.account
        is_known = account is not None and account.since < began - KNOWN_SECONDS * 1000
        return bool(began) and came >= began and not is_known

    def _is_held(self, user: Visitor, name: Name) -> bool:
        """Whether what somebody says waits, in a room that they are in, or wherever they say it."""
        room = user.rooms.get(name.key)
        if room is not None:
            return room.holds(user)
        return self.is_raider(user)

    def _check_is(self, user: Visitor, name: Name, least: Role) -> None:
        if self.role(user, name.key) >= least:
            return
        if least is Role.ACCOUNT:
            raise ChatError("account-required")
        is_free = base_of(name.key) not in (SERVER, LOBBY)
        is_free = is_free and not self.registry.kept(name.key).holders
        if is_free:
            raise ChatError("not-claimed", name.shown)
        raise ChatError("not-allowed", ask=self.helpers(name.key, least, user.key))

    def _silence(self, user: Visitor, name: Name) -> tuple[ChatError, float] | None:
        """Why somebody may not speak in a room, or at all, and until when."""
        for place in dict.fromkeys((WHOLE_SERVER, name)):
            if sanction := self._sanction("mute", user, place.key):
                return self._told(sanction, place, user), sanction.until or math.inf
        kept = self.registry.kept(name.key)
        if kept.is_moderated and kept.holders and self.role(user, name.key) < Role.MODERATOR:
            return ChatError("moderated", name.shown, ask=self.moderators(name.key)), math.inf
        return None

    def _sanction(self, kind: SanctionKind, person: Person, key: str) -> Sanction | None:
        """The sanction that holds against somebody. Operators are above that; a moderator's own
        address is no reason to keep them out of their room, or who lifts what was too wide? But
        what an operator has imposed in a room they could not lift, and it holds."""
        sanctions = self.registry.sanctions(key)
        if not sanctions or (role := self.role(person, key)) is Role.OPERATOR:
            return None
        if found := sanctions.named(kind, person.key, self.today):
            return found
        for found in sanctions.addressed(kind, person.hosts, self.today):
            if role < Role.MODERATOR or self.rank_of(found) is Role.OPERATOR:
                return found
        return None

    def _told(self, sanction: Sanction, name: Name, person: Person) -> ChatError:
        room = "" if name.key == SERVER else name.shown
        grounds = Grounds(room, sanction.until, sanction.reason, sanction.by)
        code = "banned" if sanction.kind == "ban" else "muted"
        return ChatError(code, room, grounds, self._who_lifts(sanction, name, person))

    def _who_lifts(self, sanction: Sanction, name: Name, person: Person) -> tuple[str, ...]:
        """Some who could lift what holds against somebody."""
        is_above = self.rank_of(sanction) is Role.OPERATOR
        least = Role.OPERATOR if is_above else Role.MODERATOR
        return self.helpers(name.key, least, person.key)
