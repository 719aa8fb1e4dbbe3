"""Every size, rate and time-out, each with its reason. Knows nothing else."""

# --- lines ---------------------------------------------------------------------------------

LINE_BYTES = 4096
"""A line with its end. Room for any message a person types, and a page of memory."""

RUNAWAY_BYTES = 64 * 1024
"""An unended line this long is no line of ours: the connection is dropped (16 whole lines)."""

OVERLONG_START_BYTES = 256
"""Of a line that is too long so much of its beginning is looked at, and ..."""

OVERLONG_END_BYTES = 32
"""... so much of its end: where a request of another protocol says what it is."""

ECHOED_CHARACTERS = 64
"""How much of a word that made no sense is repeated in the refusal."""

LINES_PER_TURN = 32
"""Lines of one connection in one turn of the reactor; then it is the others' turn."""

TURN_SECONDS = 0.005
"""The same as time: a line can be worth a thousand answers. In one turn of the reactor so much time
is for reading, and as much for telling; together nobody notices it."""

SWITCH_SECONDS = 0.001
"""How long the thread that stores waits at most for the reactor's to let it run Python, which it
does a few times for a batch. With Python's own 5 ms people waited for 0.3 s where a crowd asked for
long lists."""

READY_PER_TURN = 128
"""Connections, of those that are ready, that are served in one turn. More are served faster
together, fewer are still in the processor's caches when they are written to: this is between."""

READY_PER_STEP = 8
"""Connections that are served before it is looked whether the turn is over."""

ENTRIES_PER_STEP = 64
"""Entries of the journal that are told before it is looked whether the turn is over."""

WRITES_PER_STEP = 32
"""Members that a batch is written to before it is looked whether the turn is over."""

BULK_LINES = 10
"""A command with a long answer (HISTORY, SEARCH, ROOMS, WHO) counts as so many lines."""

LOGIN_PORT = 4000
"""The login style's seed listens there, and its clients know that style's refusals only."""

# --- files ---------------------------------------------------------------------------------

FILE_BYTES = 4 * 1024 * 1024
"""What is read of a file that somebody names: configuration, certificates, keys, passwords. The
certificates of all that a system trusts are 250 KB, `name:password` of 100,000 people 3 MB."""

FILE_SECONDS = 5.0
"""How long a pipe that is named instead of a file may take: a program that asks somewhere else for
a password answers within it, and who waits for one that says nothing is told so."""

LOG_BYTES = 10 * 1024 * 1024
"""A log file that nobody else rotates is rotated when it is this large: some 100,000 lines, ..."""

LOG_FILES = 9
"""... and so many parts before it are kept, which is 100 MB in all."""

# --- names ---------------------------------------------------------------------------------

USERNAME_CHARACTERS = 32
"""As wide as a column of names may get; IRC networks allow 16 to 32."""

ROOM_CHARACTERS = 64
"""What IRC servers commonly announce as CHANNELLEN."""

KEY_GROWTH = 2
"""Characters of a name's key for one of the name at the most: `ss` for `ß`."""

KEY_CHARACTERS = 2 * KEY_GROWTH * ROOM_CHARACTERS
"""More than the key of any room, of two people's conversation, or of a network takes."""

COMBINING_MARKS = 4
"""Marks on one letter, from Unicode's UTS 39, 5.4: no script needs more, pranks do."""

# --- accounts ------------------------------------------------------------------------------

PASSWORD_LEAST_BYTES = 8
"""NIST's SP 800-63B, 5.1.1.2."""

PASSWORD_BYTES = 256
"""More than any password that is remembered or generated; what is longer is not hashed at all."""

HASH_KIB = 19456
"""Memory that the hash of a password takes, and ..."""

HASH_ROUNDS = 2
"""... how often it is gone through, and ..."""

HASH_LANES = 1
"""... in how many threads: OWASP's Password Storage Cheat Sheet, for argon2id. Some 20 ms."""

HASHING_CORES = 2
"""Where there are no more cores than these, one thread hashes passwords, else two: the first core
is the reactor's."""

HASHING_NICE = 10
"""How far these threads step back behind the reactor, where the system lets them."""

HASHES_WAITING = 256
"""Passwords that are hashed or wait for it, one of each address: with one thread some 5 s. Further
ones are refused."""

TRIES = 5
"""Wrong passwords that an address may try at once, and that may be tried for an account ..."""

TRIES_SECONDS = 60.0
"""... and in the long run, as many in so many seconds."""

TRIES_KNOWN = 20_000
"""Addresses, and accounts, of which it is known how many wrong passwords there were of late (some
5 MB each); all further ones together may try as much as one."""

TRIES_WAITING = 512
"""Passwords from one address that wait for the one before them: a class behind one router comes
back all at once."""

PROVED_KNOWN = 20_000
"""Pairs of an address and an account that was proved there that are remembered (some 5 MB)."""

ACCOUNTS_SECONDS = 0.5
"""How often it is looked whether accounts were changed by another process: what an operator does is
to be seen within a second."""

ACCOUNTS_PER_STEP = 64
"""Accounts that are looked at before it is looked whether the turn is over."""

PLACES_AT_ONCE = 32
"""Changes of accounts' places (their rooms, what they have read) in one transaction at the most: it
takes some 10 ms, and what is said meanwhile waits for it."""

NOTES_WAITING = 10_000
"""Such changes that are kept where the store can't make them just now; further ones are lost."""

CONNECTIONS_PER_ACCOUNT = 100
"""Connections of one account at a time: more devices than anybody has."""

REGISTERED_AT_ONCE = 30
"""Usernames that may be registered from one address at once: by a class behind one router ..."""

REGISTERED_SECONDS = 3600.0
"""... and in the long run, as many in so many seconds. They are kept for good."""

OWN_MESSAGES = 1000
"""The last messages that a connection of an account is known to have said itself, if it falls
behind: what its owner says elsewhere it hears, what it says itself it does not in some styles."""

MENTIONS_MOST = 1000
"""Messages that name somebody, of those said while they were away, are counted up to so many."""

# --- rooms that are kept -------------------------------------------------------------------

TOPIC_CHARACTERS = 400
"""About what IRC servers take (TOPICLEN is commonly 307 to 390), and no more than a few lines."""

REASON_CHARACTERS = 200
"""Of a reason so much is kept: a sentence."""

CLAIMS_PER_ACCOUNT = 20
"""Rooms that one account may own: a class for each weekday and hour."""

CLAIMS_AT_ONCE = 40
"""Rooms that an account may claim at once, whatever becomes of them, as what is kept of a private
one is kept for good, ..."""

CLAIMS_SECONDS = 24 * 3600.0
"""... and in so many seconds CLAIMS_PER_ACCOUNT more."""

HOLDERS_MOST = 1000
"""Accounts that may be invited to a room, and moderate it."""

HOLDERS_IMPORTED = 2 * HOLDERS_MOST
"""Of a room that is imported: whoever gives a room away moderates it on top of these."""

DECISIONS_MOST = 100
"""Things that are remembered as decided over one room by operators: the last ones. It has five
modes and a topic; the others are who moderates it."""

TOPICS_MOST = 10_000
"""Rooms that nobody owns and that have a topic. Before one more gets one, ..."""

TOPICS_FORGOTTEN = 1000
"""... so many of the oldest go, of rooms where nobody is."""

TOPICS_AT_ONCE = 50
"""Topics that may be given from one address at once to rooms that nobody owns and that have none,
..."""

TOPICS_SECONDS = 24 * 3600.0
"""... and in so many seconds as many more."""

LISTED_AT_ONCE = 2000
"""Names that may be put on the lists of rooms from one address at once, banned, muted, invited or
made moderators: all of a raid of a thousand, ..."""

LISTED_SECONDS = 24 * 3600.0
"""... and in so many seconds as many more. Whoever registers may claim rooms, and each of these has
lists; what is on them is in memory, some 0.8 KB each."""

TAKERS_KNOWN = 20_000
"""Addresses, and accounts, of which it is known how much of that they have taken of late
(some 5 MB each); all further ones together may take as many as one."""

WORDS_KNOWN = 64
"""Words for rooms of which it is remembered which room somebody means by them."""

INVITED_SECONDS = 60
"""How often the same person may tell the same other one of invitations."""

MISSED_EVENTS = 64
"""Changes of a room that are told to a session that has caught up, at the most: the last ones."""

SANCTIONS_MOST = 10_000
"""Bans, and mutes, that may hold on the server at a time (some 10 MB), and ..."""

SANCTIONS_PER_ROOM = 1000
"""... in a room, which anybody may have."""

LONGEST_SECONDS = 100 * 365 * 86400
"""What is imposed for longer than anybody lives is for good; and years have four digits."""

SLOW_MOST_SECONDS = 24 * 3600
"""Slow mode with more than a day between two messages is no chat."""

PACES_KNOWN = 20_000
"""People of whom it is known when they have spoken last in slow rooms (some 8 MB)."""

HELPERS_NAMED = 3
"""How many of those who could help are named in a refusal."""

KNOWN_SECONDS = 24 * 3600.0
"""An account that was registered so long before a raid is not one of the raiders'."""

NEWCOMER_SECONDS = 600.0
"""Whoever has come so short a time before the raid switch was turned on came with the raid."""

HELD_MESSAGES = 1000
"""Messages of one room that may wait for a moderator; further ones are refused."""

HELD_BYTES = 16 * 1024 * 1024
"""And of all rooms together so much text, with WAITING_BYTES_EACH for each."""

NETWORK_BITS = 8
"""The widest network that is banned or muted at once: the largest that anybody was ever given."""

NETWORK_BITS_IPV6 = 16
"""The same of IPv6."""

AGAIN = 10
"""How often a change of a room, or a search, is tried where somebody else was quicker."""

NUMBERS_PER_LINE = 300
"""Numbers of hidden messages in one line at the most: each takes up to 12 bytes, or a range of them
twice that, and lines are as long as LINE_BYTES."""

HIDDEN_AT_ONCE = 100_000
"""Messages that one HIDE hides, or one UNHIDE shows, at the most: the last ones. To do it again is
to go on."""

HIDDEN_PER_STEP = 250
"""So many of them in one transaction: some 10 ms, in which what is said waits; ..."""

HIDDEN_TOLD = 1200
"""... and so many in what is told of it: no more than PIECE_BYTES."""

AUDIT_COUNT = 50
"""Entries of the audit log that AUDIT shows where no number is given, and ..."""

AUDIT_MOST = 1000
"""... at the most."""

# --- history -------------------------------------------------------------------------------

EARLIER_TEXTS = 20
"""Texts that a message had before and that are kept: it is edited no more often, as moderators want
to see all of them. Nobody mistypes so often; and ..."""

EARLIER_BYTES = 16 * 1024
"""... so much text of them: a line of an export, with all of them in it and each character escaped,
is shorter than RUNAWAY_BYTES."""

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

SEARCH_LOOKS = (500, 1500)
"""Where a search asks for signs, the index tells in which messages they are, and the text where
they stand. So many are read in one step, some 20 ms: few at first, mostly they are found there."""

SEARCH_STEPS = 10
"""Steps of one search: past these 20,000 messages it is refused, and wants another word."""

WORD_CHARACTERS = 200
"""A longer word is found by its beginning: PostgreSQL takes words of 2 KB."""

SENT_AGAIN = 8
"""How often a line with a token may be sent again while its first copy is being stored, when others
are refused: clients send again every few seconds."""

WAITING_BYTES = 16 * 1024 * 1024
"""Messages that may wait for the store: some 15,000 short ones, or 3000 of the greatest length.
Past it they are refused."""

WAITING_BYTES_EACH = 1024
"""What a message that waits counts for besides its text, about."""

CROWDED_BYTES = 4 * 1024 * 1024
"""With so much waiting, whoever has something waiting there says nothing more until that is
delivered: so nothing is refused because others talk much, and what somebody says now and then waits
for some thousands of messages at the most."""

WAITING_ANSWERS_BYTES = 16 * 1024
"""Answers of one session that may wait for the store; with more its next lines wait unread. All of
them go out at once."""

ANSWER_BYTES = 256
"""What an answer that waits counts for besides its text, about."""

BATCH_ENTRIES = 500
"""Messages (and joins, and answers) in one batch at the most, so that what is done at once stays
short."""

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

RECORD_BYTES = 64 * 1024 * 1024
"""What an imported message may take with all the texts that it had before, which are in lines of
less than RUNAWAY_BYTES each: some 10,000 of the greatest length."""

FIRST_NUMBER_MOST = 10**12
"""Beyond it no imported room begins: nobody has said and forgotten so much, and there would not be
room for what is said there until EVERYTHING."""

CLOSE_STORE_SECONDS = 1.0
"""How long the end of the server waits for a database that does not answer."""

READERS = 2
"""Threads that read pages of the history, besides the one that writes it, and those that search in
it and that count what is unread: whoever comes to a room waits for no search."""

LEAST_TURN_SECONDS = 0.001
"""What a question to the store counts for at the least, where it is decided whose turn it is."""

TRUSTED_PEOPLE = 16.0
"""So many people have their turn as often as others each, where they come from one address that is
trusted: many of them are behind it."""

LOOK_SECONDS = 1.0
"""How often it is looked whether SQLite's file is still there."""

TENANCY_SECONDS = 5.0
"""How long a server that starts waits for another one to leave the store: one that ends takes
SHUTDOWN_SECONDS and CLOSE_STORE_SECONDS at the most."""

TENANCY_SHARED_SECONDS = 1.0
"""The same where several may use it: one that was killed is gone within that time."""

TENANCY_LOOK_SECONDS = 0.05
"""How often it is looked whether it has."""

TENANCY_PROBE_SECONDS = 2
"""A database asks a server that is silent whether it is still there after so many seconds, three
times: the machine of one that is gone without a word keeps no other from the store."""

RETRY_SECONDS = 0.5
"""How long to wait before asking again a database that is gone whether a commit was made."""

INDEX_MESSAGES = 256
"""So many messages are added to an index of words at a time. In SQLite a search goes through those
that have not come to that by itself, within a few ms."""

FORGET_MESSAGES = 25
"""Messages that are forgotten in one step: few enough to take less than 20 ms."""

FORGET_BYTES = 4096
"""And so much text at the most."""

FORGET_ENTRIES = 100
"""Entries of the audit log that are forgotten in one step."""

MERGE_PAGES = 64
"""Pages of SQLite's index of words that are written anew in one commit, where all of it is: 256
KB, some 20 ms."""

PATIENT_SECONDS = 60.0
"""How long a tool waits for SQLite's lock, which a busy server holds most of the time."""

TURN_FOR_OTHERS_SECONDS = 0.02
"""Between two such steps of a tool, for the server: whoever waits for SQLite's lock looks at first
every few ms whether it is free, and is in no queue."""

ERASE_SECONDS = 3.0
"""So long after an account was disabled nobody says anything under its name any more: servers look
every half second, and store what was said before that."""

INDEX_BYTES = 32 * 1024
"""Text that is indexed in one commit, or twice what is stored in it where that is more: so the
index keeps up, and no commit takes much longer for it."""

PROGRESS_SECONDS = 1.0
"""What takes less is no reason to draw how far it has come."""

COPIED_PAGES = 1000
"""Pages that are copied of an SQLite database before it is told how far that is: some 4 MB."""

COLLECT_SECONDS = 3600.0
"""How often Python looks through all objects for such as refer to each other and to which nobody
refers. Here there should be none, and with 10,000 connections it takes some 50 ms."""

FORGET_SECONDS = 60.0
"""How often it is looked what is to be forgotten."""

CATCH_UP_MESSAGES = 100
"""Messages, or entries of the log, that are read at a time, for whatever answer, and ..."""

PAGE_BYTES = 32 * 1024
"""... so much text, or one message more: what is kept in memory for somebody who has asked and does
not read. It is what may wait for them anyhow (CLOGGED_BYTES)."""

REPLAY_MOST = 1000
"""Messages that are sent on joining at the most: as many as in one HISTORY."""

TOKEN_CHARACTERS = 36
"""A token of a client's own: a UUID fits."""

AUDIT_ENTRIES = 10_000
"""Entries of the audit log that the memory store keeps (some 5 MB); a database has no bound."""

LOOKED_THROUGH = 20_000
"""So many messages of a room are looked through for what somebody has said (some 20 ms); where
there are more, the index of words is asked."""

RECENT_MESSAGES = 200
"""Among so many messages of a room one's own last one mostly is: it is looked for there first."""

PLAN_ANEW_MESSAGES = 100
"""When so many messages are hidden at once, PostgreSQL plans anew how it looks for the others."""

CLOCK_STEP_SECONDS = 60
"""In a room no message is older than the one before it; but those that were imported, or stored by
an earlier version, may be by so much, and what was said since a time is found all the same."""

CLOCK_LEAP_SECONDS = 2 * 3600.0
"""A clock that is set ahead by no more than this is believed at once: people err by an hour or two
about time zones. Further than that ..."""

CLOCK_LEAPT_SECONDS = 120.0
"""... it is believed when it has been there for so long: who sets it by hand, and programs that do,
see that within a minute or two."""

CLOCK_FAR_SECONDS = 600.0
"""A clock that is further from what it must be is not believed, where something would be forgotten
for it. Those that are looked after are never wrong by minutes, and servers are started again within
a few."""

CLOCK_SETTLED_SECONDS = 24 * 3600.0
"""A clock with which the chat has run for so long is believed all the same: somebody has seen by
then what time it tells. What is forgotten is gone for good, and a day later is soon enough."""

CLOCK_AHEAD_SECONDS = 24 * 3600.0
"""What was stored by a clock that far ahead, or further, holds nothing up after the next start."""

# --- connections ---------------------------------------------------------------------------

HINT_SECONDS = 3.0
"""A connection silent for so long is told how to begin: programs speak at once, people wait."""

CLOSE_SECONDS = 30.0
"""How long a client may take to read what was written before the connection is closed."""

TLS_CLOSE_SECONDS = 5.0
"""The same where little is waiting and the client has to do its part: to come to the end of its TLS
handshake, or of somebody else's TLS."""

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

GONE_SECONDS = KEEPALIVE_SECONDS + KEEPALIVE_PROBES * KEEPALIVE_INTERVAL_SECONDS
"""A connection that has not said for so long that it has what it was sent is gone as well: it is
not asked then, and the kernel would go on sending for a quarter of an hour (RFC 5482)."""

REST_SECONDS = 0.1
"""A connection that has been too fast is listened to again after so long at the soonest: a few
lines at a time cost less than each for itself."""

SET_MOST = 1_000_000
"""A limit that whoever runs the server sets is no larger: what is more is a slip of the keys, and
there are no such machines."""

IPV6_BITS = 64
"""What one customer of a network has of IPv6 at the least: RFC 6177."""

ADDRESSES_KNOWN = 4096
"""Addresses of which it is remembered what they are, and whether they are trusted."""

OWN_FILES = 64
"""Files that the server needs besides its connections: its history, its log, its ports."""

REFUSED_AT_A_TIME = 16
"""Connections that are refused and may take their time to read why. Further ones are cut short."""

REFUSALS_SECONDS = 10.0
"""How often the log says that somebody is refused, from one address and for one reason; ..."""

REFUSALS_TOLD = 20
"""... and from how many addresses in that time. The others are counted: 16 MB of log a day at the
most."""

SILENT_SECONDS = 3600.0
"""How often the log says how many connections have said nothing, or have failed before they could:
a balancer looks every second or two."""

SILENT_ADDRESSES = 1000
"""Addresses of which it is counted how often they have said nothing."""

FAILURES_TOLD = 1000
"""Connections that have failed at TLS, or have sent no PROXY header, and are told each in that
time, if they are from other addresses or have failed otherwise."""

WRONG_PASSWORDS_TOLD = 1000
"""Wrong passwords that the log tells in the time of TRIES_SECONDS, from all addresses together: 150
MB of log a day at the most, if thousands of addresses guess."""

ACCEPTED_PER_TURN = 16
"""Connections that are accepted in one turn at each port. Some systems take 0.2 ms for one."""

BACKLOG = 1024
"""Connections the kernel holds until they are accepted: a class of 500 arrives at once."""

PIECE_BYTES = 16 * 1024
"""What is written at a time to one client at the most: some 200 lines. A longer answer or batch is
cut between two lines."""

CLOGGED_BYTES = 32 * 1024
"""With so many bytes waiting to be read by a client it is sent nothing more from its rooms, and its
own commands wait. With the last piece, and the answers to commands that had been read already, no
more than 64 KiB wait for it."""

STUCK_SECONDS = 60.0
"""A client that has taken nothing of what waits for it for so long is dropped ..."""

STUCK_LOOKS = 4
"""... as is looked so often in that time, so it may be a quarter more."""

# --- TLS and proxies -----------------------------------------------------------------------

TLS_RECORD_BYTES = 16 * 1024
"""What one record of TLS carries at the most: RFC 8446, 5.1."""

CERTIFICATES_SECONDS = 5.0
"""How often it is looked whether there are new certificates."""

CERTIFICATE_DAYS = 14
"""A certificate that is valid for less time is warned of. ACME clients renew theirs a month before
the end, or when a third of its time is left."""

CERTIFICATE_NAMES = 5
"""Names of a certificate that the log tells."""

GIVE_BACK_CONNECTIONS = 500
"""When so many connections fewer are there than were, the memory of those that are gone is given
back to the system: a handshake of TLS takes 45 KiB of OpenSSL's."""

GIVE_BACK_SECONDS = 5.0
"""How often it is looked whether that is so."""

PROXY_V1_BYTES = 107
"""A PROXY header in words, with its end: from the specification."""

TLS_READ_BYTES = 8 * 1024
"""What is read of a TLS connection at a time: at worst it is 300 changes of keys, 4 ms of work."""

TLS_OVERHEAD_BYTES = 32 * 1024
"""What a TLS connection may send at once that is no text ..."""

TLS_OVERHEAD_RATE = 8 * 1024
"""... and how much in a second: a client that sends every character by itself types 300 a second
with that. Past it the connection is not read for a while."""

PROXY_SECONDS = 5.0
"""How long a proxy may take to say for whom a connection is. They say so at once."""

PROXY_V2_BYTES = 1024
"""A PROXY header in bytes: 536 were meant to be enough, but all that HAProxy can tell is some
600."""
