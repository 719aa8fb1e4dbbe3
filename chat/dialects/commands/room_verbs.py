"""The commands for rooms that people keep: the same in all styles of somebody who is here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TypeVar

from twisted.internet.defer import Deferred

from chat.acts.ownership import MODES
from chat.dialects.commands.credentials import AccountDialect
from chat.dialects.commands.proofs import when_done
from chat.dialects.lines import cut
from chat.history.room_records import Standing
from chat.moderation.rules import modes_of
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import LONGEST_SECONDS, SLOW_MOST_SECONDS
from chat.vocabulary.names import Name
from chat.vocabulary.times import seconds

T = TypeVar("T")


class KeepingDialect(AccountDialect):
    """What somebody who is here can do with a room."""

    def do_topic(self, session: Session, rest: str) -> None:
        """TOPIC <room> [text]  ->  TOPIC <room> <text>; or, with a text (- for none), OK: that is
        what the room is about from now on"""
        user, (word, text) = user_of(session), cut(rest.strip())
        name = session.realm.rooms.known(user, word)
        if text.strip():
            topic = "" if text.strip() == "-" else text.strip()
            done = session.realm.moderation.rooms.topic(user, name, topic)
            self.answer(session, done, f"topic of {name.shown} set")
            return
        session.realm.rulebook.check("TOPIC", user, name, shows=True)
        kept = session.realm.rulebook.registry.kept(name.key)
        session.reply(f"TOPIC {name.shown} {kept.topic}".rstrip())

    def do_claim(self, session: Session, rest: str) -> None:
        """CLAIM <room>  ->  OK; the room is yours from now on, and is there when nobody is"""
        name = self._named(session, rest.strip())
        done = session.realm.moderation.rooms.claim(user_of(session), name)
        self.answer(session, done, f"{name.shown} is yours")

    def do_unclaim(self, session: Session, rest: str) -> None:
        """UNCLAIM <room>  ->  OK; the room is nobody's any more; a private one is gone for good"""
        name = self._named(session, rest.strip())
        done = session.realm.moderation.rooms.unclaim(user_of(session), name)
        self.answer(session, done, f"{name.shown} is nobody's any more")

    def do_give(self, session: Session, rest: str) -> None:
        """GIVE <room> <username>  ->  OK; the room is theirs from now on, and you moderate it"""
        word, other = _two(rest)
        name = self._named(session, word)
        done = session.realm.moderation.rooms.give(user_of(session), name, other)
        self.answer(session, done, f"{name.shown} is given to {other}")

    def do_moderator(self, session: Session, rest: str) -> None:
        """MODERATOR <room> [<username> on | off]  ->  MODERATOR <room> <username> owner or
        moderator for each; or OK: they moderate the room, or no longer"""
        words = rest.split()
        name = self._named(session, words[0] if words else "")
        if len(words) < 2:
            self._tell_holders(session, "MODERATOR", name, ("owner", "moderator"))
            return
        is_on = _on_or_off(words[2:])
        done = session.realm.moderation.rooms.appoint(user_of(session), name, words[1], is_on)
        now = "moderates" if is_on else "does not moderate"
        self.answer(session, done, f"{words[1]} {now} {name.shown}")

    def do_mode(self, session: Session, rest: str) -> None:
        """MODE <room> [private | moderated | registered on | off, or slow <seconds> | off]  ->
        MODE <room> private=off moderated=off registered=off slow=0 raid=off; or OK: that is how
        the room is from now on"""
        user, words = user_of(session), rest.split()
        name = self._named(session, words[0] if words else "")
        if len(words) < 2:
            session.realm.rulebook.check("MODE", user, name, shows=True)
            kept = session.realm.rulebook.registry.kept(name.key)
            session.reply(f"MODE {name.shown} {modes_of(kept)}")
            return
        mode = words[1].lower()
        value: bool | int = _slowness(words[2:]) if mode == "slow" else _on_or_off(words[2:])
        if mode != "slow" and mode not in MODES:
            raise ChatError("bad-argument", words[1])
        done = session.realm.moderation.rooms.set_mode(user, name, mode, value)
        self.answer(session, done, f"{name.shown} is {' '.join(words[1:])}")

    def do_invite(self, session: Session, rest: str) -> None:
        """INVITE <room> [<username> [off]]  ->  INVITED <room> <username> for each; or OK: they may
        come when it is private, or no longer"""
        words = rest.split()
        name = self._named(session, words[0] if words else "")
        if len(words) < 2:
            self._tell_holders(session, "INVITE", name, ("invited",))
            return
        is_on = len(words) == 2 or _on_or_off(words[2:])
        done = session.realm.moderation.rooms.invite(user_of(session), name, words[1], is_on)
        now = "is invited to" if is_on else "is not invited to"
        self.answer(session, done, f"{words[1]} {now} {name.shown}")

    def answer(self, session: Session, done: Deferred[T], what: str | Callable[[T], str]) -> None:
        """Say what was done, once it holds and all have heard what came of it, or why not."""

        def tell(result: T) -> None:
            session.wait_for_others()
            session.reply(self.done(what if isinstance(what, str) else what(result)))

        when_done(session, done, tell)

    def _named(self, session: Session, word: str) -> Name:
        if len(word.split()) > 1:
            raise ChatError("bad-argument", word.split()[1])
        return session.realm.rooms.known(user_of(session), word)

    def _tell_holders(
        self, session: Session, verb: str, name: Name, which: tuple[Standing, ...]
    ) -> None:
        realm, user = session.realm, user_of(session)
        realm.rulebook.check(verb, user, name, shows=True)
        holders = realm.rulebook.registry.kept(name.key).holders
        is_valid = realm.rulebook.is_valid
        found = [each for each in holders if each.standing in which and is_valid(each)]
        lines = [
            f"INVITED {name.shown} {each.name}"
            if verb == "INVITE"
            else f"MODERATOR {name.shown} {each.name} {each.standing}"
            for each in found
        ]
        session.tell(chain(lines, self.closing(len(found), "name", f"in {name.shown}")))


def _two(rest: str) -> tuple[str, str]:
    """A room and a username. Raises ChatError: missing-room, missing-username, bad-argument."""
    words = rest.split()
    if len(words) < 2:
        raise ChatError("missing-username" if words else "missing-room")
    if len(words) > 2:
        raise ChatError("bad-argument", words[2])
    return words[0], words[1]


def _on_or_off(words: list[str]) -> bool:
    """Raises ChatError: bad-argument."""
    word = words[0].lower() if len(words) == 1 else ""
    if word not in ("on", "off"):
        raise ChatError("bad-argument", " ".join(words) or "nothing")
    return word == "on"


def _slowness(words: list[str]) -> int:
    """Seconds. Raises ChatError: bad-length."""
    word = words[0].lower() if len(words) == 1 else ""
    if word in ("off", "0"):
        return 0
    length = length_of(f"{word}s" if word.isdecimal() and word.isascii() else word)
    if length > SLOW_MOST_SECONDS:
        raise ChatError("bad-length", word)
    return length


def length_of(word: str) -> int:
    """A length of time in seconds. Raises ChatError: bad-length."""
    try:
        length = seconds(word)
    except ValueError:
        length = LONGEST_SECONDS + 1
    if length > LONGEST_SECONDS:
        raise ChatError("bad-length", word or "nothing")
    return length
