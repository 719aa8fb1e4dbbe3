"""What people are told, as data. Frozen, and the same for everyone who hears it; knows no wire.

The same names stand everywhere for the same things:

room: what people call the room; `@` and a username for a conversation, from the side of the one who
    hears of it. Empty where it is about the whole server.
key: what the store calls it: two rooms may have the same name.
at: when it happened, in ms since 1970 UTC. by: the username of who has done it.
user, account: the username of whom it is about, and the account that this is the name of; empty for
    a guest. "One", below, is whoever is told the event.
"""

from typing import Final, Literal

from msgspec import Struct

Kind = Literal["message"]
"""What a text is: there are only messages as yet."""

Cause = Literal["left", "gone", "kicked", "banned", "barred", "moved"]
"""Why somebody is in a room no longer: has left it; has left the server; was sent out; was banned;
may not be there any more; has gone to another room of that name."""

Barrier = Literal["registered-only", "uninvited", "opened"]
"""Why somebody may be in a room no longer: it is for accounts now; they are not invited; it made
way for a room that is everyone's again."""


class Said(Struct, frozen=True, gc=False):
    """A message in a room, stored: `number` counts from 1 in its room, without holes; `at` is
    when it was accepted. `token` is what its speaker calls it, where they have a name for it and
    wait to hear it."""

    room: str
    user: str
    text: str
    number: int
    at: int
    token: str = ""
    account: str = ""
    kind: Kind = "message"
    key: str = ""


class Repeated(Said, frozen=True, gc=False):
    """A message that was stored before, under the token it came with: only for its speaker."""


class Whispered(Struct, frozen=True, gc=False):
    """A direct message, as in Said; is_own: whoever hears it has said it, at another connection."""

    key: str
    room: str
    user: str
    text: str
    number: int
    at: int
    account: str = ""
    kind: Kind = "message"
    is_own: bool = False


class Joined(Struct, frozen=True, gc=False):
    """A user came into a room; is_further: with one more connection, as they are there already."""

    key: str
    room: str
    user: str
    at: int
    account: str = ""
    is_further: bool = False


class Left(Struct, frozen=True, gc=False):
    """A user is in a room no longer. by, reason: of whoever has brought that about."""

    key: str
    room: str
    user: str
    at: int
    account: str = ""
    cause: Cause = "left"
    by: str = ""
    reason: str = ""


class Entered(Struct, frozen=True, gc=False):
    """One is in a room, whichever of one's connections has brought that about."""

    key: str
    room: str
    at: int


class Exited(Struct, frozen=True, gc=False):
    """One is not in a room any more, whichever of one's connections has brought that about."""

    key: str
    room: str
    at: int


class Marked(Struct, frozen=True, gc=False):
    """One has read a room up to that number, at another connection."""

    key: str
    room: str
    number: int
    at: int


class Missed(Struct, frozen=True, gc=False):
    """`count` messages of a room can't be told any more."""

    key: str
    room: str
    count: int
    at: int


class Kicked(Struct, frozen=True, gc=False):
    """One was sent out, and may come back."""

    key: str
    room: str
    at: int
    by: str
    reason: str = ""


class Banned(Struct, frozen=True, gc=False):
    """One is banned from a room that one was in. until: 0 for good. ask: who could help."""

    key: str
    room: str
    at: int
    by: str
    until: int = 0
    reason: str = ""
    ask: tuple[str, ...] = ()


class Barred(Struct, frozen=True, gc=False):
    """One may be in a room no longer."""

    key: str
    room: str
    at: int
    cause: Barrier


class Moved(Struct, frozen=True, gc=False):
    """One is in a room now instead of another; is_namesake: which had the same name."""

    key: str
    room: str
    at: int
    is_namesake: bool = False


class Invited(Struct, frozen=True, gc=False):
    """One may come to a room."""

    key: str
    room: str
    at: int
    by: str


class Appointed(Struct, frozen=True, gc=False):
    """One moderates a room."""

    key: str
    room: str
    at: int
    by: str


class Given(Struct, frozen=True, gc=False):
    """The owner of a room gives it to one, who has to take it."""

    key: str
    room: str
    at: int
    by: str


class Taken(Struct, frozen=True, gc=False):
    """Somebody has taken the room that one gave them, and owns it."""

    key: str
    room: str
    at: int
    by: str


class Announced(Struct, frozen=True, gc=False):
    """An operator says something to everyone."""

    at: int
    by: str
    text: str


class Closing(Struct, frozen=True, gc=False):
    """The server is shutting down."""

    at: int


class TopicSet(Struct, frozen=True, gc=False):
    """A room has another topic; empty for none. by: empty where that is not known."""

    key: str
    room: str
    topic: str
    at: int
    by: str = ""


class Modes(Struct, frozen=True, gc=False):
    """The modes of a room. is_private: only its holders know of it. is_moderated: only its
    moderators speak. is_registered: only accounts are in it. slow: seconds between two messages of
    one user, 0 for none. is_raid: what newcomers say waits for a moderator."""

    is_private: bool = False
    is_moderated: bool = False
    is_registered: bool = False
    slow: int = 0
    is_raid: bool = False


class ModesSet(Struct, frozen=True, gc=False):
    """A room has other modes."""

    key: str
    room: str
    modes: Modes
    at: int


class StandingSet(Struct, frozen=True, gc=False):
    """An account has another standing in a room: owner, moderator or none."""

    key: str
    room: str
    user: str
    standing: str
    at: int


class Hidden(Struct, frozen=True, gc=False):
    """Messages are not to be seen any more, in order of their numbers."""

    key: str
    room: str
    numbers: tuple[int, ...]
    at: int
    by: str


class Shown(Struct, frozen=True, gc=False):
    """Messages that were hidden are to be seen again, in order of their numbers."""

    key: str
    room: str
    numbers: tuple[int, ...]
    at: int
    by: str


class Edited(Struct, frozen=True, gc=False):
    """A message has another text; by its author."""

    key: str
    room: str
    number: int
    user: str
    text: str
    at: int


Event = (
    Said
    | Repeated
    | Whispered
    | Joined
    | Left
    | Entered
    | Exited
    | Marked
    | Missed
    | Kicked
    | Banned
    | Barred
    | Moved
    | Invited
    | Appointed
    | Given
    | Taken
    | Announced
    | Closing
    | TopicSet
    | ModesSet
    | StandingSet
    | Hidden
    | Shown
    | Edited
)


A_GUEST: Final = 2**62
"""Later than anything was said: what was said under a guest's name may be anybody's."""


class Draft(Struct, frozen=True, gc=False):
    """What somebody has said and nobody has heard yet: `key` tells the store where it belongs
    (a room's key, or a conversation's), `user_key` who has said it; the rest is as in Said.
    `away` is the key of the account whose offline message it is; empty where it is none. `since` is
    when its user's name became theirs, in ms since 1970 UTC, or A_GUEST."""

    key: str
    room: str
    user: str
    user_key: str
    text: str
    at: int
    token: str = ""
    away: str = ""
    account: str = ""
    kind: Kind = "message"
    since: int = 0
