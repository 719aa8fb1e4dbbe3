"""Every size, rate and time-out, each with its reason. Knows nothing else."""

from typing import Annotated

from msgspec import Meta, Struct

# --- lines ---------------------------------------------------------------------------------

LINE_BYTES = 4096
"""A line with its end. Room for any message a person types, and a page of memory."""

RUNAWAY_BYTES = 64 * 1024
"""An unended line this long is no line of ours: the connection is dropped (16 whole lines)."""

ECHOED_CHARACTERS = 64
"""How much of a word that made no sense is repeated in the refusal."""

LINES_PER_TURN = 32
"""Lines of one connection in one turn of the reactor; then it is the others' turn."""

TURN_SECONDS = 0.005
"""The same as time: a line can be worth a thousand answers. Half of what nobody notices."""

# --- names ---------------------------------------------------------------------------------

USERNAME_CHARACTERS = 32
"""As wide as a column of names may get; IRC networks allow 16 to 32."""

ROOM_CHARACTERS = 64
"""What IRC servers commonly announce as CHANNELLEN."""

COMBINING_MARKS = 4
"""Marks on one letter, from Unicode's UTS 39, 5.4: no script needs more, pranks do."""

# --- history -------------------------------------------------------------------------------

HISTORY_COUNT = 50
"""Messages in a HISTORY that names no count: about two screens."""

HISTORY_MOST = 1000
"""Messages in one HISTORY at the most."""

MEMORY_MESSAGES = 1000
"""Messages of one room that the memory store keeps: one HISTORY shows them all."""

MEMORY_BYTES = 64 * 1024 * 1024
"""Text of all rooms that the memory store keeps; past it the room quiet for longest forgets."""

MEMORY_ROOMS = 100_000
"""Rooms with nothing kept of them whose last number the memory store knows (some 20 MB)."""

SEARCH_WORDS = 32
"""Words in one search: each makes it longer, and nobody looks for so many."""

WORD_CHARACTERS = 200
"""A longer word is found by its beginning: PostgreSQL takes words of 2 KB."""

WAITING_MESSAGES = 10_000
"""Messages that may wait for the store: ten seconds of 1000 a second. Past it they are refused."""

SENT_AGAIN = 8
"""How often a line with a token may be sent again while its first copy is being stored, when others
are refused: clients send again every few seconds."""

WAITING_BYTES = 16 * 1024 * 1024
"""The same in memory: some 4000 messages of the greatest length."""

WAITING_ANSWERS = 100
"""Answers of one session that may wait for the store; with more its next lines wait unread."""

GATHER_MESSAGES = 8
"""Where so many messages (or joins, or answers) have come while a batch was committed, there are
many speakers: ..."""

GATHER_SECONDS = 0.001
"""... the next batch waits a moment for more of them, as each batch costs a commit and a write to
every member. Nobody notices a millisecond."""

STALL_SECONDS = 5.0
"""A commit under way for so long is a stall: what waits behind it is refused. People who have
written a line look for it about so long."""

BUSY_SECONDS = 4.0
"""How long SQLite waits for a lock that another process holds. Less than a stall."""

QUERY_SECONDS = 5.0
"""A query of a database that takes so long is broken off, and so is an attempt to connect to it."""

WATCH_SECONDS = 1.0
"""How often it is looked whether a query takes so long."""

EVERYTHING = 10**15
"""More messages than any room will have."""

CLOSE_STORE_SECONDS = 1.0
"""How long the end of the server waits for a database that does not answer."""

READERS = 2
"""Threads that read pages of the history, besides the one that writes it, and the one that searches
in it: whoever comes to a room waits for no search."""

LOOK_SECONDS = 1.0
"""How often it is looked whether SQLite's file is still there."""

RETRY_SECONDS = 0.5
"""How long to wait before asking again a database that is gone whether a commit was made."""

INDEX_MESSAGES = 256
"""So many messages are added to an index of words at a time. In SQLite a search goes through those
that have not come to that by itself, within a few ms."""

FORGET_MESSAGES = 25
"""Messages that are forgotten in one step: few enough to take less than 20 ms."""

FORGET_BYTES = 4096
"""And so much text at the most."""

INDEX_BYTES = 32 * 1024
"""Text that is indexed in one commit, or twice what is stored in it where that is more: so the
index keeps up, and no commit takes much longer for it."""

FORGET_SECONDS = 60.0
"""How often it is looked what is to be forgotten."""

REPLAY_MOST = 1000
"""Messages that are sent on joining at the most: as many as in one HISTORY."""

TOKEN_CHARACTERS = 36
"""A token of a client's own: a UUID fits."""

# --- connections ---------------------------------------------------------------------------

HINT_SECONDS = 3.0
"""A connection silent for so long is told how to begin: programs speak at once, people wait."""

CLOSE_SECONDS = 30.0
"""How long a client may take to read what was written before the connection is closed."""

TLS_CLOSE_SECONDS = 5.0
"""The same for a TLS client for which little is waiting: it has to agree to the end."""

LINGER_SECONDS = 1.0
"""How long it may take to hang up after that. Closing at once would reset the connection while
it is still sending, and it would never see the reason."""

SHUTDOWN_SECONDS = 3.0
"""How long all that may take when the server stops: it has to be gone within 5 s."""

KEEPALIVE_SECONDS = 60
"""A connection quiet for so long is asked whether it is still there ..."""

KEEPALIVE_INTERVAL_SECONDS = 15
"""... again every so many seconds ..."""

KEEPALIVE_PROBES = 4
"""... and after so many questions without an answer it is gone, and its username is free."""

BACKLOG = 1024
"""Connections the kernel holds until they are accepted: a class of 500 arrives at once."""

CLOGGED_BYTES = 64 * 1024
"""With so many bytes waiting to be read by a client, its own commands wait as well."""

QUEUED_BYTES = 8 * 1024 * 1024
"""A client that has let so many bytes pile up is dropped: twice the longest HISTORY."""


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """The limits that whoever runs the server may set, in the table [limits].

    login_timeout: seconds within which a connection has to say who it is. The default leaves
        a person time to read and type, and an idle scanner little.
    rooms_per_user: rooms that one user may be in at a time.
    """

    login_timeout: Annotated[float, Meta(gt=0, le=86400)] = 60.0
    rooms_per_user: Annotated[int, Meta(ge=1, le=10000)] = 100
