"""Who is here and which rooms are open: enter, join, say, whisper, find. Knows no wire."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chat.catchup import CatchUp, Lag, Letters
from chat.delivery import Audience, Delivery
from chat.errors import ChatError
from chat.events import Draft, Joined, Left, Said, Whispered
from chat.history.store import Store
from chat.journal import Act, Clock, Journal, Place
from chat.limits import Limits
from chat.names import Name, room_name, username
from chat.room import Room
from chat.session import Session


class User:
    """Somebody who is here. rooms: the rooms it is in, by key, in the order it joined them."""

    __slots__ = ("__weakref__", "key", "name", "rooms", "session")

    def __init__(self, name: Name, session: Session) -> None:
        self.name, self.key = name
        self.session = session
        self.rooms: dict[str, Room] = {}


class Realm:
    """All users and all rooms.

    store: where messages are kept.
    later: calls a function at the end of the turn.
    clock: for time-outs.
    now: the time in seconds since 1970 UTC.
    replay: messages of a room that somebody who joins it is sent.
    """

    def __init__(
        self,
        store: Store,
        later: Callable[[Act], object],
        clock: Clock,
        now: Callable[[], float],
        limits: Limits,
        replay: int = 0,
    ) -> None:
        self.users: dict[str, User] = {}
        self.rooms: dict[str, Room] = {}
        self.store = store
        self.limits = limits
        self.replay = replay
        self.closing = False
        self._now = now
        self.delivery = Delivery(self._fell_behind)
        self.journal = Journal(store, self.delivery.flush, later, clock)

    def enter(self, session: Session, word: str) -> User:
        """Somebody says who it is.

        Raises ChatError: missing-username, invalid-username, username-taken, shutting-down.
        """
        name = username(word)
        if self.closing:
            raise ChatError("shutting-down")
        if name.key in self.users:
            raise ChatError("username-taken")
        user = self.users[name.key] = User(name, session)
        return user

    def depart(self, user: User) -> None:
        """A user is gone: its name is free, its rooms are told once what it said is heard."""
        del self.users[user.key]
        rooms = list(user.rooms.values())
        for room in rooms:
            self._forget(user, room)
        user.session.mark = self.journal.then(partial(_go, user, rooms))

    def join(self, user: User, word: str) -> Room:
        """A user comes into a room, which opens for its first member.

        Raises ChatError: missing-room, invalid-room, too-many-rooms.
        """
        name = room_name(word)
        if name.key in user.rooms:
            return user.rooms[name.key]
        if len(user.rooms) >= self.limits.rooms_per_user:
            raise ChatError("too-many-rooms")
        room = self.rooms.get(name.key)
        if room is None:
            room = self.rooms[name.key] = Room(name, Audience(name.key, name.shown, self.delivery))
        room.members[user] = None
        user.rooms[name.key] = room
        user.session.mark = self.journal.then(partial(self._come, user, room))
        return room

    def leave(self, user: User, room: Room) -> None:
        """A user leaves a room it is in, which closes with its last member."""
        self._forget(user, room)
        user.session.mark = self.journal.then(partial(_part, user, room, False))

    def move(self, user: User, room: Room, word: str) -> Room:
        """A user goes from a room to another one, or stays where both are the same.

        Raises ChatError: missing-room, invalid-room.
        """
        if room_name(word).key == room.key:
            return room
        self.leave(user, room)
        return self.join(user, word)

    def say(self, user: User, room: Room, text: str) -> None:
        """A user says something to everyone in a room it is in.

        Raises ChatError: missing-text.
        """
        self._accept(user, room.audience, room.name, text)

    def whisper(self, user: User, word: str, text: str) -> None:
        """A user says something to one other user, or to itself.

        Raises ChatError: missing-username, invalid-username, user-not-found, missing-text.
        """
        other = self.users.get(username(word).key)
        if other is None:
            raise ChatError("user-not-found", word)
        place = Conversation(user, other, self)
        self._accept(user, place, place.key, text)

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

    def _accept(self, user: User, place: Place, room: str, text: str) -> None:
        if not text or text.isspace():
            raise ChatError("missing-text")
        session = user.session
        at = int(self._now() * 1000)
        draft = Draft(place.key, room, user.name, user.key, text, at, session.token)
        session.mark = self.journal.accept(draft, place, session)

    def fall_behind(self, session: Session, lag: Lag) -> CatchUp:
        """A session has not been sent all that it hears. Returns its way back."""
        way = session.catching_up or CatchUp(session, self.store, self.journal.settled)
        session.catching_up = way
        way.lags.setdefault(lag.place.key, lag)
        return way

    def _fell_behind(self, session: Session, audience: Audience, number: int | None) -> None:
        lag = Lag(audience, number)
        self.fall_behind(session, lag).start(lag)

    def _come(self, user: User, room: Room) -> None:
        audience, session = room.audience, user.session
        audience.tell(Joined(room.name, user.name))
        audience.come(session)
        if self.replay:
            self.fall_behind(session, Lag(audience, audience.last, self.replay))
        else:
            audience.add(session)

    def _forget(self, user: User, room: Room) -> None:
        del room.members[user]
        del user.rooms[room.key]
        if not room.members:
            del self.rooms[room.key]


def conversation(one: str, other: str) -> str:
    """The key of what two users, given by theirs, say to each other."""
    return "@" + "@".join(sorted((one, other)))  # no name has an @ in it


class Conversation:
    """What two users say to each other alone. It has one history, whoever began."""

    __slots__ = ("_realm", "_to", "key")

    def __init__(self, user: User, other: User, realm: Realm) -> None:
        self.key = conversation(user.key, other.key)
        self._to = other.session
        self._realm = realm

    def hear(self, said: Said, by: Session) -> None:
        """A message said here has been stored: tell it to the other one."""
        to = self._to
        if to.catching_up and (lag := to.catching_up.lags.get(self.key)):
            lag.place.last = said.number
        else:
            self._realm.delivery.flush_to(to)
            if not to.offer(to.dialect.encode(Whispered(said.user, said.text))):
                letters = Letters(self.key, f"@{said.user}", said.number)
                lag = Lag(letters, letters.first)
                self._realm.fall_behind(to, lag).start(lag)
        if said.token:
            self.repeat(said, by)

    def repeat(self, said: Said, to: Session) -> None:
        """Its speaker has a name for it and waits to hear that it is stored."""
        self._realm.delivery.flush_to(to)
        to.write(to.dialect.own(said))


def _part(user: User, room: Room, gone: bool) -> None:
    room.audience.go(user.session)
    room.audience.tell(Left(room.name, user.name, gone))


def _go(user: User, rooms: list[Room]) -> None:
    for room in rooms:
        _part(user, room, True)
