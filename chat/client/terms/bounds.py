"""What a server can have a client keep, at the most, whatever it sends. Knows nothing else.

Beside these: `RUNAWAY_BYTES` for a line, `LINE_BYTES` for what somebody says.
"""

from __future__ import annotations

from typing import Final

NAME_CHARACTERS: Final = 256
"""More of a username or a room's name is not read: servers take 32 and 64."""

MOST_ROOMS: Final = 1000
"""Rooms and conversations that others open here; a server could make them up."""

MOST_TASKS: Final = 4 * MOST_ROOMS
"""Histories that are being read and the like: a few for each room. A server that does not answer,
and has more of them begun, is left."""

MOST_MARKS: Final = 2 * MOST_ROOMS
"""Rooms of which it is known how far an account has read them."""

MOST_MEMBERS: Final = 10_000
"""Members of a room that are listed: nobody reads a list as long."""

MOST_NOTICES: Final = 1000
"""Notices that are shown in a room; then the oldest go."""

ANSWER_BYTES: Final = 16 * 1024 * 1024
ANSWER_LINES: Final = 100_000
"""No answer is so long: a thousand messages of LINE_BYTES, or everybody who is on a server."""

WAITING_EVENTS: Final = 10_000
WAITING_BYTES: Final = 16 * 1024 * 1024
"""What may wait for whoever takes events, before the server has to wait; where nobody has ever
taken one the oldest go."""

KEPT_BYTES: Final = 64 * 1024 * 1024
"""What may wait in all, where the server can't be made to wait as one waits for its answer: events,
and messages that wait for those before them. A server that sends more without answering is left."""

LOOK_LINES: Final = 1000
LOOK_BYTES: Final = 4 * 1024 * 1024
"""After so much of a server's it is looked how much of that waits."""

THING_BYTES: Final = 500
"""What a message or an event takes beside its text, a little more than measured."""

RUN_BYTES: Final = 150
"""What the first and the last number of a run take."""

LOG_BYTES: Final = 1024 * 1024
"""As large may the file with the program's own errors be, before it is begun anew."""
