"""What is done with rooms that are kept: owners, moderators, modes, the raid switch. Knows no
wire."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Final

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.accounts.directory import Account
from chat.acts.act import Act, changed
from chat.acts.allowance import Allowance
from chat.history.room_records import SERVER, Decision, Holder, Kept, Standing
from chat.moderation.decisions import (
    OFFERED,
    decided,
    decision_about,
    given_back,
    moderating,
    undecided,
)
from chat.moderation.rulebook import WHOLE_SERVER, Rulebook
from chat.moderation.rules import ROLES, Role
from chat.net.rates import Buckets
from chat.realm.realm import Realm
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Appointed, Event, Given, Invited, Taken
from chat.vocabulary.limits import (
    CLAIMS_AT_ONCE,
    CLAIMS_PER_ACCOUNT,
    CLAIMS_SECONDS,
    HOLDERS_MOST,
    INVITED_SECONDS,
    NEWCOMER_SECONDS,
    SLOW_MOST_SECONDS,
    TAKERS_KNOWN,
    TOPIC_CHARACTERS,
    TOPICS_AT_ONCE,
    TOPICS_FORGOTTEN,
    TOPICS_MOST,
    TOPICS_SECONDS,
)
from chat.vocabulary.names import LOBBY, Name, base_of, username
from chat.vocabulary.times import Length
from chat.vocabulary.writing.readings import unmarked

MODES: Final = {
    "private": "is_private",
    "moderated": "is_moderated",
    "registered": "is_registered",
    "slow": "slow",
}
"""What a room can be, and how Kept calls it."""

_NOT_OFFERED: Final[dict[str, Any]] = {"offered": "", "offered_since": 0}

_CLAIMS_FILL: Final = CLAIMS_SECONDS * CLAIMS_AT_ONCE / CLAIMS_PER_ACCOUNT
"""Seconds in which an account may claim as many rooms as at once."""

Done = Generator[Deferred[Any], Any, None]


class Ownership(Act):
    """Every method is somebody's act on a room, given by its name with its key; it fires when that
    holds, and fails with ChatError as Rulebook.check does, and not-kept."""

    def __init__(self, realm: Realm, allowance: Allowance) -> None:
        super().__init__(realm)
        self._allowance = allowance
        # Who has told whom of what, and when.
        self._told: dict[tuple[str, str, type, str], float] = {}
        seconds = realm.seconds
        self._claims = Buckets(seconds, TAKERS_KNOWN, CLAIMS_AT_ONCE, _CLAIMS_FILL)
        self._topics = Buckets(seconds, TAKERS_KNOWN, TOPICS_AT_ONCE, TOPICS_SECONDS)

    @inlineCallbacks
    def topic(self, user: User, name: Name, text: str) -> Done:
        """The room has another topic; none, if the text is empty. Fails with ChatError:
        not-in-room, too-many-topics; not-claimed, where too many rooms have one."""
        text, origin = text[:TOPIC_CHARACTERS], user.origins[0]

        def set_topic(kept: Kept) -> Kept:
            if not kept.holders and name.key not in user.rooms:
                raise ChatError("not-in-room", name.shown)
            if is_first(kept) and self._topics.is_empty(origin):
                raise ChatError("too-many-topics")
            if not kept.revision and self.registry.topics >= TOPICS_MOST:
                raise ChatError("not-claimed", name.shown)
            if text == kept.topic:
                return kept
            self.rulebook.check_changes(user, name, "topic")
            by, at = (user.name, self.rulebook.at) if text else ("", 0)
            values = {"topic": text, "topic_by": by, "topic_at": at}
            if text and self.rulebook.role(user) is Role.OPERATOR:
                return decided(kept, self._decision("topic", user), **values)
            return undecided(kept, "topic", **values)  # of a room's own people each has a say

        def is_first(kept: Kept) -> bool:
            return bool(text) and not kept.topic and not kept.holders

        takes_one = is_first(self.registry.kept(name.key))
        is_full = takes_one and self.registry.topics >= TOPICS_MOST
        if is_full and name.key in user.rooms and not self._topics.is_empty(origin):
            self.rulebook.check("TOPIC", user, name)  # or what is refused would have changed much
            self.rulebook.check_changes(user, name, "topic")
            unused = self.registry.topics_to_forget(self.realm.rooms, TOPICS_FORGOTTEN)
            yield self.stored(self.store.forget_rooms(unused))
        yield self.keep("TOPIC", user, name, set_topic, text=text)
        if takes_one:
            self._topics.take(origin)

    def claim(self, user: User, name: Name) -> Deferred[None]:
        """The room, which was nobody's or was given to the user, is the user's own. Fails with
        ChatError: room-claimed, too-many-claims."""
        self.rulebook.check_not_banned(user, name)
        kept = self.registry.kept(name.key, name.shown)
        if not _is_offered(kept, user):
            _check_has_no_owner(kept, self.rulebook)
            if base_of(name.key) == LOBBY and self.rulebook.role(user) < Role.OPERATOR:
                raise ChatError("not-allowed", ask=self.rulebook.helpers(SERVER, Role.OPERATOR))

        def claim(kept: Kept) -> Kept:
            account = _account(user)
            is_offered = _is_offered(kept, user)
            if not is_offered:
                _check_has_no_owner(kept, self.rulebook)
            self._check_claims_few(account)
            self._check_not_dismissed(user, name, kept)
            claimed = kept.claimed if is_offered else self.rulebook.at
            holders = self._heirs(kept, account) if is_offered else (_holder(account, "owner"),)
            values = {"name": name.shown, "holders": holders, "claimed": claimed}
            return undecided(kept, OFFERED, **values, **_NOT_OFFERED)

        done = self.keep("CLAIM", user, name, claim)
        return done.addCallback(self._has_claimed, user, name, kept)

    @inlineCallbacks
    def unclaim(self, user: User, name: Name) -> Done:
        """The room is nobody's any more, and nobody is banned or muted there, but by what somebody
        higher has decided, or by what is against the user. A private one is shut for good: its name
        means another room. Not where somebody higher has given it to another one, or has made
        somebody its moderator."""

        def give_back(kept: Kept) -> Kept:
            _check_is_kept(kept)
            self._check_is_not_given(user, name, kept)
            for each in kept.holders:
                if each.standing == "moderator":
                    self.rulebook.check_changes(user, name, moderating(each.key))
            return given_back(kept)

        self.rulebook.check("UNCLAIM", user, name)
        give_back(self.registry.kept(name.key, name.shown))
        for each in list(self.registry.sanctions(name.key)):
            if not self.rulebook.may_lift(user, name, each):
                continue
            entry = self.entry(user, f"UN{each.kind.upper()}", name, each.shown)
            yield self.stored(self.store.lift(name.key, each.kind, each.target, entry))
        yield self.keep("UNCLAIM", user, name, give_back)

    def give(self, user: User, name: Name, word: str) -> Deferred[Account | None]:
        """Another account may own the room, if it claims it; until then nothing is changed. It is
        given to one at a time: what is given to its owner is given to nobody. Returns to whom it is
        given. Fails with ChatError: user-not-registered; user-not-found, where that is not somebody
        of the room."""
        account = self._registered(word)
        heir: Account | None = None

        def give(kept: Kept) -> Kept:
            nonlocal heir
            _check_is_kept(kept)
            self._check_may_be_given(user, name, account)
            self.rulebook.check_changes(user, name, moderating(account.key))
            self._check_is_not_given(user, name, kept)
            if any(each.standing == "owner" for each in kept.holders if each.key == account.key):
                heir = None
                return undecided(kept, OFFERED, **_NOT_OFFERED)
            heir = account
            values = {"offered": account.key, "offered_since": account.since}
            if self.rulebook.role(user) is Role.OPERATOR:
                kept = undecided(kept, moderating(account.key))  # who was dismissed is so no more
                return decided(kept, self._decision(OFFERED, user), **values)
            return undecided(kept, OFFERED, **values)

        def tell(_: None) -> Account | None:
            if heir is not None:
                given = Given(name.key, name.shown, self.realm.at, user.name)
                self._tell_at_times(user, heir.key, given, name.key)
            return heir

        return self.keep("GIVE", user, name, give, account.name).addCallback(tell)

    def appoint(self, user: User, name: Name, word: str, is_on: bool) -> Deferred[None]:
        """An account moderates the room, or no longer. Fails with ChatError: user-not-registered,
        not-on-list, list-full."""
        if is_on:
            account = self._registered(word)
            done = self._hold("MODERATOR", user, name, account, "moderator")
            appointed = Appointed(name.key, name.shown, self.realm.at, user.name)
            tell = partial(self._tell_at_times, user, account.key, appointed, name.key)
            return done.addCallback(lambda _: tell())
        return self._let_go("MODERATOR", user, name, word)

    @inlineCallbacks
    def invite(self, user: User, name: Name, word: str, is_on: bool) -> Done:
        """An account may come to the room, or no longer. Fails with ChatError: user-not-registered,
        not-on-list, list-full."""
        if not is_on:
            yield self._let_go("INVITE", user, name, word)
            return
        self.rulebook.check("INVITE", user, name)
        account = self._registered(word)
        yield self._hold("INVITE", user, name, account, "invited")
        invited = Invited(name.key, name.shown, self.realm.at, user.name)
        self._tell_at_times(user, account.key, invited)

    def set_mode(self, user: User, name: Name, word: str, value: bool | Length) -> Deferred[None]:
        """The room has another mode: one of MODES, or slow with a length of time. Fails with
        ChatError: room-taken. Raises ChatError: bad-argument, bad-length."""
        if isinstance(value, Length):
            value.check(SLOW_MOST_SECONDS)
        mode = word.lower()
        if mode not in MODES or isinstance(value, Length) != (mode == "slow"):
            raise ChatError("bad-argument", word)
        to = value.seconds if isinstance(value, Length) else value

        def set_mode(kept: Kept) -> Kept:
            _check_is_kept(kept)
            if mode == "private" and not value and kept.is_private:
                self._check_may_open(name)
            field, role = MODES[mode], self.rulebook.role(user, name.key)
            before = decision_about(kept, field)
            is_same = getattr(kept, field) == to
            if is_same and role <= (before.rank if before else Role.OWNER):
                return kept
            self.rulebook.check_changes(user, name, field)
            if role < Role.OPERATOR:
                return undecided(kept, field, **{field: to})
            return decided(kept, self._decision(field, user), **{field: to})

        shown = str(to) if mode == "slow" else "on" if to else "off"
        return self.keep("MODE", user, name, set_mode, f"{mode}={shown}")

    def raid(
        self, user: User, name: Name, is_on: bool, length: Length | None = None
    ) -> Deferred[None]:
        """What newcomers say waits, in a room or on the server, or no longer. A newcomer has been
        there for less than `length`, or NEWCOMER_SECONDS. Raises ChatError: bad-length."""
        if length:
            length.check()
        ago = int((length.seconds if length else NEWCOMER_SECONDS) * 1000)
        since = max(self.rulebook.at - ago, 1) if is_on else 0

        def set_raid(kept: Kept) -> Kept:
            self.rulebook.check_changes(user, name, "raid")
            if not is_on:
                return undecided(kept, "raid", raid=0)
            return decided(kept, self._decision("raid", user, name), raid=since)

        return self.keep("RAID", user, name, set_raid, "on" if is_on else "off")

    def _hold(
        self, verb: str, user: User, name: Name, account: Account, standing: Standing
    ) -> Deferred[None]:
        """An account has a standing in the room; the one that it had, if that was higher."""

        def hold(kept: Kept) -> Kept:
            _check_is_kept(kept)
            valid = [each for each in kept.holders if self.rulebook.is_theirs(each)]
            before = next((each for each in valid if each.key == account.key), None)
            if before and ROLES[before.standing] >= ROLES[standing]:
                return kept
            others = [each for each in valid if each.key != account.key]
            if len(others) >= HOLDERS_MOST:
                raise ChatError("list-full")
            self._allowance.check(user)
            kept = self._moderating(verb, user, name, kept, account.key)
            return changed(kept, holders=(*others, _holder(account, standing)))

        done = self.keep(verb, user, name, hold, account.name, "on")
        return done.addCallback(lambda _: self._allowance.take(user))

    def _let_go(self, verb: str, user: User, name: Name, word: str) -> Deferred[None]:
        """An account has no standing in the room any more; who moderated a private one is still
        invited."""
        key = username(unmarked(word)).key

        def let_go(kept: Kept) -> Kept:
            _check_is_kept(kept)
            self.rulebook.check_outranks(user, name, key)
            before = next((each for each in kept.holders if each.key == key), None)
            is_other = before and verb == "MODERATOR" and before.standing != "moderator"
            if before is None or is_other or before.standing == "owner":
                raise ChatError("not-on-list", word)
            kept = self._moderating(verb, user, name, kept, key)
            holders = [each for each in kept.holders if each is not before]
            if verb == "MODERATOR" and kept.is_private:
                holders.append(_changed_holder(before, "invited"))
            return changed(kept, holders=tuple(holders))

        return self.keep(verb, user, name, let_go, word, "off")

    def _moderating(self, verb: str, user: User, name: Name, kept: Kept, key: str) -> Kept:
        """Somebody decides whether an account, by key, moderates the room: an operator does so for
        those who keep it as well. Raises ChatError as Rulebook.check_undoes does."""
        what = moderating(key)
        self.rulebook.check_changes(user, name, what)
        if verb == "MODERATOR" and self.rulebook.role(user) is Role.OPERATOR:
            return decided(kept, self._decision(what, user))
        return kept

    def _decision(self, what: str, user: User, name: Name = WHOLE_SERVER) -> Decision:
        """Somebody decides that, in the role that they have in a room, or on the server."""
        return Decision(what, self.rulebook.role(user, name.key), user.name, self.rulebook.at)

    def _tell_of_it(self, key: str, event: Event) -> None:
        """An account has another standing in a room: its connections hear of it."""
        user = self.realm.users.get(key)
        for session in list(user.sessions) if user and user.account else ():
            session.hear(event)

    def _tell_at_times(self, user: User, key: str, event: Event, room: str = "") -> None:
        """The same, but not often, as whoever brings that about may be a stranger, who calls a room
        what they like: it is no way to talk. room: the key of that one alone."""
        now, told = self.realm.seconds(), self._told
        recent = {each: then for each, then in told.items() if then > now - INVITED_SECONDS}
        self._told = recent
        what = (user.key, key, type(event), room)
        if key in self.realm.users and what not in recent:
            recent[what] = now
            self._tell_of_it(key, event)

    def _check_claims_few(self, account: Account) -> None:
        """An account claims only so many rooms at a time, and so many a day, whatever becomes of
        them."""
        if account.is_operator:
            return
        owned = [each for each in self.registry.held_by(account) if each.standing == "owner"]
        if len(owned) >= CLAIMS_PER_ACCOUNT or self._claims.is_empty(account.key):
            raise ChatError("too-many-claims")

    def _has_claimed(self, _: None, user: User, name: Name, before: Kept) -> None:
        self._claims.take(user.key)
        taken = Taken(name.key, name.shown, self.realm.at, user.name)
        for each in before.holders:
            if each.standing == "owner":
                self._tell_of_it(each.key, taken)

    def _heirs(self, kept: Kept, account: Account) -> tuple[Holder, ...]:
        """Who holds a room once another account owns it: whoever has owned it moderates it."""
        others = [
            _changed_holder(each, "moderator") if each.standing == "owner" else each
            for each in kept.holders
            if each.key != account.key and self.rulebook.is_theirs(each)
        ]
        return (_holder(account, "owner"), *others)

    def _check_is_not_given(self, user: User, name: Name, kept: Kept) -> None:
        """Whether nobody higher has given the room to somebody who may still take it. Raises
        ChatError as Rulebook.check_undoes does."""
        if kept.offered and self.realm.people.accounts.get(kept.offered):
            self.rulebook.check_changes(user, name, OFFERED)

    def _check_not_dismissed(self, user: User, name: Name, kept: Kept) -> None:
        """Whoever is no moderator of a room, as somebody higher has decided, does not own it
        either: neither by what was given before, nor once it is nobody's. Raises ChatError as
        Rulebook.check_undoes does."""
        if not any(each.standing != "invited" for each in kept.holders if each.key == user.key):
            self.rulebook.check_changes(user, name, moderating(user.key))

    def _check_may_be_given(self, user: User, name: Name, account: Account) -> None:
        """A room is given to somebody who knows it: whoever is given one has to keep it."""
        room = self.realm.rooms.get(name.key)
        is_there = room is not None and account.key in {each.key for each in room.members}
        knows = is_there or self.registry.holder(name.key, account) is not None
        if account.is_disabled:  # who would keep it?
            raise ChatError("user-not-found", account.name)
        if not (knows or self.rulebook.role(user) is Role.OPERATOR):
            raise ChatError("user-not-found", account.name)

    def _check_may_open(self, name: Name) -> None:
        """A private room is to be everyone's: no other room of its name may have an owner."""
        key = self.registry.public(base_of(name.key))
        if self.registry.kept(key).holders:
            ask = self.rulebook.helpers(key, Role.OWNER)
            raise ChatError("room-taken", name.shown, ask=ask)

    def _registered(self, word: str) -> Account:
        """The account of a username; a disabled one as well, as that is told to nobody. Raises
        ChatError: missing-username, invalid-username, user-not-registered."""
        account = self.realm.people.accounts.get(username(unmarked(word)).key)
        if account is None:
            raise ChatError("user-not-registered", word)
        return account


def _is_offered(kept: Kept, user: User) -> bool:
    """Whether a room is given to somebody who has not taken it yet."""
    account = user.account
    offered = kept.offered, kept.offered_since
    return account is not None and bool(kept.holders) and offered == (account.key, account.since)


def _changed_holder(holder: Holder, standing: Standing) -> Holder:
    """The same account with another standing."""
    return Holder(holder.key, holder.name, holder.since, standing)


def _holder(account: Account, standing: Standing) -> Holder:
    return Holder(account.key, account.name, account.since, standing)


def _account(user: User) -> Account:
    """Raises ChatError: account-required."""
    if user.account is None:
        raise ChatError("account-required")
    return user.account


def _check_is_kept(kept: Kept) -> None:
    if not kept.holders:
        raise ChatError("not-claimed", kept.name)


def _check_has_no_owner(kept: Kept, rulebook: Rulebook) -> None:
    if kept.holders:
        ask = rulebook.helpers(kept.key, Role.OWNER)
        raise ChatError("room-claimed", kept.name, ask=ask)
