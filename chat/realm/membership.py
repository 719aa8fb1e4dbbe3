"""Who is in which room: comes, goes, moves, is put out. Knows no wire.

Who is in a room is so at once; who hears it follows in the order of the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple, Protocol

from chat.history.journal import Journal
from chat.moderation.rulebook import Rulebook
from chat.realm.catchup import CatchUp, Lag
from chat.realm.mailbox import Mailbox
from chat.realm.marks import Marks
from chat.realm.people import People
from chat.realm.room import Room
from chat.realm.rooms import Rooms
from chat.realm.session import Session
from chat.realm.user import User, user_of
from chat.vocabulary.clock import Task
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Banned, Barred, Cause, Event, Exited, Joined, Kicked, Left, Moved
from chat.vocabulary.names import LOBBY, Name, base_of, room_name
from chat.vocabulary.settings import Settings


class Surroundings(Protocol):
    """What membership needs of the realm that it is in."""

    settings: Settings
    people: People
    rooms: Rooms
    rulebook: Rulebook
    journal: Journal
    marks: Marks
    mailbox: Mailbox

    @property
    def at(self) -> int:
        """The time in ms since 1970 UTC."""

    def fall_behind(self, session: Session, lag: Lag, /) -> CatchUp:
        """A session has not been sent all that it hears. Returns its way back."""


class Departure(NamedTuple):
    """Why somebody is in a room no longer, for those who are: see events.Left."""

    cause: Cause = "left"
    by: str = ""
    reason: str = ""


class Membership:
    """The membership of all users in all rooms of a realm."""

    def __init__(self, realm: Surroundings) -> None:
        self._realm = realm

    def depart(self, session: Session, user: User) -> None:
        """A connection of a user is gone. With the last one their name is free, and their rooms are
        told once what they said is heard."""
        self._realm.people.go(session, user)
        for room in user.rooms.values() if user.sessions else ():
            if room.gate is not None:
                room.gate.decide_again(user)
        others = user.hearers
        if not others:
            user.joined.clear()
        left = [room for room in user.rooms.values() if not user.needs(room)]
        known = {room for room in left if self._realm.rooms.exit(user, room)}
        why = Departure("left" if user.sessions else "gone")
        part = partial(self._part, user, others, why)
        parts: list[Task] = [partial(part, room, room in known) for room in left]
        go = partial(self._go, session, user, parts)
        self._do_for(go, session, others)
        for room in left:
            for other in others:
                other.hear(Exited(room.key, room.name, self._realm.at))

    def look_again(self, user: User) -> None:
        """Something about somebody has changed: they go from the rooms where they may not be."""
        for room in list(user.rooms.values()):
            if room.gate is not None:
                room.gate.decide_again(user)
            if why := self._realm.rulebook.why_not_in(user, room.called):
                self.put_out(user, room, why)

    def arrive(self, session: Session, word: str) -> list[Room]:
        """Somebody has said who they are in a style with many rooms: they come to the room of that
        name, and this session hears all their rooms. Returns these, that one first, unless they are
        in too many already.

        Raises ChatError: missing-room, invalid-room, banned, registered-only.
        """
        user = user_of(session)
        name = self._named_to_join(session, user, word)
        is_first = len(user.hearers) == 1
        found = sorted(user.rooms.values(), key=lambda room: room.key != name.key)
        self._attend_all(session, user, found)
        if name.key not in user.rooms:
            try:
                found.insert(0, self._enter(session, user, name))
            except ChatError as error:  # too-many-rooms: they are in the others
                session.refuse(error)
                return found
        self._join(session, user, found[0])
        return found + (self._rejoin(session, user) if is_first else [])

    def arrive_nowhere(self, session: Session) -> list[Room]:
        """The same, but they come only to the rooms in which they are, or were. Returns these."""
        user = user_of(session)
        is_first, found = len(user.hearers) == 1, list(user.rooms.values())
        self._attend_all(session, user, found)
        return found + (self._rejoin(session, user) if is_first else [])

    def _attend_all(self, session: Session, user: User, rooms: list[Room]) -> None:
        for room in rooms:
            self._do_for(self._attending(room, user, session), session)

    def _rejoin(self, session: Session, user: User) -> list[Room]:
        """An account comes to all its rooms where it may be, if that is wanted. Returns those it
        comes to anew."""
        rooms: list[Room] = []
        if not self._realm.settings.rejoins:
            return rooms
        with suppress(ChatError):  # too-many-rooms
            for key, shown in list((user.account.rooms or {}).items() if user.account else ()):
                name, is_new = Name(shown, key), key not in user.rooms
                if self._may_rejoin(user, name):
                    room = self._join_named(session, user, name)
                    rooms += [room] if is_new else []
        return rooms

    def _may_rejoin(self, user: User, name: Name) -> bool:
        """Whether a room is still what its name means, for somebody who may be there."""
        rulebook = self._realm.rulebook
        is_meant = rulebook.registry.public(base_of(name.key)) == name.key
        is_meant = is_meant or rulebook.registry.is_private(name.key)
        is_meant = is_meant and self._is_one_of_name(user, name.key)
        return is_meant and rulebook.may_stay(user, name)

    def _is_one_of_name(self, user: User, key: str) -> bool:
        """Whether somebody is in no other room with the same name."""
        return all(other == key or base_of(other) != base_of(key) for other in user.rooms)

    def join(self, session: Session, word: str) -> Room:
        """A user comes into a room, which opens for its first member; to stay, also if another one
        of their connections is there already.

        Raises ChatError: missing-room, invalid-room, banned, registered-only, too-many-rooms.
        """
        user = user_of(session)
        return self._join_named(session, user, self._named_to_join(session, user, word))

    def _named_to_join(self, session: Session, user: User, word: str) -> Name:
        """The room that somebody wants to come to. From another one of that name, which was there
        for everyone, they go, with all their connections."""
        name = self._realm.rulebook.named(user, room_name(word), joins=True)
        self._realm.rulebook.check_enters(user, name)
        self._realm.rooms.check_opens(user, name)
        base = base_of(name.key)
        for room in list(user.rooms.values()):
            if room.key == name.key or base_of(room.key) != base:
                continue
            if session.room is room:
                session.room = None
            if any(other.room is room for other in user.sessions):
                moved = Moved(room.key, room.name, self._realm.at, is_namesake=True)
                self.put_out(user, room, moved)
            else:
                user.joined.pop(room.key, None)
                self._realm.marks.leave(session, user, room.key)
                self._exit(session, user, room)
        return name

    def _join_named(self, session: Session, user: User, name: Name) -> Room:
        room = user.rooms.get(name.key) or self._enter(session, user, name)
        if room.key not in user.joined:
            self._join(session, user, room)
        return room

    def leave(self, session: Session, word: str) -> Exited:
        """A user leaves a room that they are in, which closes with its last member; or one that is
        remembered of their account. Returns what they are told of it.

        Raises ChatError: missing-room, invalid-room, not-in-room, on-another.
        """
        user = user_of(session)
        name = self._realm.rooms.named(user, word)
        room = user.rooms.get(name.key)
        is_other = any(other.room is room for other in user.sessions) if room else False
        if is_other and room and room.key not in user.joined:
            raise ChatError("on-another", room.name)
        was_remembered = self._realm.marks.leave(session, user, name.key)
        if room is None and not was_remembered:
            raise ChatError("not-in-room", word)
        if room is None:
            return Exited(name.key, name.shown, self._realm.at)
        user.joined.pop(room.key, None)
        if is_other:
            raise ChatError("on-another", room.name)
        self._exit(session, user, room)
        return Exited(room.key, room.name, self._realm.at)

    def move(self, session: Session, word: str) -> Room:
        """A connection with one room goes from there to another one, or stays where both are the
        same.

        Raises ChatError: missing-room, invalid-room, banned, registered-only.
        """
        user, old = user_of(session), session.room
        name = self._realm.rulebook.named(user, room_name(word), joins=True)
        if old and name.key == old.key:
            return old
        self._named_to_join(session, user, word)
        session.room = None
        if old is None or old.key not in user.rooms:
            pass  # the old room was another one with the same name
        elif user.needs(old):
            self._do_for(partial(old.audience.go, session), session)
        else:
            self._exit(session, user, old)
        session.room = self._enter(session, user, name)
        return session.room

    def put_out(self, user: User, room: Room, notice: Kicked | Banned | Barred | Moved) -> None:
        """Have somebody leave a room, and say why."""
        lodgers = [session for session in user.sessions if session.room is room]
        hearers, session = user.hearers, next(iter(user.sessions))
        user.joined.pop(room.key, None)
        self._realm.marks.leave(session, user, room.key)
        for lodger in lodgers:
            lodger.room = None
        was_known, sessions = self._realm.rooms.exit(user, room), [*hearers, *lodgers]
        part = partial(self._part, user, sessions, _departure(notice), room, was_known)
        self._do_for(part, session, sessions)
        for each in sessions:
            each.hear(notice)
            if each in lodgers and base_of(room.key) == LOBBY:
                each.end()
            elif each in lodgers:
                self._lodge(each)
            else:
                each.hear(Exited(room.key, room.name, self._realm.at))

    def _lodge(self, session: Session) -> None:
        """A connection with one room has lost it, and goes to the lobby."""
        try:
            room = self.move(session, LOBBY)
            session.hear(Moved(room.key, room.name, self._realm.at))
            session.be_sent_last_of(room)
        except ChatError as error:
            session.refuse(error)
            session.end()

    def tell(self, room: Room, event: Event) -> None:
        """Tell all in a room what has happened to it, after what was said there before; a session
        that is behind there is told once it has caught up."""

        def tell() -> None:
            room.audience.tell(event)
            for user in room.members:
                for session in user.sessions:
                    way = session.catching_up
                    if way is not None and room.key in way.lags:
                        way.lags[room.key].miss(event)

        self._realm.journal.then(tell)

    def announce(self, room: Room, user: User) -> None:
        """Tell all in a room that somebody has come who was not to be noticed."""
        if user not in room.unannounced:
            return
        del room.unannounced[user]

        def tell() -> None:
            """Tell all but that user."""
            own = [session for session in user.sessions if room.audience.remove(session)]
            room.audience.tell(self._joined(room, user))
            for session in own:
                room.audience.add(session)

        self._realm.journal.then(tell)

    def _enter(self, session: Session, user: User, name: Name) -> Room:
        """A connection comes to a room; and if its user was not there, all that hear all rooms."""
        room = user.rooms.get(name.key)
        if room is not None:
            self._do_for(self._attending(room, user, session), session)
            return room
        if (
            len(user.rooms) >= self._realm.settings.limits.rooms_per_user
            and not session.dialect.has_one_room
        ):
            raise ChatError("too-many-rooms")
        self._realm.rulebook.check_enters(user, name)
        room = self._realm.rooms.open(name)
        self._realm.rooms.enter(user, room)
        is_told = user not in room.unannounced
        if len(user.sessions) == 1:
            self._do_for(partial(self._begin, room, user, [session], is_told), session)
        else:
            others = [other for other in user.hearers if other is not session]
            begin = partial(self._begin, room, user, [session, *others], is_told)
            self._do_for(begin, session, others)
            for other in others:
                other.welcome(room)
        return room

    def _exit(self, session: Session, user: User, room: Room) -> None:
        """A user leaves a room, at a connection that says so."""
        was_known = self._realm.rooms.exit(user, room)
        others = [other for other in user.hearers if other is not session]
        part = partial(self._part, user, [session, *others], Departure(), room, was_known)
        self._do_for(part, session, others)
        for other in others:
            other.hear(Exited(room.key, room.name, self._realm.at))

    def _join(self, session: Session, user: User, room: Room) -> None:
        user.joined[room.key] = None
        self._realm.marks.join(session, user, room.key, room.name)

    def _begin(self, room: Room, user: User, sessions: list[Session], is_told: bool) -> None:
        if is_told:
            room.audience.tell(self._joined(room, user))
        self._attend(room, sessions)

    def _attending(self, room: Room, user: User, session: Session) -> Task:
        """One more connection of somebody who is there hears a room: what is to be done for it."""
        is_told = user not in room.unannounced

        def attend() -> None:
            if is_told:
                room.audience.tell_devices(self._joined(room, user, is_further=True))
            self._attend(room, [session])

        return attend

    def _attend(self, room: Room, sessions: list[Session]) -> None:
        """From here on these sessions hear a room."""
        audience, replay = room.audience, self._realm.settings.replay
        for session in sessions:
            audience.come(session)
            if session.device is not None:
                last = audience.last
                session.device.since[room.key] = last and max(0, last - replay)
            if replay:
                self._realm.fall_behind(session, Lag(audience, audience.last, replay))
            else:
                audience.add(session)

    def _go(self, session: Session, user: User, parts: list[Task]) -> None:
        """A session hears nothing more, and its user has left some rooms."""
        if session in user.listeners:
            user.listeners.remove(session)
        if user.account is not None:
            self._realm.mailbox.go(session, user)
            self._realm.marks.go(session, user)
        for audience in session.audiences:
            audience.go(session)
        for part in parts:
            part()

    def _do_for(self, act: Task, session: Session, others: Sequence[Session] = ()) -> None:
        """Do what concerns these sessions when all that was said before has been delivered."""
        session.position = position = self._realm.journal.then(act)
        for other in others:
            other.position = position

    def _part(
        self, user: User, sessions: list[Session], why: Departure, room: Room, was_known: bool
    ) -> None:
        """These sessions hear a room no longer; its members are told, if they knew of the user."""
        for session in sessions:
            room.audience.go(session)
        if was_known:
            at, account = self._realm.at, user.account_name
            room.audience.tell(Left(room.key, room.name, user.name, at, account, *why))

    def _joined(self, room: Room, user: User, *, is_further: bool = False) -> Joined:
        at, account = self._realm.at, user.account_name
        return Joined(room.key, room.name, user.name, at, account, is_further)


def _departure(notice: Kicked | Banned | Barred | Moved) -> Departure:
    """What the others are told, where this is what somebody who is put out is told."""
    if isinstance(notice, Kicked):
        return Departure("kicked", notice.by, notice.reason)
    if isinstance(notice, Banned):
        return Departure("banned", notice.by, notice.reason)
    return Departure("barred" if isinstance(notice, Barred) else "moved")
