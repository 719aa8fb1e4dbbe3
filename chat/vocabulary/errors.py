"""What can be refused: a code and a sentence each. Knows no wire."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from chat.vocabulary.limits import ECHOED_CHARACTERS

SENTENCES: Final[dict[str, str]] = {
    "unknown-command": "there is no command {word}: HELP lists what there is",
    "erased-command": "{word} was erased to begin another command: send that as a line of its own",
    "missing-username": "a username is missing: HELP shows the commands",
    "missing-room": "say which room: HELP shows the commands",
    "missing-password": "a password is missing: HELP shows the commands",
    "missing-number": "a number is missing: HELP shows the commands",
    "missing-length": "for how long is missing: HELP shows the commands",
    "missing-argument": "something is missing: HELP shows the commands",
    "missing-text": "there is no text to send",
    "missing-words": 'say what to look for: SEARCH <words>, a "phrase in quotes", from:<username>',
    "too-many-words": "that is too much to look for at once: 32 words and signs are the most",
    "bad-argument": "{word} makes no sense here: HELP shows the commands",
    "invalid-username": "a username is one word: up to 32 letters, digits, - and _, no - in front",
    "ambiguous-username": "{word} is read as an address or a length of time: choose another name",
    "invalid-room": "a room's name is one word: up to 64 letters, digits, - and _, no - in front",
    "username-taken": "that username is taken: choose another one",
    "username-alike": "that username looks like another one that is taken: choose another one",
    "password-required": "that username is registered: AUTH <username> <password> comes first",
    "wrong-password": "that is not the password of that username",
    "bad-password": "a password is one word of 8 to 256 bytes, not the username, no control keys",
    "too-many-topics": "too many topics came from where you are: CLAIM the room, or wait a day",
    "too-many-listed": "too many names were put on lists from where you are: wait a day",
    "too-many-tries": "there were too many wrong passwords: try again in a minute",
    "too-many-accounts": "too many usernames were registered from where you are: try again later",
    "tls-required": "passwords are taken over TLS only: connect with TLS",
    "account-required": "that is for registered usernames: REGISTER <password> makes yours one",
    "already-registered": "that username is registered already: PASSWORD changes its password",
    "not-allowed": "that is not allowed here: ask {ask}",
    "decided-above": "{word} has decided that, and who is less does not undo it: ask {ask}",
    "against-yourself": "that is against yourself, and only others undo it: ask {ask}",
    "banned": "you are banned{why}: ask {ask}",
    "muted": "you are muted{why}: ask {ask}",
    "moderated": "only moderators speak in {word}: ask {ask}",
    "held": "what you said waits until a moderator lets it through: {ask}",
    "raid": "whoever has just come can't do that now: ask {ask}",
    "too-much-held": "too much waits for a moderator already, and this does not: ask {ask}",
    "slow-mode": "this room is slow: say it again in {word} s",
    "registered-only": "{word} is for registered usernames: REGISTER <password> makes yours one",
    "room-alike": "that looks like the name of another room, {word}: choose another name",
    "room-claimed": "{word} has an owner: ask {ask}",
    "not-claimed": "nobody keeps {word}: CLAIM {word} makes it yours",
    "too-many-claims": "you have claimed as many rooms as one may: UNCLAIM one, or wait a day",
    "room-taken": "there is another room {word} by now, which has an owner: ask {ask}",
    "user-not-registered": "{word} is not registered: REGISTER <password> makes a username so",
    "nothing-said": "that is not the last thing that you have said in {word}: it can't be changed",
    "too-many-edits": "that was changed as often as may be: say it anew, or UNSAY it",
    "not-on-list": "{word} is not on that list, so there is nothing to lift",
    "list-full": "that list is full: take some from it first",
    "bad-length": "{word} is no length of time: write it like 30s, 10m, 2h or 7d",
    "bad-network": "{word} is too much of the network: /8 is the widest, /16 of IPv6",
    "in-doubt": "nobody knows just now whether that was stored: look, and do it again if not",
    "not-kept": "that could not be stored, and nothing has changed: try again",
    "signed-out": "your account was changed: come back with its password",
    "no-accounts": "accounts can't be looked up just now: try again in a moment",
    "on-another": "another connection of yours is in {word}, and can be in one room only",
    "not-logged-in": "say who you are first: LOGIN <username>, or JOIN <room> <username>",
    "already-logged-in": "you have a username already: QUIT and come back to change it",
    "not-in-room": "you are not in the room {word}: JOIN it first",
    "room-not-found": "there is no room {word}: ROOMS lists what there is",
    "user-not-room": "{word} is a username, and no room: HELP shows the commands",
    "user-not-found": "nobody here is called {word}: WHO lists who is here",
    "line-too-long": "that line was too long and was thrown away: 4096 bytes is the most",
    "unfinished-line": "the last line had no end and was thrown away: end it with a newline",
    "not-utf8": "that line was not UTF-8 and was thrown away: set your terminal to UTF-8",
    "login-timeout": "you did not say who you are in time: connect again, then LOGIN or JOIN",
    "too-many-rooms": "you are in too many rooms: LEAVE one first",
    "too-many-connections": "there are too many connections, here or from you: come back later",
    "not-stored": "your message could not be stored, and nobody has seen it: try again",
    "no-history": "the history can't be read just now: try again in a moment",
    "search-too-wide": "older messages were not looked through, as too many have these words and "
    "signs apart from each other: add a word",
    "bad-token": "a token is 1 to 36 letters, digits, - or _, and stands before MSG or DM",
    "tls-port": "this port is TLS only: connect with TLS",
    "wrong-protocol": "this is a chat in plain text: use nc or telnet, and start with HELP",
    "server-error": "something went wrong in the server: please connect again",
    "shutting-down": "the server is shutting down: come back in a moment",
}
"""A code, and a sentence for people: what was wrong, and what to do. {word} is the word
concerned; a code whose sentence has none is told without it. {why} is where, until when and why a
sanction holds; {ask} is who could help."""

USAGE: Final = "HELP shows the commands"
"""Stands in a sentence for how a command is written, where that is not known."""

ASK: Final = "whoever runs this server"
"""Who could help where nobody is known."""


class Grounds(NamedTuple):
    """What a sanction is about. room: its name, empty for the whole server. until: in ms since 1970
    UTC, 0 for good. reason: may be empty. by: the name of who has imposed it."""

    room: str
    until: int = 0
    reason: str = ""
    by: str = ""


class ChatError(Exception):
    """A command was refused: it has changed nothing, and nobody else has noticed.

    code: a key of SENTENCES.
    word: the word concerned, as it was given; a long one is cut short.
    grounds: where, until when and why a sanction holds.
    ask: the names of those who could help; nobody is known where there are none.
    usage: how the command is written, once that is known.
    """

    def __init__(
        self, code: str, word: str = "", grounds: Grounds | None = None, ask: Sequence[str] = ()
    ) -> None:
        super().__init__(code, word, grounds, ask)
        self.code = code
        self.grounds = grounds
        self.ask = tuple(ask)
        self.usage = USAGE
        if len(word) > ECHOED_CHARACTERS:
            word = word[: ECHOED_CHARACTERS - 3] + "..."
        sentence = SENTENCES[code]
        self.word = word if "{word}" in sentence or "{why}" in sentence else ""

    @property
    def sentence(self) -> str:
        """The reason, for people."""
        why = _why(self.code, self.grounds) if self.grounds else ""
        ask = ", ".join(self.ask) or ASK
        sentence = SENTENCES[self.code].format(word=self.word, why=why, ask=ask)
        return sentence.replace(USAGE, self.usage)


def _why(code: str, grounds: Grounds) -> str:
    how = "from" if code == "banned" else "in" if grounds.room else "on"
    why = f" {how} {grounds.room or 'this server'}"
    if grounds.until:
        until = datetime.fromtimestamp(grounds.until / 1000, UTC)
        why += f" until {until:%Y-%m-%d %H:%M:%S} UTC"
    return why + (f" ({grounds.reason})" if grounds.reason else "")
