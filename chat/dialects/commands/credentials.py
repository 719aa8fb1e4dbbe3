"""The commands for accounts: the same in all styles of somebody who is here. Knows the words only:
what is done is in chat.acts."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chat.dialects.commands.grammar import number_of, two
from chat.dialects.commands.questions import QuestionVerbs
from chat.dialects.lines import when_done
from chat.queries.seam import acts_of, queries_of
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.errors import ChatError


class AccountVerbs(QuestionVerbs):
    """What somebody who is here can do with an account."""

    def do_register(self, session: Session, rest: str) -> None:
        """REGISTER <password>  ->  OK; your username is yours from now on"""
        registered = acts_of(session).identity.register(session, rest.strip())
        done = self.done(f"registered {user_of(session).name}")
        when_done(session, registered, lambda _: self.reply(session, done))

    def do_password(self, session: Session, rest: str) -> None:
        """PASSWORD <old password> <new password>  ->  OK; from now on it is the new one, and your
        other connections are sent away"""
        identity, words = acts_of(session).identity, rest.split()
        identity.check_is_private(session)
        if len(words) != 2:
            raise ChatError("missing-password" if len(words) < 2 else "bad-password")
        changed = identity.change_password(session, *words)
        done = self.done("password changed")
        when_done(session, changed, lambda _: self.reply(session, done))

    def do_unregister(self, session: Session, rest: str) -> None:
        """UNREGISTER <password>  ->  OK; your username is nobody's any more"""
        name = user_of(session).name

        def done() -> None:
            self.reply(session, self.done(f"{name} is not registered any more"))

        given_up = acts_of(session).identity.unregister(session, rest.strip(), done)
        when_done(session, given_up, lambda _: None)

    def do_read(self, session: Session, rest: str) -> None:
        """READ <room> <number> or READ *  ->  OK; you have read that room up to there, or all that
        there is, for CATCHUP"""
        if rest.strip() == "*":
            self._read_all(session)
            return
        word, number = two(rest.split(), "missing-room", "missing-number")
        upto = number_of(number)
        user = user_of(session)
        place = queries_of(session).place(user, word, is_remembered=True)
        receipts = acts_of(session).receipts

        def read() -> Deferred[None]:
            return receipts.read(session, user, place, upto).addCallback(tell)

        def tell(reached: int) -> None:
            session.write(f"{self.done(f'read {place.shown} {reached}')}\n".encode())

        self.ask(session, read)

    def _read_all(self, session: Session) -> None:
        user, receipts = user_of(session), acts_of(session).receipts

        def tell(places: int) -> None:
            session.write(f"{self.done(f'read all of {places}')}\n".encode())

        self.ask(session, lambda: receipts.read_all(session, user).addCallback(tell))
