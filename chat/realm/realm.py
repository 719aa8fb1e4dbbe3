"""The whole of the core, put together; and what people say in it: to a room, or to one another.
Knows no wire."""

from __future__ import annotations

from functools import partial

from twisted.internet.defer import Deferred

from chat.history.journal import Journal
from chat.history.store import Store
from chat.history.turns import Turns
from chat.history.write_behind import WriteBehind
from chat.moderation.persons import Prospect
from chat.moderation.rulebook import Rulebook
from chat.realm.audience import Audience, Delivery
from chat.realm.catchup import CatchUp, Lag
from chat.realm.conversation import Conversation
from chat.realm.mailbox import Mailbox
from chat.realm.marks import Marks
from chat.realm.membership import Membership
from chat.realm.people import People
from chat.realm.room import Room
from chat.realm.rooms import Rooms
from chat.realm.session import Session
from chat.realm.user import User, user_of
from chat.vocabulary.clock import Task, Timing
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import A_GUEST, Draft, Event
from chat.vocabulary.limits import READERS
from chat.vocabulary.names import room_name, username
from chat.vocabulary.settings import Settings


class Realm:
    """All users and all rooms.

    store: where messages are kept.
    people: who is here.
    rulebook: decides who may do what.
    """

    def __init__(
        self, store: Store, people: People, rulebook: Rulebook, settings: Settings, timing: Timing
    ) -> None:
        self.people = people
        self.rulebook = rulebook
        self.users = people.users
        self.store = store
        self.settings = settings
        self.closing = False
        self._now = timing.now
        self.seconds = timing.clock.seconds
        """The time from some point on, by a clock that nobody sets."""
        self.reading = Turns(READERS, self.seconds, timing.later)
        """Of those who read a page of the history, or something as short."""
        self.searching = Turns(1, self.seconds, timing.later)
        """Of those who search: nobody waits for them who only reads, ..."""
        self.counting = Turns(1, self.seconds, timing.later)
        """... nor does whoever wants to know what is unread."""
        self.telling = Turns(1, self.seconds, timing.later)
        """Of those who are told a long answer, a piece each time."""
        self._later = timing.later
        self.delivery = Delivery(self._fell_behind)
        self.rooms = Rooms(rulebook, self.delivery, self.seconds)
        self.journal = Journal(store, self.delivery.flush, timing)
        write = WriteBehind(timing.clock)
        self.mailbox = Mailbox(store.accounts, write, self.way_of, self.journal.settled)
        self.marks = Marks(store.accounts, write, settings.limits.rooms_per_user)
        self.membership = Membership(self)
        self.depart = self.membership.depart

    def tell_a_piece(self, tell: Task) -> Deferred[None]:
        """Call `tell` at once; fires in the next turn of the reactor."""
        told: Deferred[None] = Deferred()
        tell()
        self._later(partial(told.callback, None))
        return told

    @property
    def at(self) -> int:
        """The time in ms since 1970 UTC."""
        return int(self._now() * 1000)

    def enter(self, session: Session, word: str, room: str | None = None) -> User:
        """Somebody says who they are, and to which room they come, if to any. Raises ChatError as
        People.come and Rulebook.check_enters do; missing-room, invalid-room, shutting-down."""
        if self.closing:
            raise ChatError("shutting-down")
        name = None if room is None else room_name(room)
        self.people.check_may_come(session, word)
        prospect = self._prospect(session, word)
        self.rulebook.check_not_banned(prospect)
        if name is not None:
            name = self.rulebook.named(prospect, name, joins=True)
            self.rulebook.check_enters(prospect, name)
            self.rooms.check_opens(prospect, name)
        user = self.people.come(session, word)
        if len(user.sessions) > 1:
            self.membership.look_again(user)
        return user

    def _prospect(self, session: Session, word: str) -> Prospect:
        """Who somebody is about to be."""
        account = session.device.account if session.device else None
        key = account.key if account else username(word).key
        user = self.users.get(key) if account else None
        host = session.connection.host
        hosts = (*(user.hosts if user else ()), *([host] if host else []))
        return Prospect(key, account, hosts, user.rooms if user else {})

    def close(self) -> None:
        """Let nobody in any more; keep how far accounts have read, and what they were not sent."""
        self.closing = True
        self.journal.then(self._keep_all)

    def _keep_all(self) -> None:
        for user in self.users.values():
            for session in list(user.listeners) if user.account else ():
                user.listeners.remove(session)
                self.mailbox.go(session, user)
                self.marks.go(session, user)

    def settle(self, session: Session) -> None:
        """Somebody who has said who they are has their answer: send them their offline messages.
        To be called by whatever door has called `enter`."""
        user = user_of(session)
        if user.account is not None:
            session.position = self.journal.then(partial(self.mailbox.come, session, user))

    def send_away(self, user: User, last: Event | ChatError) -> None:
        """Have all connections of somebody end, and say why."""
        for session in list(user.sessions):
            if not session.ended:
                session.depart()
                if isinstance(last, ChatError):
                    session.refuse(last)
                else:
                    session.hear(last)
                session.after(session.connection.close)

    def say(self, session: Session, user: User, room: Room, text: str) -> None:
        """A user says something to everyone in a room they are in, at one of their connections.

        Raises ChatError: missing-text, and as Gate.passes does.
        """
        draft = self._draft(session, user, room.key, room.name, text)
        if room.gate is not None and not room.gate.passes(user, draft, session):
            raise ChatError("held", ask=self.rulebook.moderators(room.key, user.key))
        session.position = self.journal.accept(draft, room.audience, session)

    def whisper(self, session: Session, word: str, text: str) -> None:
        """A user says something to one other user, or to themselves. To an account that is away it
        is an offline message, told when the account comes.

        Raises ChatError: missing-username, invalid-username, user-not-found, missing-text, muted.
        """
        user = user_of(session)
        name, other = self.people.addressee(word)
        if name.key not in self.rulebook.operators:
            self.rulebook.check("DM", user)
        away = name.key if other is None else ""
        place = Conversation(self, user, name, other)
        draft = self._draft(session, user, place.key, place.key, text, away)
        session.position = self.journal.accept(draft, place, session)

    def replay_to(self, session: Session, room: Room) -> None:
        """Send a session the last messages of a room that it has come to, then let it go on."""
        lags = session.catching_up.lags if session.catching_up else {}
        lag = lags.get(room.key)
        if session.catching_up and lag and lag.number is None and not lag.caught_up:
            lag.caught_up = session.connection.release
            session.catching_up.start(lag)
        else:
            session.connection.release()

    def _draft(
        self, session: Session, user: User, key: str, room: str, text: str, away: str = ""
    ) -> Draft:
        """The draft of what somebody says. Raises ChatError: missing-text."""
        if not text or text.isspace():
            raise ChatError("missing-text")
        at, token = int(self._now() * 1000), session.token
        if user.account is None:
            account, since = "", A_GUEST
        else:
            account, since = user.name, user.account.since
        who = user.name, user.key
        return Draft(key, room, *who, text, at, token, away, account, "message", since)

    def way_of(self, session: Session) -> CatchUp:
        """The way back of a session that has not been sent all that it hears."""
        way = session.catching_up or CatchUp(session, self.store, self.journal.settled)
        session.catching_up = way
        return way

    def fall_behind(self, session: Session, lag: Lag) -> CatchUp:
        """A session has not been sent all that it hears. Returns its way back."""
        way = self.way_of(session)
        way.lags.setdefault(lag.stream.key, lag)
        return way

    def _fell_behind(self, session: Session, audience: Audience, number: int | None) -> None:
        lag = Lag(audience, number)
        self.fall_behind(session, lag).start(lag)
