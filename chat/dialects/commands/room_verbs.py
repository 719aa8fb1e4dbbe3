"""The commands for rooms that people keep: the same in all styles of somebody who is here. Knows
the words only: what is done is in chat.acts."""

from __future__ import annotations

from chat.accounts.directory import Account
from chat.dialects.commands.credentials import AccountVerbs
from chat.dialects.commands.grammar import cut, on_or_off, slowness_of, two
from chat.dialects.sentences import modes_line, topic_line
from chat.queries.seam import acts_of, queries_of, realm_of
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import Name
from chat.vocabulary.times import Length


class RoomVerbs(AccountVerbs):
    """What somebody who is here can do with a room."""

    def do_topic(self, session: Session, rest: str) -> None:
        """TOPIC <room> [text]  ->  TOPIC <room> <text>; or, with a text (- for none), OK: that is
        what the room is about from now on"""
        user, (word, text) = user_of(session), cut(rest.strip())
        name = realm_of(session).rooms.known(user, word)
        if text.strip():
            topic = "" if text.strip() == "-" else text.strip()
            done = acts_of(session).rooms.topic(user, name, topic)
            self.answer(session, done, f"topic of {name.shown} set")
            return
        self.reply(session, topic_line(queries_of(session).topic(user, name)))

    def do_claim(self, session: Session, rest: str) -> None:
        """CLAIM <room>  ->  OK; the room, which was nobody's or is given to you, is yours from now
        on, and is there when nobody is"""
        name = self._named(session, rest.strip())
        done = acts_of(session).rooms.claim(user_of(session), name)
        self.answer(session, done, f"{name.shown} is yours")

    def do_unclaim(self, session: Session, rest: str) -> None:
        """UNCLAIM <room>  ->  OK; the room is nobody's any more; a private one is gone for good"""
        name = self._named(session, rest.strip())
        done = acts_of(session).rooms.unclaim(user_of(session), name)
        self.answer(session, done, f"{name.shown} is nobody's any more")

    def do_give(self, session: Session, rest: str) -> None:
        """GIVE <room> <username>  ->  OK; the room is theirs once they CLAIM it, and you moderate
        it then"""
        word, other = two(rest.split(), "missing-room", "missing-username")
        name = self._named(session, word)

        def given(to: Account | None) -> str:
            whose = f"{to.name}, who has to CLAIM it" if to else "nobody"
            return f"{name.shown} is given to {whose}"

        done = acts_of(session).rooms.give(user_of(session), name, other)
        self.answer(session, done, given)

    def do_moderator(self, session: Session, rest: str) -> None:
        """MODERATOR <room> [<username> on | off]  ->  MODERATOR <room> <username> owner or
        moderator for each; or OK: they moderate the room, or no longer"""
        words = rest.split()
        name = self._named(session, words[0] if words else "")
        if len(words) < 2:
            found = queries_of(session).holders(user_of(session), name, ("owner", "moderator"))
            lines = (f"MODERATOR {name.shown} {each.name} {each.standing}" for each in found)
            self.tell_list(session, lines, "name", f"in {name.shown}")
            return
        is_on = on_or_off(words[2:])
        done = acts_of(session).rooms.appoint(user_of(session), name, words[1], is_on)
        now = "moderates" if is_on else "does not moderate"
        self.answer(session, done, f"{words[1]} {now} {name.shown}")

    def do_mode(self, session: Session, rest: str) -> None:
        """MODE <room> [private | moderated | registered on | off, or slow <seconds> | off]  ->
        MODE <room> private=off moderated=off registered=off slow=0 raid=off; or OK: that is how
        the room is from now on"""
        user, words = user_of(session), rest.split()
        name = self._named(session, words[0] if words else "")
        if len(words) < 2:
            self.reply(session, modes_line(queries_of(session).modes(user, name)))
            return
        is_slow = words[1].lower() == "slow"
        value: bool | Length = slowness_of(words[2:]) if is_slow else on_or_off(words[2:])
        done = acts_of(session).rooms.set_mode(user, name, words[1], value)
        self.answer(session, done, f"{name.shown} is {' '.join(words[1:])}")

    def do_invite(self, session: Session, rest: str) -> None:
        """INVITE <room> [<username> [off]]  ->  INVITED <room> <username> for each; or OK: they may
        come when it is private, or no longer"""
        words = rest.split()
        name = self._named(session, words[0] if words else "")
        if len(words) < 2:
            found = queries_of(session).holders(user_of(session), name, ("invited",))
            lines = (f"INVITED {name.shown} {each.name}" for each in found)
            self.tell_list(session, lines, "name", f"in {name.shown}")
            return
        is_on = len(words) == 2 or on_or_off(words[2:])
        done = acts_of(session).rooms.invite(user_of(session), name, words[1], is_on)
        now = "is invited to" if is_on else "is not invited to"
        self.answer(session, done, f"{words[1]} {now} {name.shown}")

    def _named(self, session: Session, word: str) -> Name:
        if len(word.split()) > 1:
            raise ChatError("bad-argument", word.split()[1])
        return realm_of(session).rooms.known(user_of(session), word)
