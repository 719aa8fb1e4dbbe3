"""The way to an account: what is proved, what is refused, and that no password is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.cred.checkers import ANONYMOUS, FilePasswordDB
from twisted.cred.credentials import IUsernamePassword
from twisted.cred.error import LoginDenied, UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.cred.strcred import makeChecker
from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure
from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject

from chat.accounts.portal import Accounts, IAccount
from chat.history.store import StoreError
from chat.vocabulary.limits import HASHES_WAITING
from chat.vocabulary.names import username
from tests.accounts.setting import HOME, RIGHT, WRONG, Setting, SlowHashing, code, result

NEW = "password-of-now"


@pytest.fixture
def here() -> Setting:
    """Alice is registered."""
    here = Setting()
    here.account("Alice")
    return here


def test_who_knows_the_password_gets_the_account(here: Setting) -> None:
    """Always the same object, however the username is written."""
    account = result(here.door.prove(HOME, "ALICE", RIGHT))
    assert account is here.directory.get("alice")
    assert account.name == "Alice"


@pytest.mark.parametrize(
    ("name", "word", "refused"),
    [
        ("alice", WRONG, "wrong-password"),
        ("alice", "short", "wrong-password"),
        ("alice", "x" * 4000, "wrong-password"),
        ("alice", RIGHT.upper(), "wrong-password"),
        ("nobody", RIGHT, "wrong-password"),
        ("", RIGHT, "missing-username"),
        ("/etc", RIGHT, "invalid-username"),
    ],
)
def test_who_does_not_is_refused(here: Setting, name: str, word: str, refused: str) -> None:
    assert code(here.door.prove(HOME, name, word)) == refused


def test_wrong_passwords_are_counted(here: Setting) -> None:
    """The sixth is refused, as is the right one then; from home it is known to be right."""
    guesses = [code(here.door.prove("10.0.0.1/32", "alice", WRONG)) for _ in range(6)]
    assert guesses == ["wrong-password"] * 5 + ["too-many-tries"]
    assert code(here.door.prove("10.0.0.2/32", "alice", RIGHT)) == "too-many-tries"
    here.clock.advance(60)
    assert code(here.door.prove(HOME, "alice", RIGHT)) == ""
    for number in range(6):
        here.door.prove(f"10.0.1.{number}/32", "alice", WRONG).addErrback(lambda failure: None)
    assert code(here.door.prove("10.0.0.3/32", "alice", RIGHT)) == "too-many-tries"
    assert code(here.door.prove(HOME, "alice", RIGHT)) == ""


def test_where_one_has_registered_nobody_is_kept_out() -> None:
    """That address has proved enough."""
    here = Setting()
    result(here.door.register(username("alice"), RIGHT, 1, HOME))
    for number in range(6):
        here.door.prove(f"10.0.1.{number}/32", "alice", WRONG).addErrback(lambda failure: None)
    assert code(here.door.prove(HOME, "alice", RIGHT)) == ""


def test_a_disabled_account_has_no_right_password(here: Setting) -> None:
    """Also where another process has disabled it a moment ago."""
    record = here.store._all["alice"].record
    here.store._all["alice"].record = type(record)("alice", "Alice", 1, is_disabled=True)
    here.store._all["alice"].revision = here.store._next()
    assert code(here.door.prove(HOME, "alice", RIGHT)) == "wrong-password"


def test_an_account_that_another_process_has_just_made_is_known(here: Setting) -> None:
    """Before the directory has looked for it."""
    stored = result(here.hashing.hashed(NEW))
    here.store.create("bob", "Bob", stored, 1)
    assert here.directory.get("bob") is None
    assert result(here.door.prove(HOME, "bob", NEW)).name == "Bob"


@pytest.mark.parametrize("change", ["reset", "another"])
def test_a_password_that_was_right_before_the_account_was_changed_is_not(change: str) -> None:
    """The operator has reset it while it was being checked, or it is another account by now."""
    hashing = SlowHashing()
    here = Setting(hashing)
    here.account()
    proved = here.door.prove(HOME, "alice", RIGHT)
    new = result(hashing.hashed(NEW))
    if change == "another":
        here.store.give_up("alice", 2)
        here.store.create("alice", "alice", new, 3)
    else:
        its = here.store._all["alice"]
        its.record = type(its.record)("alice", "alice", 1, secret=its.record.secret + 1)
        its.password, its.revision = new, here.store._next()
    hashing.tell()
    hashing.tell()
    assert code(proved) == "wrong-password"


def test_who_has_the_new_password_gets_in_as_soon_as_it_is_reset(here: Setting) -> None:
    """Before the directory has looked."""
    its = here.store._all["alice"]
    its.record = type(its.record)("alice", "Alice", 1, secret=its.record.secret + 1)
    its.password, its.revision = result(here.hashing.hashed(NEW)), here.store._next()
    account = result(here.door.prove(HOME, "alice", NEW))
    assert account is here.directory.get("alice")
    assert account.secret == its.record.secret


def test_an_account_that_is_removed_meanwhile_is_not_made_again() -> None:
    """Only another checker may know somebody who has none."""
    hashing = SlowHashing()
    here = Setting(hashing)
    account = here.account()
    proved = here.door.prove(HOME, "alice", RIGHT)
    result(here.directory.give_up(account, 2))
    hashing.tell()
    assert code(proved) == "wrong-password"
    assert here.directory.get("alice") is None


def test_registering_makes_an_account() -> None:
    """Once; it is in the directory then, and its password is not in the store."""
    here = Setting()
    account = result(here.door.register(username("Alice"), RIGHT, 7))
    assert here.directory.get("alice") is account
    assert (account.key, account.name, account.since) == ("alice", "Alice", 7)
    assert RIGHT not in str(result(here.store.password("alice")))
    assert code(here.door.register(username("ALICE"), NEW, 8)) == "already-registered"
    assert code(here.door.prove(HOME, "alice", RIGHT)) == ""


@pytest.mark.parametrize("word", ["short", "x" * 257, "two words", "", "ALICE-SMITH"])
def test_registering_takes_no_bad_password(word: str) -> None:
    """And makes no account then."""
    here = Setting()
    assert code(here.door.register(username("alice-smith"), word, 7)) == "bad-password"
    assert here.directory.get("alice-smith") is None


def test_a_name_that_looks_like_a_registered_one_is_not_registered(here: Setting) -> None:
    """Somebody may have come under it before the other one was registered."""
    assert code(here.door.register(username("\u0430lice"), RIGHT, 7)) == "username-alike"


def test_two_who_register_at_once_are_one() -> None:
    """The store says whose it is."""
    here = Setting()
    made = here.store.create
    here.store.create = lambda *words: (made(*words), made(*words))[1]  # type: ignore[method-assign]
    assert code(here.door.register(username("alice"), RIGHT, 7)) == "already-registered"


def test_a_password_is_changed(here: Setting) -> None:
    """By who knows the old one. It is the same account."""
    account = result(here.door.prove(HOME, "alice", RIGHT))
    secret = account.secret
    assert code(here.door.change(account, HOME, WRONG, NEW)) == "wrong-password"
    assert code(here.door.change(account, HOME, RIGHT, "short")) == "bad-password"
    assert code(here.door.change(account, HOME, RIGHT, "two words")) == "bad-password"
    assert code(here.door.change(account, HOME, RIGHT, NEW)) == ""
    assert code(here.door.prove(HOME, "alice", RIGHT)) == "wrong-password"
    assert result(here.door.prove(HOME, "alice", NEW)) is account
    assert account.secret == secret


def test_a_password_is_changed_though_it_is_hashed_anew_meanwhile(here: Setting) -> None:
    """What it is, is not changed by that."""
    account = result(here.door.prove(HOME, "alice", RIGHT))
    set_password = here.store.set_password

    def rehash_before(key: str, old: str, new: str) -> Deferred[bool]:
        here.store.set_password = set_password  # type: ignore[method-assign]
        assert result(set_password(key, old, result(here.hashing.hashed(RIGHT))))
        return set_password(key, old, new)

    here.store.set_password = rehash_before  # type: ignore[method-assign]
    assert code(here.door.change(account, HOME, RIGHT, NEW)) == ""
    assert code(here.door.prove(HOME, "alice", NEW)) == ""


def test_an_account_is_given_up(here: Setting) -> None:
    """By who knows its password. Then the name is nobody's."""
    account = result(here.door.prove(HOME, "alice", RIGHT))
    assert code(here.door.give_up(account, HOME, WRONG)) == "wrong-password"
    assert here.directory.get("alice") is account
    here.clock.advance(9)
    assert code(here.door.give_up(account, HOME, RIGHT)) == ""
    assert here.directory.get("alice") is None
    assert here.directory.since("alice") == 9000
    assert code(here.door.prove(HOME, "alice", RIGHT)) == "wrong-password"
    assert code(here.door.register(username("alice"), NEW, 10)) == ""


def test_wrong_passwords_count_for_whatever_they_are_given(here: Setting) -> None:
    """Else a connection that was left open could be guessed at."""
    account = result(here.door.prove(HOME, "alice", RIGHT))
    for _ in range(3):
        assert code(here.door.change(account, HOME, WRONG, NEW)) == "wrong-password"
        here.door.give_up(account, HOME, WRONG).addErrback(lambda failure: None)
    assert code(here.door.change(account, HOME, RIGHT, NEW)) == "too-many-tries"
    assert code(here.door.give_up(account, HOME, RIGHT)) == "too-many-tries"


def test_where_nobody_may_register_accounts_are_good_all_the_same() -> None:
    """An operator makes them."""
    here = Setting(registers=False)
    assert code(here.door.register(username("alice"), RIGHT, 7)) == "not-allowed"
    here.store.create("alice", "alice", result(here.hashing.hashed(RIGHT)), 1)
    account = result(here.door.prove(HOME, "alice", RIGHT))
    assert code(here.door.change(account, HOME, RIGHT, NEW)) == ""
    assert code(here.door.give_up(account, HOME, NEW)) == ""


def test_a_store_that_fails_is_told(here: Setting) -> None:
    """Nobody is told that a password is wrong, and it costs no tries."""
    account = result(here.door.prove(HOME, "alice", RIGHT))
    for method in ("changes", "password", "set_password", "create", "give_up"):
        setattr(here.store, method, lambda *words: fail(StoreError("gone")))
    for _ in range(10):
        assert code(here.door.prove(HOME, "alice", WRONG)) == "no-accounts"
    assert code(here.door.register(username("bob"), RIGHT, 7)) == "no-accounts"
    assert code(here.door.change(account, HOME, RIGHT, NEW)) == "no-accounts"
    assert code(here.door.give_up(account, HOME, RIGHT)) == "no-accounts"


def test_too_much_to_hash_is_told(here: Setting) -> None:
    """It costs no tries, and the store is not asked."""
    here.hashing._under_way = HASHES_WAITING
    asked: list[str] = []
    here.store.password = asked.append  # type: ignore[method-assign, assignment]
    for _ in range(10):
        assert code(here.door.prove(HOME, "alice", WRONG)) == "no-accounts"
    assert asked == []
    here.hashing._under_way = 0
    del here.store.password
    assert code(here.door.prove(HOME, "alice", RIGHT)) == ""


def test_a_connection_that_goes_is_no_error(logged_errors: list[str]) -> None:
    """Nobody listens to what comes of it."""
    hashing = SlowHashing()
    here = Setting(hashing)
    here.account()
    here.door.prove(HOME, "alice", RIGHT).addErrback(lambda failure: None)
    hashing.tell()
    assert logged_errors == []


@implementer(IAccount)
class Known:
    """A checker of one's own: knows some people, and what they say."""

    credentialInterfaces = (IUsernamePassword,)

    def __init__(self, avatars: dict[bytes, Any]) -> None:
        self.avatars = avatars
        self.asked: list[bytes] = []

    def requestAvatarId(self, credentials: Any) -> Any:
        self.asked.append(credentials.username)
        avatar = self.avatars.get(credentials.username, UnauthorizedLogin())
        if isinstance(avatar, Exception):
            return fail(avatar)
        return avatar


def test_another_checker_knows_who_has_an_account() -> None:
    """At the first coming it is made, and has no password."""
    here = Setting(checkers=[Known({b"Alice": b"Alice", b"bob": "bob"})])
    here.clock.advance(12.5)
    account = result(here.door.prove(HOME, "Alice", "pw"))
    assert here.directory.get("alice") is account
    assert (account.name, account.since) == ("Alice", 12500)
    assert result(here.store.password("alice")) is None
    assert result(here.door.prove(HOME, "Alice", "pw")) is account
    assert result(here.door.prove(HOME, "bob", "")).name == "bob"
    assert code(here.door.prove(HOME, "carol", "pw")) == "wrong-password"


def test_another_checker_may_know_somebody_by_another_name() -> None:
    """The account is that of whom it says."""
    here = Setting(checkers=[Known({b"al": b"alice"})])
    assert result(here.door.prove(HOME, "al", "pw")).key == "alice"


def test_where_another_checker_is_nothing_is_registered_here() -> None:
    """It says who there is and what their passwords are."""
    here = Setting(checkers=[Known({b"alice": b"alice"})])
    account = result(here.door.prove(HOME, "alice", "pw"))
    assert code(here.door.register(username("bob"), RIGHT, 7)) == "not-allowed"
    assert code(here.door.change(account, HOME, RIGHT, NEW)) == "not-allowed"
    assert code(here.door.give_up(account, HOME, RIGHT)) == "not-allowed"


def test_what_the_store_knows_does_not_count_beside_another_checker() -> None:
    """Nor may somebody in who is disabled here."""
    here = Setting(checkers=[Known({b"bob": b"bob"})])
    here.store.create("alice", "alice", result(here.hashing.hashed(RIGHT)), 1)
    assert code(here.door.prove(HOME, "alice", RIGHT)) == "wrong-password"
    account = result(here.door.prove(HOME, "bob", "pw"))
    account.is_disabled = True
    assert code(here.door.prove(HOME, "bob", "pw")) == "wrong-password"


def test_several_checkers_are_asked_in_turn() -> None:
    """Until one knows somebody; one that is broken is not passed over."""
    first = Known({b"alice": b"alice", b"carol": LoginDenied()})
    second = Known({b"bob": b"bob", b"carol": b"carol", b"alice": b"other"})
    here = Setting(checkers=[first, second])
    for name in ("alice", "bob", "carol"):
        assert result(here.door.prove(HOME, name, "pw")).key == name
    assert code(here.door.prove(HOME, "dave", "pw")) == "wrong-password"
    assert first.asked == [b"alice", b"bob", b"carol", b"dave"]
    assert second.asked == [b"bob", b"carol", b"dave"]


@pytest.mark.parametrize("avatar", [ANONYMOUS, b"two words", b"", b"\xff", None])
def test_who_can_have_no_account_here_does_not_get_in(avatar: Any) -> None:
    """Nobody in particular, or one whose name is none here."""
    here = Setting(checkers=[Known({b"alice": succeed(avatar)})])
    assert code(here.door.prove(HOME, "alice", "pw")) in (
        "wrong-password",
        "invalid-username",
        "missing-username",
    )


def test_who_looks_like_somebody_else_gets_no_account() -> None:
    """Whatever another checker says."""
    fake = "\u0430lice"
    here = Setting(checkers=[Known({b"alice": b"alice", fake.encode(): fake})])
    result(here.door.prove(HOME, "alice", "pw"))
    assert code(here.door.prove(HOME, fake, "pw")) == "username-alike"


def test_checkers_that_twistd_makes(tmp_path: Path) -> None:
    """A file with names and passwords, and such as are given on the command line."""
    file = tmp_path / "passwords"
    file.write_text("alice:päss\nbob:other\n")
    for checkers in (
        [makeChecker(f"file:{file}")],
        [makeChecker("memory:alice:päss:bob:other")],
        [FilePasswordDB(str(file))],
        [makeChecker("memory:carol:pw"), makeChecker(f"file:{file}")],
    ):
        here = Setting(checkers=checkers)
        assert result(here.door.prove(HOME, "alice", "päss")).key == "alice"
        assert code(here.door.prove(HOME, "alice", "other")) == "wrong-password"
        assert code(here.door.prove(HOME, "nobody", "päss")) == "wrong-password"


def test_it_is_a_realm_of_twisted_cred(here: Setting) -> None:
    """It has accounts and nothing else."""
    realm = Accounts(here.directory, here.clock.seconds, makes=False)
    verifyObject(IRealm, realm)

    class IMailbox(Interface):
        """Something else."""

    kind, account, leave = result(realm.requestAvatar(b"alice", None, IMailbox, IAccount))
    assert (kind, account) == (IAccount, here.directory.get("alice"))
    leave()
    with pytest.raises(NotImplementedError):
        result(realm.requestAvatar(b"alice", None, IMailbox))
    with pytest.raises(UnauthorizedLogin):
        result(realm.requestAvatar(b"bob", None, IAccount))


SECRET = "Tr0ub4dor&3-\u00e4\u20ac"
"""One that would be found in whatever way it is written."""


def traces(failure: Failure) -> str:
    """All that anybody could write of a failure."""
    pieces = [repr(failure), str(failure), failure.getTraceback(detail="verbose")]
    error: BaseException | None = failure.value
    while error is not None:
        pieces += [repr(error), str(error), repr(error.__dict__)]
        frame = error.__traceback__
        while frame is not None:
            pieces.append(repr(frame.tb_frame.f_locals))
            frame = frame.tb_next
        error = error.__cause__ or error.__context__
    for frame_of in failure.frames:
        pieces.append(repr(frame_of))
    return "".join(pieces)


class Talking(Known):
    """A checker that tells all it knows when it goes wrong."""

    def requestAvatarId(self, credentials: Any) -> Any:
        word = credentials.password
        raise RuntimeError(f"what is {word.decode()}, or {word!r}?")


Ask = Callable[[Setting], Deferred[Any]]

ASKED: dict[str, Ask] = {
    "unknown": lambda here: here.door.prove(HOME, "nobody", SECRET),
    "wrong": lambda here: here.door.prove(HOME, "alice", SECRET),
    "invalid": lambda here: here.door.prove(HOME, "alice", SECRET + "\0"),
    "long": lambda here: here.door.prove(HOME, "alice", SECRET * 100),
    "register": lambda here: here.door.register(username("bob"), SECRET + "\0", 1),
    "registered": lambda here: here.door.register(username("alice"), SECRET, 1),
    "change": lambda here: here.door.change(here.account("eve"), HOME, SECRET, SECRET + "x"),
    "bad": lambda here: here.door.change(here.account("eve"), HOME, RIGHT, SECRET + " x"),
    "give up": lambda here: here.door.give_up(here.account("eve"), HOME, SECRET),
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("goes_wrong", ["", "store", "hashing"])
def test_no_failure_knows_a_password(
    asked: str, goes_wrong: str, logged_errors: list[str], logged: list[str]
) -> None:
    """Neither what is told nor what is logged, whatever goes wrong."""
    here = Setting()
    here.account("alice")
    here.account("eve")
    here.account = lambda name="alice": here.directory.get(name)  # type: ignore

    def break_down(*words: Any) -> Any:
        raise RuntimeError(repr(words))

    if goes_wrong == "store":
        here.store.password = break_down  # type: ignore[method-assign]
        here.store.create = break_down  # type: ignore[method-assign]
    if goes_wrong == "hashing":
        here.hashing.matches = break_down  # type: ignore[method-assign]
        here.hashing.hashed = break_down  # type: ignore[method-assign]
    failed: list[Failure] = []
    ASKED[asked](here).addErrback(failed.append)
    (failure,) = failed
    assert "Tr0ub4dor" not in traces(failure)
    assert "Tr0ub4dor" not in "".join(logged + logged_errors)
    logged_errors.clear()


def test_what_another_checker_says_when_it_goes_wrong_is_not_logged(
    logged_errors: list[str],
) -> None:
    """But what it was and where."""
    here = Setting(checkers=[Talking({})])
    failed: list[Failure] = []
    here.door.prove(HOME, "alice", SECRET).addErrback(failed.append)
    assert failed[0].value.code == "server-error"
    assert "Tr0ub4dor" not in traces(failed[0])
    (line,) = logged_errors
    assert re.search(r"RuntimeError\n.*test_portal\.py.*in requestAvatarId", line, re.DOTALL)
    assert "Tr0ub4dor" not in line
    logged_errors.clear()
