"""Who is here and which rooms are open: enter, join, say, whisper, find. Knows no wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import cast

from twisted.internet.defer import Deferred

from chat.away import Away
from chat.catchup import CatchUp, Lag
from chat.conversation import Conversation
from chat.delivery import Audience, Delivery
from chat.errors import ChatError
from chat.events import Draft, Exited, Joined, Left
from chat.history.store import Store
from chat.journal import Act, Clock, Journal, Place
from chat.limits import Limits
from chat.marks import Marks
from chat.names import Name, room_name
from chat.notes import Notes
from chat.people import People
from chat.room import Room
from chat.session import Session
from chat.user import User


class Realm:
    """All users and all rooms.

    store: where messages are kept.
    later: calls a function at the end of the turn.
    clock: for time-outs.
    now: the time in seconds since 1970 UTC.
    people: who is here.
    replay: messages of a room that somebody who joins it is sent.
    rejoins: whether an account that comes is in the rooms again in which it was.
    takes_plaintext: whether passwords are taken where others could read them on the way.
    """

    def __init__(
        self,
        store: Store,
        later: Callable[[Act], object],
        clock: Clock,
        now: Callable[[], float],
        limits: Limits,
        people: People,
        replay: int = 0,
        rejoins: bool = True,
        takes_plaintext: bool = False,
    ) -> None:
        self.people = people
        self.users = people.users
        self.rooms: dict[str, Room] = {}
        self.store = store
        self.limits = limits
        self.replay = replay
        self.takes_plaintext = takes_plaintext
        self.closing = False
        self._now = now
        self.rejoins = rejoins
        self.delivery = Delivery(self._fell_behind)
        self.journal = Journal(store, self.delivery.flush, later, clock)
        notes = Notes(clock)
        self.away = Away(store.accounts, notes, self.way_of, self.journal.settled)
        self.marks = Marks(store.accounts, notes, limits.rooms_per_user)

    def enter(self, session: Session, word: str) -> User:
        """Somebody says who it is. Raises ChatError as People.come does, and shutting-down."""
        if self.closing:
            raise ChatError("shutting-down")
        return self.people.come(session, word)

    def close(self) -> None:
        """Let nobody in any more; keep what accounts are to find when they come back."""
        self.closing = True
        self.journal.then(self._keep_all)

    def _keep_all(self) -> None:
        for user in self.users.values():
            for session in list(user.listeners) if user.account else ():
                user.listeners.remove(session)
                self.away.go(session, user)
                self.marks.go(session, user)

    def settle(self, session: Session) -> None:
        """Somebody who has said who it is has its answer: send it what has waited for it."""
        user = user_of(session)
        if user.account is not None:
            session.mark = self.journal.then(partial(self.away.come, session, user))

    def depart(self, session: Session, user: User) -> None:
        """A connection of a user is gone. With the last one its name is free, and its rooms are
        told once what it said is heard."""
        self.people.go(session, user)
        others = user.hearers
        if not others:
            user.joined.clear()
        left = [room for room in user.rooms.values() if not user.needs(room)]
        for room in left:
            self._forget(user, room)
        go = partial(self._go, session, user, left, others, not user.sessions)
        self._do_for(go, session, others)
        for room in left:
            for other in others:
                other.hear(Exited(room.name))

    def register(self, session: Session, user: User, password: str) -> Deferred[None]:
        """A guest's name becomes an account, with its rooms. Fails as People.register does."""

        def remember(_: None) -> None:
            for key in user.joined:
                self.marks.join(session, user, key, user.rooms[key].name)

        return self.people.register(session, user, password).addCallback(remember)

    def arrive(self, session: Session, word: str) -> list[Room]:
        """Somebody has said who it is in a style with many rooms: it comes to the room of that
        name, and hears all others of its user. Returns them all, that one first.

        Raises ChatError: missing-room, invalid-room, too-many-rooms.
        """
        user, name = user_of(session), room_name(word)
        is_first = len(user.hearers) == 1
        found = sorted(user.rooms.values(), key=lambda room: room.key != name.key)
        for room in found:
            self._do_for(partial(self._attend, room, [session]), session)
        if name.key not in user.rooms:
            try:
                found.insert(0, self._enter(session, user, name))
            except ChatError as error:  # too-many-rooms: it is in the others
                session.refuse(error)
                return found
        self._join(session, user, found[0])
        return found + (self._rejoin(session, user) if is_first and self.rejoins else [])

    def _rejoin(self, session: Session, user: User) -> list[Room]:
        """An account comes to all its rooms; those it comes to anew."""
        rooms: list[Room] = []
        with suppress(ChatError):  # too-many-rooms
            for key, name in list((user.account.rooms or {}).items() if user.account else ()):
                is_new = key not in user.rooms
                room = self.join(session, name)
                rooms += [room] if is_new else []
        return rooms

    def join(self, session: Session, word: str) -> Room:
        """A user comes into a room, which opens for its first member; to stay, also if another one
        of its connections is there already.

        Raises ChatError: missing-room, invalid-room, too-many-rooms.
        """
        user, name = user_of(session), room_name(word)
        room = user.rooms.get(name.key) or self._enter(session, user, name)
        if room.key not in user.joined:
            self._join(session, user, room)
        return room

    def leave(self, session: Session, word: str) -> str:
        """A user leaves a room it is in, which closes with its last member; or an account one that
        is remembered. Returns the room's name.

        Raises ChatError: missing-room, invalid-room, not-in-room, on-another.
        """
        user, name = user_of(session), room_name(word)
        room = user.rooms.get(name.key)
        is_other = any(other.room is room for other in user.sessions) if room else False
        if is_other and room and room.key not in user.joined:
            raise ChatError("on-another", room.name)
        was_remembered = self.marks.leave(session, user, name.key)
        if room is None and not was_remembered:
            raise ChatError("not-in-room", word)
        if room is None:
            return name.shown
        user.joined.pop(room.key, None)
        if is_other:
            raise ChatError("on-another", room.name)
        self._exit(session, user, room)
        return room.name

    def move(self, session: Session, word: str) -> Room:
        """A connection with one room goes from there to another one, or stays where both are the
        same.

        Raises ChatError: missing-room, invalid-room.
        """
        user, name, old = user_of(session), room_name(word), session.room
        if old and name.key == old.key:
            return old
        session.room = None
        if old and user.needs(old):
            self._do_for(partial(old.audience.go, session), session)
        elif old:
            self._exit(session, user, old)
        session.room = self._enter(session, user, name)
        return session.room

    def _enter(self, session: Session, user: User, name: Name) -> Room:
        """A connection comes to a room, with all that hear all rooms if its user was not there."""
        room = user.rooms.get(name.key)
        if room is not None:
            self._do_for(partial(self._attend, room, [session]), session)
            return room
        if len(user.rooms) >= self.limits.rooms_per_user and not session.dialect.has_one_room:
            raise ChatError("too-many-rooms")
        room = self.rooms.get(name.key)
        if room is None:
            room = self.rooms[name.key] = Room(name, Audience(name.key, name.shown, self.delivery))
        room.members[user] = None
        user.rooms[name.key] = room
        if len(user.sessions) == 1:
            self._do_for(partial(self._begin, room, user, [session]), session)
        else:
            others = [other for other in user.hearers if other is not session]
            self._do_for(partial(self._begin, room, user, [session, *others]), session, others)
            for other in others:
                other.welcome(room)
        return room

    def _exit(self, session: Session, user: User, room: Room) -> None:
        """A user leaves a room, at a connection that says so."""
        self._forget(user, room)
        others = [other for other in user.hearers if other is not session]
        self._do_for(partial(_part, room, user, [session, *others], False), session, others)
        for other in others:
            other.hear(Exited(room.name))

    def _join(self, session: Session, user: User, room: Room) -> None:
        user.joined[room.key] = None
        self.marks.join(session, user, room.key, room.name)

    def _do_for(self, act: Act, session: Session, others: Sequence[Session] = ()) -> None:
        """Do what concerns these sessions when all that was said before has been delivered."""
        session.mark = mark = self.journal.then(act)
        for other in others:
            other.mark = mark

    def say(self, session: Session, user: User, room: Room, text: str) -> None:
        """A user says something to everyone in a room it is in, at one of its connections.

        Raises ChatError: missing-text.
        """
        self._accept(session, user, room.audience, room.name, text)

    def whisper(self, session: Session, word: str, text: str) -> None:
        """A user says something to one other user, or to itself. To an account that is away it is
        told when it comes.

        Raises ChatError: missing-username, invalid-username, user-not-found, missing-text.
        """
        user = user_of(session)
        name, other = self.people.addressee(word)
        away = name.key if other is None else ""
        place = Conversation(self, user, name, other)
        self._accept(session, user, place, place.key, text, away)

    def replay_to(self, session: Session, room: Room) -> None:
        """Send a session the last messages of a room that it has come to, then let it go on."""
        lags = session.catching_up.lags if session.catching_up else {}
        lag = lags.get(room.key)
        if session.catching_up and lag and lag.number is None and not lag.caught_up:
            lag.caught_up = session.connection.release
            session.catching_up.start(lag)
        else:
            session.connection.release()

    def find(self, word: str) -> Room:
        """The open room of that name.

        Raises ChatError: missing-room, invalid-room, room-not-found.
        """
        room = self.rooms.get(room_name(word).key)
        if room is None:
            raise ChatError("room-not-found", word)
        return room

    def room_of(self, user: User, word: str) -> Room:
        """The room of that name, if the user is in it.

        Raises ChatError: missing-room, invalid-room, not-in-room.
        """
        room = user.rooms.get(word) or user.rooms.get(room_name(word).key)
        if room is None:
            raise ChatError("not-in-room", word)
        return room

    def _accept(
        self, session: Session, user: User, place: Place, room: str, text: str, away: str = ""
    ) -> None:
        if not text or text.isspace():
            raise ChatError("missing-text")
        at = int(self._now() * 1000)
        draft = Draft(place.key, room, user.name, user.key, text, at, session.token, away)
        session.mark = self.journal.accept(draft, place, session)

    def way_of(self, session: Session) -> CatchUp:
        """The way back of a session that has not been sent all that it hears."""
        way = session.catching_up or CatchUp(session, self.store, self.journal.settled)
        session.catching_up = way
        return way

    def fall_behind(self, session: Session, lag: Lag) -> CatchUp:
        """A session has not been sent all that it hears. Returns its way back."""
        way = self.way_of(session)
        way.lags.setdefault(lag.place.key, lag)
        return way

    def _fell_behind(self, session: Session, audience: Audience, number: int | None) -> None:
        lag = Lag(audience, number)
        self.fall_behind(session, lag).start(lag)

    def _begin(self, room: Room, user: User, sessions: list[Session]) -> None:
        room.audience.tell(Joined(room.name, user.name))
        self._attend(room, sessions)

    def _attend(self, room: Room, sessions: list[Session]) -> None:
        """From here on these sessions hear a room."""
        audience = room.audience
        for session in sessions:
            audience.come(session)
            if session.device is not None:
                last = audience.last
                session.device.since[room.key] = last and max(0, last - self.replay)
            if self.replay:
                self.fall_behind(session, Lag(audience, audience.last, self.replay))
            else:
                audience.add(session)

    def _go(
        self, session: Session, user: User, left: list[Room], others: list[Session], gone: bool
    ) -> None:
        """A session hears nothing more, and its user has left these rooms."""
        if session in user.listeners:
            user.listeners.remove(session)
        if user.account is not None:
            self.away.go(session, user)
            self.marks.go(session, user)
        for audience in session.audiences:
            audience.go(session)
        for room in left:
            _part(room, user, others, gone)

    def _forget(self, user: User, room: Room) -> None:
        del room.members[user]
        del user.rooms[room.key]
        if not room.members:
            del self.rooms[room.key]


def user_of(session: Session) -> User:
    """The user of a session that has one, as every session in a UserDialect has."""
    return cast(User, session.user)


def _part(room: Room, user: User, sessions: list[Session], gone: bool) -> None:
    for session in sessions:
        room.audience.go(session)
    room.audience.tell(Left(room.name, user.name, gone))
