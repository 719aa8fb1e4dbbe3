"""What the screen knows of each room one is in. Knows no Textual but the pane it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chat.client.screen.parts.sidebars import RoomRow
from chat.client.screen.scrollback.conversation import Conversation
from chat.client.screen.scrollback.rows import Row
from chat.client.terms.bounds import MOST_MEMBERS
from chat.vocabulary.names import key_of


@dataclass(slots=True, eq=False)
class Place:
    """A room, or what is said with somebody alone."""

    name: str
    pane: Conversation
    unread: int = 0
    mentions: int = 0
    is_here: bool = True
    """One is in it, as far as is known."""
    first_unread: int = 0
    """The number of the first message that was unread when one came here last."""
    pending: dict[int, str] = field(default_factory=dict)
    """What is stored and not yet shown: its number, and what the pane calls it."""
    draft: str = ""
    """What was being typed when one left for another room."""
    stale: int = 0
    """What was said up to this message may have been hidden or edited while one was away."""
    passed: int = 0
    """How many have come and gone since somebody has said something."""
    members: dict[str, None] = field(default_factory=dict)
    """Who is in it, in the order they came."""
    are_members_known: bool = False
    speakers: dict[str, None] = field(default_factory=dict)
    """Who has spoken, the last one at the end: for completion."""

    @property
    def is_private(self) -> bool:
        """It is what is said with somebody alone."""
        return self.name.startswith("@")

    @property
    def row(self) -> RoomRow:
        """Its line in the list of rooms."""
        return RoomRow(self.name, self.unread, self.mentions, self.is_here)

    def not_read(self, number: int, count: int, mentions: int) -> None:
        """It has been read up to a message, and so many are behind that one; in as many of them one
        is named. What is here is counted.
        """
        timeline = self.pane.timeline
        if timeline.live and (timeline.at_start or 0 < timeline.first <= number + 1):
            count, mentions = timeline.others_after(number)
        self.unread, self.mentions = count, count if self.is_private else mentions
        self.first_unread = number + 1
        if count:
            self.pane.mark_unread(self.first_unread)

    def read_until(self, number: int) -> None:
        """It has been read up to a message, here or on another device."""
        if not self.unread:
            return
        count, mentions = self.pane.timeline.others_after(number)
        self.unread = min(self.unread, count)
        self.mentions = min(self.mentions, count if self.is_private else mentions)
        if not self.unread:
            self.pane.clear_unread_line()

    def take_back(self, gone: Iterable[Row], unseen: int) -> None:
        """Messages are not there any more: these, and so many that had come and were not here."""
        unread = [row for row in gone if row.number >= self.first_unread and not row.own]
        mentions = [row for row in unread if row.mention or self.is_private]
        self.unread = max(0, self.unread - len(unread) - unseen)
        self.mentions = min(self.unread, max(0, self.mentions - len(mentions)))
        if not self.unread:
            self.pane.clear_unread_line()

    def spoke(self, user: str) -> None:
        """Somebody has spoken."""
        self.speakers.pop(user, None)
        self.speakers[user] = None
        if len(self.speakers) > MOST_MEMBERS:
            del self.speakers[next(iter(self.speakers))]

    @property
    def people(self) -> list[str]:
        """Usernames to complete: who spoke last comes first."""
        spoken = list(reversed(self.speakers))
        alone = [self.name[1:]] if self.is_private else []
        return list(dict.fromkeys([*spoken, *alone, *self.members]))


class Places:
    """All of them, in the order in which they are shown."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}
        self.active: Place | None = None

    def get(self, name: str) -> Place | None:
        """The place of this name, whatever its case."""
        return self._places.get(key_of(name))

    def add(self, place: Place) -> None:
        """One more."""
        self._places[key_of(place.name)] = place

    def remove(self, place: Place) -> None:
        """One less."""
        del self._places[key_of(place.name)]
        if self.active is place:
            self.active = None

    def beside(self, place: Place) -> Place | None:
        """The one before it, or behind it."""
        others = [other for other in self.all if other is not place]
        return others[max(0, self.all.index(place) - 1)] if others else None

    @property
    def all(self) -> list[Place]:
        """All of them."""
        return list(self._places.values())

    @property
    def position(self) -> int:
        """Which one is active."""
        return self.all.index(self.active) if self.active else 0
