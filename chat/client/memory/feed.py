"""One room as a client follows it: by number, each message once, in order. Knows no connection."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from chat.client.memory.profile import Profile
from chat.client.terms.bounds import RUN_BYTES, THING_BYTES
from chat.client.terms.numbers import Numbers, Run
from chat.client.wire.grammar import Said, Whispered
from chat.vocabulary.text import size_of

ANNOUNCED: Final = 10_000
"""Direct messages that are remembered until they are read in the history."""

HELD: Final = 10_000
"""Messages that are kept while those before them are being read; more are read again instead."""

OWN: Final = 100
"""So many of one's own last messages are known by their numbers: the last one may be edited."""


class Feed:
    """How far a room has been told."""

    def __init__(self, name: str) -> None:
        self.name = name
        """What it is called here, from the beginning to the end."""
        self.is_here = False
        """One is in it, on the connection that there is."""
        self.is_known = False
        """Its Entered has been told."""
        self.is_reading = False
        """What comes next is being read from the history."""
        self.last: int | None = None
        """The number of the last message that was told; None: not known."""
        self.first: int | None = None
        """The number of the first message that is news here, if one has come."""
        self.read_until: int | None = None
        """The number of the last message that an account has read: what follows is told on coming;
        None: not known, or not wanted."""
        self.is_announced = False
        """Something was said between somebody and oneself; it is in the history."""
        self.lost_at: datetime | None = None
        """When the connection was lost, until one is back and it has been told."""
        self.old_until = 0
        """Messages up to this number were said while one was away."""
        self.profile = Profile()
        """How it is kept."""
        self.changed = 0
        """The number of the message that was hidden or edited last; 0: none was."""
        self._latest: datetime | None = None  # when the newest message was said that was told
        self._own: list[int] = []
        self._held: list[Said] | None = None
        self._announced: list[Whispered] = []
        self._hidden = Numbers()  # while it is read: the history may have been read before
        self._edited: dict[int, str] = {}

    @property
    def is_behind(self) -> bool:
        """What has come waits for what was said before it."""
        return self._held is not None

    def before_live(self, number: int) -> int:
        """The number, or that of the last message before those that have come and wait."""
        return min((number, *(said.number - 1 for said in self._held or ())))

    def go(self) -> None:
        """One is not in it any more, or not yet: what comes now is a replay, and in the history."""
        self.is_here = False
        self.profile.is_asked = False
        self._held = None

    def come(self) -> None:
        """One is in it."""
        self.is_here = True
        self._held = []

    def hold(self) -> None:
        """Keep what comes from here on: what was before has to be told first."""
        if self._held is None:
            self._held = []

    @property
    def size(self) -> int:
        """About how many bytes wait here, until what was before them has been read."""
        texts = sum(
            THING_BYTES + size_of(one.text)
            for held in (self._held or [], self._announced)
            for one in held
        )
        edited = sum(THING_BYTES + size_of(text) for text in self._edited.values())
        return texts + edited + RUN_BYTES * len(self._hidden.runs)

    def drop(self) -> None:
        """Let what waits here go: the history has it."""
        self._held = [] if self._held is not None else None
        self._announced.clear()
        self.has_read()

    def announce(self, whispered: Whispered) -> None:
        """A direct message has come, without its number."""
        self.is_announced = True
        self._announced.append(whispered)
        del self._announced[:-ANNOUNCED]

    @property
    def announcements(self) -> int:
        """How many direct messages have come that may not have been read."""
        return len(self._announced)

    def lacks(self, page: list[Said]) -> bool:
        """Not all that was announced is among these messages."""
        at = len(page)
        for whispered in reversed(self._announced):
            found = _before(page, at, whispered)
            if found == at:
                return True
            at = found
        return False

    def announced(self) -> list[Whispered]:
        """What was announced, and may not have been read; it is not kept any longer."""
        announced, self._announced = self._announced, []
        self.is_announced = False
        return announced

    def announce_number(self, number: int) -> None:
        """A direct message has this number."""
        if self.last is None or number > self.last:
            self.is_announced = True
            self._came(number)

    def begin(self, page: list[Said], since: datetime | None = None) -> list[Said]:
        """Follow on from the newest messages; those of them that are not news.

        since: what was said from then on is news; what has come here, or was announced, is too.
        """
        at = len(page)
        for whispered in reversed(self._announced):
            at = _before(page, at, whispered)
        if since:
            at = next((place for place, said in enumerate(page[:at]) if said.at >= since), at)
        if at < len(page):
            self._came(page[at].number)
        first = self.first
        old = page if first is None else [said for said in page if said.number < first]
        self.begin_at(first - 1 if first is not None else (page[-1].number if page else 0), old)
        return [*self._as_it_is(old)]

    def begin_at(self, number: int, page: Iterable[Said] = ()) -> None:
        """What is told next follows that message. page: what was said up to it."""
        self.last = number
        self._latest = max((said.at for said in page), default=None)

    def hear(self, said: Said) -> bool:
        """A message has come; whether it is to be told now.

        One that was told before is not; nor is one that does not follow the last one: from then
        on one is behind.
        """
        if not self.is_here:
            return False
        self._came(said.number)
        if self._held is not None:
            self._keep(said)
            return False
        if self.last is not None and said.number != self.last + 1:
            if said.number > self.last:
                self._held = [said]
            elif self.is_of_another(said):
                self._held = [said]
                self.lost_at = self.lost_at or said.at
            return False
        self._tell(said)
        return True

    def is_of_another(self, said: Said) -> bool:
        """It is of another history: its number was told before, and something older had it."""
        is_told = self.last is not None and said.number <= self.last
        return is_told and self._latest is not None and said.at > self._latest

    def begin_anew(self) -> None:
        """It has another history: nothing of that was told."""
        self.last = self._latest = None

    def read(self, page: Iterable[Said]) -> Iterator[Said]:
        """What of the messages that were read is to be told, in their order.

        Numbers that are not among them do not exist: what is hidden is not in the history.
        """
        for said in page:
            if self.last is None or said.number > self.last:
                self._tell(said)
                yield from self._as_it_is([said])

    def release(self, *, whatever: bool = False) -> Iterator[tuple[int, Said]]:
        """What was held, as far as nothing is missing before it: how many are, and it.

        whatever: also where something is missing. Afterwards one is behind if something is left.
        """
        left: list[Said] = []
        for said in sorted(self._held or (), key=lambda said: said.number):
            if left or not (whatever or self.last is None or said.number <= self.last + 1):
                left.append(said)
            else:
                missing = said.number - self.last - 1 if self.last is not None else 0
                for told in self.read([said]):
                    yield missing, told
        self._held = left or None

    # --- what becomes of messages ---------------------------------------------------------------

    def hide(self, numbers: Iterable[Run]) -> None:
        """Messages are not to be told any more."""
        hidden = Numbers(numbers)
        self.changed = hidden.runs[-1][1]
        self._own = [number for number in self._own if number not in hidden]
        if self._held is not None:
            self._held = [said for said in self._held if said.number not in hidden]
        if self.is_reading:
            self._hidden.add(numbers)

    def show(self, numbers: Iterable[Run]) -> None:
        """Messages may be told again; those that were never told are in the history."""
        self._hidden.discard(numbers)
        newest = Numbers(numbers).runs[-1][1]
        if self.is_known and self.last is not None and newest > self.last:
            self.hold()

    def edit(self, number: int, text: str) -> None:
        """A message has another text now."""
        self.changed = number
        if self.is_reading and len(self._edited) < HELD:
            self._edited[number] = text
        if self._held is not None:
            self._held = [
                said._replace(text=text) if said.number == number else said for said in self._held
            ]

    def has_read(self) -> None:
        """It is not being read any more: what will be is as it is then."""
        self.is_reading = False
        self._hidden.clear()
        self._edited.clear()

    def spoke(self, number: int) -> None:
        """One has said that oneself."""
        at = bisect_left(self._own, number)
        if self._own[at : at + 1] != [number]:
            self._own.insert(at, number)
            del self._own[:-OWN]

    @property
    def own(self) -> int:
        """The number of one's own last message, as far as is known; 0: there is none."""
        return self._own[-1] if self._own else 0

    def _as_it_is(self, page: Iterable[Said]) -> Iterator[Said]:
        """Messages that were read, after what was hidden and edited meanwhile."""
        for said in page:
            if said.number not in self._hidden:
                text = self._edited.get(said.number)
                yield said if text is None else said._replace(text=text)

    def _tell(self, said: Said) -> None:
        self.last = said.number
        self._latest = max(said.at, self._latest or said.at)

    def _came(self, number: int) -> None:
        if not self.is_known:
            self.first = number if self.first is None else min(self.first, number)

    def _keep(self, said: Said) -> None:
        assert self._held is not None
        if len(self._held) >= HELD:
            self._held.clear()
        self._held.append(said)


def _before(page: list[Said], end: int, whispered: Whispered) -> int:
    """Where the last message like this stands before the end; the end if nowhere."""
    for at in range(end - 1, -1, -1):
        if (page[at].user, page[at].text) == whispered:
            return at
    return end
