"""Before anyone has said who they are: the first identifying command decides the style. Knows no
user."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NoReturn

from chat.accounts.directory import Account
from chat.dialects.commands.grammar import cut
from chat.dialects.foreign import is_foreign
from chat.dialects.lines import LineDialect, when_done
from chat.dialects.login_style import LOGIN, LoginDialect
from chat.dialects.rooms_style import ROOMS
from chat.queries.seam import acts_of, realm_of
from chat.realm.session import Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import LOGIN_PORT
from chat.vocabulary.names import LOBBY
from chat.vocabulary.text import MARK

HINT: Final = (
    "INFO welcome: LOGIN <username> to chat in the lobby, "
    "or JOIN <room> <username> for a room; HELP tells more"
)


class Newcomer(LineDialect):
    """The style of a connection that has none yet."""

    def receive(self, session: Session, line: bytes) -> None:
        """See LineDialect. The mark that an editor has put in front of a file of commands is no
        part of the first."""
        line = line.removeprefix(MARK)
        if self.receives(session, line):
            super().receive(session, line)

    def receives(self, session: Session, line: bytes) -> bool:
        """Whether a line, or the beginning and the end of one that is too long, may be one of the
        chat. Browsers, TLS clients and the like are told once, and sent away."""
        if not is_foreign(line, _VERBS):
            return True
        session.refuse(ChatError("wrong-protocol"))
        session.end()
        return False

    def blank(self, session: Session) -> None:
        """Somebody pressed Enter to see what happens."""
        self.reply(session, HINT)

    def unknown(self, name: str) -> NoReturn:
        """See LineDialect."""
        raise ChatError("not-logged-in")

    def do_auth(self, session: Session, rest: str) -> None:
        """AUTH <username> <password>  ->  INFO you are <username>: go on with JOIN or LOGIN"""
        name, password = cut(rest.strip())
        if not name:
            raise ChatError("missing-username")
        identity = acts_of(session).identity
        identity.check_is_private(session)
        if not password.strip():
            raise ChatError("missing-password")
        proved = identity.prove(session, name, password.strip())
        when_done(session, proved, partial(self._proved, session))

    def _proved(self, session: Session, account: Account) -> None:
        self.reply(session, f"INFO you are {account.name}: go on with JOIN <room>, or LOGIN")

    def do_login(self, session: Session, rest: str) -> None:
        """LOGIN <username> [password]  ->  OK; you are in the lobby, and HELP tells what you can
        do"""
        words = rest.split()
        try:
            if len(words) == 2:
                proved = acts_of(session).identity.prove(session, *words)
                login = partial(self._login_proved, session)
                when_done(session, proved, login, login_refused(session))
            else:
                self._login(session, rest.strip())
        except ChatError as error:
            login_refused(session)(error)

    def _login_proved(self, session: Session, account: Account) -> None:
        try:
            self._login(session, account.name)
        except ChatError:
            session.device = None  # they have not come in, and may come as somebody else
            raise

    def _login(self, session: Session, name: str) -> None:
        session.enter(name, LOBBY, LOGIN)
        session.welcome(realm_of(session).membership.move(session, LOBBY))
        realm_of(session).settle(session)

    def do_join(self, session: Session, rest: str) -> None:
        """JOIN <room> <username>  ->  INFO joined room <room>; HELP tells what you can do"""
        word, name = cut(rest.lstrip())
        if not name.strip() and session.device is None:
            raise ChatError("not-logged-in")
        session.enter(name.strip(), word, ROOMS)
        for room in realm_of(session).membership.arrive(session, word):
            session.welcome(room)
        realm_of(session).settle(session)


def login_refused(session: Session) -> Callable[[ChatError], None]:
    """Refuse in the login style: whoever says LOGIN expects its answers."""
    return lambda error: session.write(LOGIN.refusal(error))


class LoginNewcomer(Newcomer):
    """The same where clients of the login style come: they know its refusals only."""

    refusal = LoginDialect.refusal


NEWCOMER: Final = Newcomer()
_AT_LOGIN: Final = LoginNewcomer()
_VERBS: Final = frozenset(verb.encode() for verb in Newcomer.verbs)


def newcomer_at(port: int | None) -> Newcomer:
    """The style in which somebody comes to a port."""
    return _AT_LOGIN if port == LOGIN_PORT else NEWCOMER
