"""Certificates: which one is shown, how they are loaded anew, and what is said of them."""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from twisted.internet.task import Clock

from chat.net.certificates import Certificate, CertificateError, Certificates, Files, Folder, One
from chat.vocabulary.limits import CERTIFICATES_SECONDS
from tests.certificates import host, made, shown_host, trusting
from tests.reasons import IS_A_FOLDER, NO_SUCH_FILE


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.advance(os.times().elapsed)
    return clock


Loaded = Callable[..., Certificates]


@pytest.fixture
def loaded(clock: Clock) -> Loaded:
    """Makes certificates that are loaded and looked at."""

    def load(source: One | Folder) -> Certificates:
        certificates = Certificates(source, clock)
        certificates.load()
        certificates.start()
        return certificates

    return load


def shown(certificates: Certificates, name: str | None) -> str:
    """The host in the certificate that a client sees who asks for that name."""
    incoming, outgoing = (ssl.MemoryBIO() for _ in range(2))
    client = trusting().wrap_bio(incoming, outgoing, server_hostname=name)
    server = certificates.context(name).wrap_bio(outgoing, incoming, server_side=True)
    for _ in range(2):
        for side in (client, server):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    return shown_host(client.getpeercert(True))


def one(folder: Path) -> One:
    return One(Files(folder / "fullchain.pem", folder / "privkey.pem"))


def test_one_certificate_is_shown_to_everyone(tmp_path: Path, loaded: Loaded) -> None:
    """Whatever they ask for."""
    certificates = loaded(one(host(tmp_path, "chat.example.org")))
    for name in ("chat.example.org", "elsewhere.example", None):
        assert shown(certificates, name) == "chat.example.org"


def test_a_key_may_be_in_the_same_file(tmp_path: Path, loaded: Loaded) -> None:
    """In any order."""
    path = tmp_path / "both.pem"
    public, secret = made()
    for both in (public + secret, secret + public):
        path.write_bytes(both)
        assert shown(loaded(One(Files(path, path))), None) == "localhost"


@pytest.mark.parametrize("name", ["fullchain.pem", "privkey.pem", "chain.pem"])
def test_what_an_editor_has_put_in_front_is_skipped(
    tmp_path: Path, loaded: Loaded, name: str
) -> None:
    """A byte-order mark, in any of the files; nothing of a key stays elsewhere."""
    at = host(tmp_path, "chat.example.org")
    (at / "chain.pem").write_bytes(made("ca")[0])
    path = at / name
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    files = [at / each for each in ("fullchain.pem", "privkey.pem", "chain.pem")]
    assert shown(loaded(One(Files(*files))), None) == "chat.example.org"


def test_of_a_folder_the_one_for_the_host_is_shown(tmp_path: Path, loaded: Loaded) -> None:
    """By the names in the certificates and of the folders, in any case; what has a wildcard is
    for all names of one more word; and who asks for none, or for another, gets the first one."""
    host(tmp_path, "b.example.org", "also.example.org")
    host(tmp_path, "wild", "*.example.net")
    host(tmp_path, "c.example.org", "b.example.org")
    (tmp_path / "README").write_text("not a host")
    (tmp_path / "empty").mkdir()
    certificates = loaded(Folder(tmp_path))
    for name, wanted in {
        "c.example.org": "c.example.org",
        "B.Example.Org": "b.example.org",
        "also.example.org": "b.example.org",
        "x.example.net": "wild",
        "a.x.example.net": "b.example.org",
        "example.net": "b.example.org",
        "elsewhere.example": "b.example.org",
        None: "b.example.org",
    }.items():
        assert shown(certificates, name) == wanted, name
    certificates = loaded(Folder(tmp_path, "c.example.org"))
    assert shown(certificates, None) == "c.example.org"
    assert shown(certificates, "b.example.org") == "b.example.org"


def encrypted(folder: Path) -> None:
    """Its key wants a passphrase."""
    path = folder / "privkey.pem"
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "no certificate": (
        lambda at: (at / "fullchain.pem").unlink(),
        f"{{at}}/fullchain.pem: {NO_SUCH_FILE}",
    ),
    "no key": (lambda at: (at / "privkey.pem").unlink(), f"{{at}}/privkey.pem: {NO_SUCH_FILE}"),
    "a folder": (
        lambda at: ((at / "privkey.pem").unlink(), (at / "privkey.pem").mkdir()),
        f"{{at}}/privkey.pem: {IS_A_FOLDER}",
    ),
    "a pipe": (
        lambda at: ((at / "privkey.pem").unlink(), os.mkfifo(at / "privkey.pem")),
        "{at}/privkey.pem: it is no file, and nothing comes out of it",
    ),
    "a device": (
        lambda at: (
            (at / "fullchain.pem").unlink(),
            (at / "fullchain.pem").symlink_to("/dev/zero"),
        ),
        "{at}/fullchain.pem: it is larger than ",
    ),
    "another encoding": (
        lambda at: (at / "fullchain.pem").write_bytes("-----BEGIN".encode("utf-16")),
        "{at}/fullchain.pem: it is not UTF-8 but UTF-16: save it as UTF-8",
    ),
    "empty": (
        lambda at: (at / "fullchain.pem").write_bytes(b""),
        "{at}/fullchain.pem: there is no certificate in it",
    ),
    "binary": (
        lambda at: (at / "fullchain.pem").write_bytes(bytes(range(0xFD, 0, -1))),
        "{at}/fullchain.pem: there is no certificate in it",
    ),
    "half": (
        lambda at: (at / "fullchain.pem").write_bytes(made()[0][:300]),
        "{at}/fullchain.pem: there is no certificate in it",
    ),
    "swapped": (
        lambda at: (at / "privkey.pem").write_bytes((at / "fullchain.pem").read_bytes()),
        "{at}/privkey.pem: there is no private key in it",
    ),
    "garbled key": (
        lambda at: (at / "privkey.pem").write_bytes(made()[1].replace(b"M", b"N")),
        "{at}/fullchain.pem, {at}/privkey.pem: ",
    ),
    "another key": (
        lambda at: (at / "privkey.pem").write_bytes(made()[1]),
        "{at}/privkey.pem: the key does not fit {at}/fullchain.pem",
    ),
    "passphrase": (encrypted, "{at}/privkey.pem: it wants a passphrase, and nobody is asked"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_one_line(tmp_path: Path, what: str) -> None:
    """Which names the file."""
    spoil, reason = WRONG[what]
    at = host(tmp_path, "chat.example.org")
    spoil(at)
    for source in (one(at), Folder(tmp_path)):
        with pytest.raises(CertificateError) as raised:
            Certificates(source, Clock()).load()
        assert str(raised.value).startswith(reason.format(at=at))
        assert "\n" not in str(raised.value)


def test_a_folder_without_hosts_is_wrong_too(tmp_path: Path) -> None:
    """And one that is not there, and a default that is not in it."""
    for source, reason in {
        Folder(tmp_path / "no"): f"{tmp_path}/no: {NO_SUCH_FILE}",
        Folder(tmp_path): f"{tmp_path}/*/fullchain.pem: No such file",
        Folder(tmp_path, "a"): f"{tmp_path}/a/fullchain.pem: {NO_SUCH_FILE}",
    }.items():
        with pytest.raises(CertificateError) as raised:
            Certificates(source, Clock()).load()
        assert str(raised.value) == reason


def test_paths_are_those_of_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: Loaded
) -> None:
    """Though the process changes to another folder."""
    host(tmp_path, "a.example")
    monkeypatch.chdir(tmp_path)
    all_of_them = [
        loaded(Folder(Path("."))),
        loaded(One(Files(Path("a.example/fullchain.pem"), Path("a.example/privkey.pem")))),
    ]
    monkeypatch.chdir("/")
    host(tmp_path, "a.example", "new.example")
    for certificates in all_of_them:
        before = certificates.context()
        certificates.reload()
        assert certificates.context() is not before


def looks(clock: Clock, times: int = 2) -> None:
    for _ in range(times):
        clock.advance(CERTIFICATES_SECONDS)


def test_a_new_one_is_shown_when_it_has_settled(
    tmp_path: Path, loaded: Loaded, clock: Clock, logged: list[str]
) -> None:
    """When the files have been the same for two looks; without a complaint about what was half
    written, and once."""
    at = host(tmp_path, "a.example")
    certificates = loaded(one(at))
    public, secret = made("b.example")
    looks(clock, 5)
    (at / "fullchain.pem").write_bytes(public)
    looks(clock, 1)
    assert shown(certificates, None) == "a.example"
    (at / "privkey.pem").write_bytes(secret)
    looks(clock, 1)
    assert shown(certificates, None) == "a.example"
    looks(clock, 3)
    assert shown(certificates, None) == "b.example"
    told = [line.partition(":")[0] for line in logged]
    assert told == [f"certificate {at}/fullchain.pem for {name}.example" for name in "ab"]


def test_one_that_is_put_in_its_place_is_noticed(
    tmp_path: Path, loaded: Loaded, clock: Clock
) -> None:
    """As ACME clients do it: by links to other files, with the times of the old ones."""
    old, new = host(tmp_path / "archive", "a.example"), host(tmp_path / "archive", "b.example")
    live = tmp_path / "live" / "a.example"
    live.mkdir(parents=True)

    def link(to: Path) -> None:
        for name in ("fullchain.pem", "privkey.pem"):
            os.utime(to / name, (0, 0))
            (live / "new").symlink_to(to / name)
            (live / "new").rename(live / name)

    link(old)
    certificates = loaded(Folder(tmp_path / "live"))
    link(new)
    looks(clock)
    assert shown(certificates, None) == "b.example"


def test_at_a_signal_it_is_at_once(tmp_path: Path, loaded: Loaded) -> None:
    """Nobody waits for two looks."""
    at = host(tmp_path, "a.example")
    certificates = loaded(one(at))
    host(tmp_path, "a.example", days=200)
    before = certificates.context()
    certificates.reload()
    assert certificates.context() is not before
    before = certificates.context()
    certificates.reload()
    assert certificates.context() is before


@pytest.mark.parametrize("what", WRONG)
def test_a_broken_one_is_complained_about_once(
    tmp_path: Path, loaded: Loaded, clock: Clock, logged: list[str], what: str
) -> None:
    """And the old one is shown until there is a good one."""
    spoil, reason = WRONG[what]
    at = host(tmp_path, "a.example")
    certificates = loaded(one(at))
    logged.clear()
    spoil(at)
    looks(clock, 10)
    assert shown(certificates, None) == "a.example"
    (complaint,) = logged
    assert complaint.startswith(reason.format(at=at))
    assert complaint.endswith("; the certificate in use is kept")
    certificates.reload()
    assert logged[1:] == [complaint]
    if (at / "privkey.pem").is_dir():
        (at / "privkey.pem").rmdir()
    for path in at.iterdir():
        path.unlink()
    host(tmp_path, "a.example", "new.example")
    looks(clock)
    assert logged[2].startswith(f"certificate {at}/fullchain.pem for a.example, new.example: valid")


def test_of_a_folder_the_others_are_taken_up(
    tmp_path: Path, loaded: Loaded, clock: Clock, logged: list[str]
) -> None:
    """One that is broken keeps nobody else's from being shown; one that is gone is not shown, and
    one that is new is."""
    for name in ("a.example", "b.example", "gone.example"):
        host(tmp_path, name)
    certificates = loaded(Folder(tmp_path))
    logged.clear()
    WRONG["another key"][0](tmp_path / "a.example")
    for file in (tmp_path / "gone.example").iterdir():
        file.unlink()
    host(tmp_path, "new.example")
    host(tmp_path, "broken.example")
    WRONG["no key"][0](tmp_path / "broken.example")
    looks(clock)
    for name in ("a.example", "b.example", "new.example"):
        assert shown(certificates, name) == name
    for name in ("gone.example", "broken.example"):
        assert shown(certificates, name) == "a.example"
    assert len(logged) == 3


def test_a_folder_that_is_gone_changes_nothing(
    tmp_path: Path, loaded: Loaded, clock: Clock, logged: list[str]
) -> None:
    """It is said once, and once more when it has been back and is gone again."""
    folder = tmp_path / "live"
    host(folder, "a.example")
    certificates = loaded(Folder(folder))
    logged.clear()
    for _ in range(2):
        folder.rename(tmp_path / "away")
        looks(clock, 3)
        assert shown(certificates, None) == "a.example"
        (tmp_path / "away").rename(folder)
        looks(clock, 3)
    reason = f"{folder}: {NO_SUCH_FILE}; the certificate in use is kept"
    assert logged == [reason] * 2


@pytest.mark.parametrize(
    ("days", "warning"),
    [
        (13.9, "certificate {at}/fullchain.pem for a.example runs out on "),
        (
            -0.1,
            "certificate {at}/fullchain.pem for a.example is refused by clients: it has run out",
        ),
    ],
)
def test_one_that_runs_out_is_warned_of(
    tmp_path: Path, logged: list[str], days: float, warning: str
) -> None:
    """Once a day; it is shown all the same."""
    at, clock = host(tmp_path, "a.example", days=days), Clock()
    certificates = Certificates(one(at), clock, lambda: now + clock.seconds())
    certificates.load()
    now = certificates._used[""].until - days * 86400
    certificates.start()
    assert logged[1].startswith(warning.format(at=at))
    clock.pump([CERTIFICATES_SECONDS] * 100)
    assert len(logged) == 2
    clock.pump([3600] * 25)
    assert len(logged) == 3
    assert shown(certificates, None) == "a.example"
    certificates.stop()
    assert clock.getDelayedCalls() == []


def test_one_that_lasts_is_not_warned_of(tmp_path: Path, loaded: Loaded, logged: list[str]) -> None:
    """It is said until when it is valid, and for whom."""
    certificates = loaded(one(host(tmp_path, *(f"{name}.example" for name in "abcdefg"))))
    (line,) = logged
    assert line.startswith(f"certificate {tmp_path}/a.example/fullchain.pem for a.example, ")
    assert ", e.example and 2 more: valid until 2" in line
    assert line.endswith(" UTC")
    certificates.stop()


def test_the_rest_of_a_chain_may_be_in_a_file_of_its_own(tmp_path: Path) -> None:
    """As Twisted's endpoints have it. Nothing else is trusted for that."""
    at, other = host(tmp_path, "a.example"), host(tmp_path, "b.example")
    files = Files(at / "fullchain.pem", at / "privkey.pem", other / "fullchain.pem")
    assert Certificate(files).context.verify_mode is ssl.CERT_NONE
    for what, reason in ((b"", "chain.pem: "), (None, f"chain.pem: {NO_SUCH_FILE}")):
        chain = tmp_path / "chain.pem"
        chain.write_bytes(what) if what is not None else chain.unlink()
        with pytest.raises(CertificateError, match=reason):
            Certificate(files._replace(chain=chain))


def test_a_host_that_can_not_be_used_keeps_no_other_from_being_used(tmp_path: Path) -> None:
    """At the start and later; a default that is gone stays in use, and the others are renewed."""
    host(tmp_path, "a.example")
    host(tmp_path, "b.example")
    (tmp_path / "c.example").mkdir()
    (tmp_path / "c.example" / "fullchain.pem").write_text("")
    clock = Clock()
    certificates = Certificates(Folder(tmp_path, "a.example"), clock)
    certificates.load()
    certificates.start()
    before = {name: certificates.context(f"{name}.example") for name in "ab"}
    shutil.rmtree(tmp_path / "a.example")
    host(tmp_path, "b.example")
    clock.pump([CERTIFICATES_SECONDS] * 3)
    assert certificates.context("a.example") is before["a"]
    assert certificates.context("b.example.") is not before["b"]
