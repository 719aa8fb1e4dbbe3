"""The commands that keep a room, or the server, pleasant: the same in all styles of somebody who is
here. The room may be left out where it is plain which one is meant. Here are only words; what is
done is chat.acts' matter."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks, succeed

from chat.dialects.commands.grammar import (
    count_of,
    cut,
    end,
    is_length,
    is_number,
    is_switch,
    length_of,
    number_of,
    one,
)
from chat.dialects.commands.room_verbs import RoomVerbs
from chat.history.room_records import SERVER, AuditEntry, Sanction, SanctionKind
from chat.moderation.rulebook import WHOLE_SERVER
from chat.moderation.targets import shown_of
from chat.queries.oversight import Entries
from chat.queries.seam import acts_of, queries_of, realm_of
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import AUDIT_COUNT
from chat.vocabulary.names import Name
from chat.vocabulary.times import rfc3339
from chat.vocabulary.writing.readings import is_ambiguous, is_like_length


class ModeratorVerbs(RoomVerbs):
    """What a moderator can do, and what one can do with one's own messages."""

    def do_kick(self, session: Session, rest: str) -> None:
        """KICK [room] <who> [reason]  ->  OK; a username, or all who come from an address range,
        are out, and may come back"""
        name, who, reason = self._against(session, rest)
        done = acts_of(session).people.kick(user_of(session), name, who, reason)
        self.answer(session, done, lambda shown: f"{shown} is out of {_place(name)}")

    def do_mute(self, session: Session, rest: str) -> None:
        """MUTE [room] <who> [duration] [reason]  ->  OK; they say nothing in it, for 10m, 2h, 7d,
        or for good; who: a username, an address range, or @<username> for the address that they
        come from; * for the room: on the whole server"""
        self._impose(session, rest, "mute")

    def do_unmute(self, session: Session, rest: str) -> None:
        """UNMUTE [room] <who>  ->  OK; they may speak again"""
        self._lift(session, rest, "mute")

    def do_mutes(self, session: Session, rest: str) -> None:
        """MUTES [room]  ->  MUTE <room> <who> <until> <by> <reason> for each; - for good"""
        self._list(session, rest, "mute")

    def do_ban(self, session: Session, rest: str) -> None:
        """BAN [room] <who> [duration] [reason]  ->  OK; they are out, and stay out, as with MUTE"""
        self._impose(session, rest, "ban")

    def do_unban(self, session: Session, rest: str) -> None:
        """UNBAN [room] <who>  ->  OK; they may come again"""
        self._lift(session, rest, "ban")

    def do_bans(self, session: Session, rest: str) -> None:
        """BANS [room]  ->  BAN <room> <who> <until> <by> <reason> for each; - for good"""
        self._list(session, rest, "ban")

    def do_hide(self, session: Session, rest: str) -> None:
        """HIDE [room] <username> <duration> [reason]  ->  OK; what they have said for so long is
        not to be seen any more; * for all newcomers"""
        words = rest.split(None, 3)
        name = self._room_alone(
            session, words, 2, has_more=not _has_room(words), is_other=_begins_with_user
        )
        self._check_is_user(session, words)
        if len(words) == 2 and not is_length(words[1]) and self._is_room(session, words[0]):
            raise ChatError("missing-length")  # HIDE tea eve
        self._check_is_user(session, words[:1])  # HIDE tea 1h
        who, length = words[0], length_of(words[1] if len(words) > 1 else "")
        reason = " ".join(words[2:])
        acts = acts_of(session).messages
        done = acts.hide(user_of(session), name, who, length, reason)
        self.answer(session, done, lambda many: f"{_messages(many)} hidden in {name.shown}")

    def do_unhide(self, session: Session, rest: str) -> None:
        """UNHIDE [room] <username>  ->  OK; all that was hidden of them is to be seen again; * for
        all of whom anything was hidden"""
        words = rest.split()
        name = self._room_alone(session, words, 1)
        self._check_is_user(session, words)
        who = one(words)
        done = acts_of(session).messages.unhide(user_of(session), name, who)
        self.answer(session, done, lambda many: f"{_messages(many)} shown again in {name.shown}")

    def do_unsay(self, session: Session, rest: str) -> None:
        """UNSAY [room]  ->  OK; the last thing that you have said there is taken back"""
        words = rest.split()
        name = self._room_alone(session, words, 0)
        end(words)
        done = acts_of(session).messages.take_back(user_of(session), name)
        self.answer(session, done, lambda number: f"message {number} taken back")

    def do_edit(self, session: Session, rest: str) -> None:
        """EDIT [room] <number> <text>  ->  OK; the last thing that you have said there, which has
        that number, has another text"""
        words = rest.split(None, 1)
        name = self._room_alone(session, words, 1, is_other=_begins_with_number)
        word, text = cut(" ".join(words))
        if not word:
            raise ChatError("missing-number")
        number = number_of(word)
        acts = acts_of(session).messages
        done = acts.edit(user_of(session), name, number, text.strip())
        self.answer(session, done, f"message {number} edited")

    def do_earlier(self, session: Session, rest: str) -> None:
        """EARLIER [room] <number>  ->  EARLIER <room> <number> <time> <text> for each text that a
        message had before, until that time"""
        words = rest.split()
        name = self._room_alone(session, words, 1)
        number = number_of(one(words, "missing-number"))
        queries = queries_of(session)
        queries.rulebook.check("EARLIER", user_of(session), name)  # before it waits for anything
        head, closing = f"EARLIER {name.shown} {number}", ("text", f"of message {number}")

        def page(skip: int) -> Deferred[list[str]]:
            found = queries.earlier(session, name, number, skip)
            return found.addCallback(
                lambda texts: [f"{head} {rfc3339(each.at)} {each.text}" for each in texts]
            )

        self.ask(session, partial(self._tell_pages, session, page, *closing))

    def do_raid(self, session: Session, rest: str) -> None:
        """RAID [room] on [duration] | off  ->  OK; what newcomers say waits for a moderator, or no
        longer; a newcomer has been there for less, 10m unless given"""
        words = rest.split()
        name = self._room(session, words, 1, is_other=_begins_with_switch)
        switch = words.pop(0).lower() if words else ""
        if not switch:
            raise ChatError("missing-argument")
        if switch not in ("on", "off") or (switch == "off" and words) or len(words) > 1:
            raise ChatError("bad-argument", " ".join(words) or switch)
        length = length_of(words[0]) if words else None
        done = acts_of(session).rooms.raid(user_of(session), name, switch == "on", length)
        self.answer(session, done, f"raid {switch} {_where(name)}")

    def do_held(self, session: Session, rest: str) -> None:
        """HELD [room]  ->  HELD <room> <time> <username> <text> for each message that waits"""
        words = rest.split()
        name = self._room_alone(session, words, 0)
        end(words)
        found = queries_of(session).held(session, name)
        lines = (f"HELD {each.room} {rfc3339(each.at)} {each.user} {each.text}" for each in found)
        self.tell_list(session, lines, "message", f"held in {name.shown}")

    def do_let(self, session: Session, rest: str) -> None:
        """LET [room] <username>  ->  OK; what they have said is heard, and they are no newcomer any
        more; * for all of whom something waits, but for those who are hidden"""
        words = rest.split()
        name = self._room_alone(session, words, 1)
        self._check_is_user(session, words)
        who = one(words)
        done = acts_of(session).messages.let(user_of(session), name, who)
        self.answer(session, done, lambda many: f"{_messages(many)} let through in {name.shown}")

    def do_audit(self, session: Session, rest: str) -> None:
        """AUDIT [room] [count] [BEFORE <number>]  ->  AUDIT <number> <time> <room> <by> <act>
        <target> <text> for each thing that was done, oldest first; * for the server, - for nobody
        """
        words = rest.split()
        before = None
        if len(words) >= 2 and words[-2].upper() == "BEFORE":
            before = number_of(words.pop())
            words.pop()
        name = self._room(session, words, 0, is_other=_begins_with_number)
        count = count_of(words.pop(0)) if words else AUDIT_COUNT
        end(words)
        queries = queries_of(session)
        queries.rulebook.check("AUDIT", user_of(session), name)  # before it waits for anything
        self.ask(session, partial(self._tell_entries, session, name, count, before))

    @inlineCallbacks
    def _tell_entries(
        self, session: Session, name: Name, count: int, before: int | None
    ) -> Generator[Deferred[Any], Any, None]:
        queries = queries_of(session)
        start, end = yield queries.audited(session, name, count, before)

        def page(told: int) -> Deferred[list[str]]:
            if start + told >= end:
                return succeed([])
            found = queries.audit(session, name, Entries(start + told, end))
            return found.addCallback(lambda entries: list(map(_entry, entries)))

        yield self._tell_pages(session, page, "act", "found")

    @inlineCallbacks
    def _tell_pages(
        self, session: Session, page: Callable[[int], Deferred[list[str]]], what: str, where: str
    ) -> Generator[Deferred[Any], Any, None]:
        """Tell a list that the store has, a page at a time, as it is read; `page` gets what stands
        behind so many lines, and is asked until that is nothing."""
        told = 0
        while lines := (yield page(told)):
            yield self.write_lines(session, lines)
            told += len(lines)
            yield session.connection.ready()
        yield self.write_lines(session, self.closing(told, what, where))

    def do_announce(self, session: Session, rest: str) -> None:
        """ANNOUNCE <text>  ->  OK; INFO <your username> announces: <text> to everyone here"""
        done = acts_of(session).messages.announce(user_of(session), rest.strip())
        self.answer(session, done, "announced")

    def _impose(self, session: Session, rest: str, kind: SanctionKind) -> None:
        name, who, reason = self._against(session, rest)
        first, tail = cut(reason)
        is_one = first.lstrip("-+")[:1].isdecimal()  # a slip is no reason
        length = length_of(first) if is_one else None
        if length:
            reason = tail
        people = acts_of(session).people
        done = people.impose(user_of(session), kind, name, who, length, reason.strip())
        until = f"for {first}" if length else "for good"
        self.answer(session, done, lambda shown: f"{shown} is {_held(kind, name)} {until}")

    def _lift(self, session: Session, rest: str, kind: SanctionKind) -> None:
        words = rest.split()
        name, who = self._room(session, words, 1), one(words)
        done = acts_of(session).people.lift(user_of(session), kind, name, who)
        self.answer(session, done, lambda shown: f"{shown} is not {_held(kind, name)} any more")

    def _list(self, session: Session, rest: str, kind: SanctionKind) -> None:
        words = rest.split()
        name = self._room(session, words, 0)
        end(words)
        found = queries_of(session).sanctions(session, kind, name)
        self.tell_list(session, (_sanction(each, name) for each in found), kind, _where(name))

    def _against(self, session: Session, rest: str) -> tuple[Name, str, str]:
        """[room] <who> <the rest>. Raises ChatError: missing-username, missing-room."""
        words = rest.split(None, 2)
        name = self._room(session, words, 1, has_more=True)
        self._check_is_user(session, words)
        people = realm_of(session).people
        if is_like_length(words[0]):
            raise ChatError("bad-argument", words[0])
        if len(words) > 1 and not people.may_be_meant(words[0]) and people.is_here(words[1]):
            raise ChatError("room-not-found", words[0])  # or the room's name would be banned
        if len(words) > 2 and is_length(cut(words[2])[0]) and self._is_room(session, words[1]):
            raise ChatError("bad-argument", words[1])  # MUTE eve tea 10m
        return name, words[0], " ".join(words[1:])

    def _check_is_user(self, session: Session, words: list[str]) -> None:
        """Whether a username comes next, and not the room alone: BAN tea is nothing against tea.
        Raises ChatError: missing-username."""
        is_alone = len(words) == 1 and not realm_of(session).people.may_be_meant(words[0])
        if not words or (is_alone and words[0] != "*" and self._is_room(session, words[0])):
            raise ChatError("missing-username")

    def _room(
        self,
        session: Session,
        words: list[str],
        least: int,
        *,
        has_more: bool = False,
        is_other: Callable[[list[str]], bool] = lambda _: False,
    ) -> Name:
        """Takes the room from the front of the words, if it stands there and at least `least` words
        follow; otherwise it is the one that is meant anyway. `is_other` says that the words begin
        with something else; a # before it makes a room of anything. `has_more`: any number of words
        may follow, so that a room has to be one that is there.

        Raises ChatError: missing-room.
        """
        word = words[0] if words else ""
        stands_there = len(words) > least and not is_other(words)
        if stands_there and has_more:
            stands_there = self._is_room(session, word)
        if not (stands_there or word.startswith("#")):
            return self.room_meant(session).called
        words.pop(0)
        return (
            WHOLE_SERVER if word == "*" else realm_of(session).rooms.known(user_of(session), word)
        )

    def _is_room(self, session: Session, word: str) -> bool:
        user, realm = user_of(session), realm_of(session)
        if word == "*" or word.startswith("#"):
            return True
        if is_ambiguous(word):
            return False  # or whoever opens a room of that name has another one banned
        try:
            name = realm.rooms.named(user, word)
        except ChatError:
            return False
        return name.key in user.rooms or (
            realm.rooms.is_there(name) and not realm.people.is_here(word)
        )

    def _room_alone(self, session: Session, words: list[str], least: int, **how: Any) -> Name:
        """The same, where it can't be the whole server. Raises ChatError: bad-argument, too."""
        name = self._room(session, words, least, **how)
        if name is WHOLE_SERVER:
            raise ChatError("bad-argument", "*")
        return name


def _begins_with_user(words: list[str]) -> bool:
    return is_length(words[1])


def _has_room(words: list[str]) -> bool:
    return len(words) > 2 and is_length(words[2])


def _begins_with_number(words: list[str]) -> bool:
    return is_number(words[0])


def _begins_with_switch(words: list[str]) -> bool:
    return is_switch(words[0])


def _place(name: Name) -> str:
    return "this server" if name.key == SERVER else name.shown


def _where(name: Name) -> str:
    return "on this server" if name.key == SERVER else f"in {name.shown}"


def _held(kind: SanctionKind, name: Name) -> str:
    return f"muted {_where(name)}" if kind == "mute" else f"banned from {_place(name)}"


def _messages(many: object) -> str:
    return f"{many} message{'' if many == 1 else 's'}"


def _sanction(sanction: Sanction, name: Name) -> str:
    until = rfc3339(sanction.until) if sanction.until else "-"
    verb = sanction.kind.upper()
    line = f"{verb} {name.shown} {shown_of(sanction)} {until} {sanction.by} {sanction.reason}"
    return line.rstrip()


def _entry(entry: AuditEntry) -> str:
    where = entry.name or "*"
    line = f"AUDIT {entry.number} {rfc3339(entry.at)} {where} {entry.by} {entry.act}"
    return f"{line} {entry.target or '-'} {entry.text}".rstrip()
