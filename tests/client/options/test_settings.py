"""What a person wants: flags, a URL, a file of defaults."""

import getpass
import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.client.options import settings as module
from chat.client.options.address import SettingsError, parse_server
from chat.client.options.settings import Settings, elsewhere, own_name, read
from tests.certificates import made
from tests.reasons import NO_SUCH_FILE


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own file of defaults, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "twisted-chat").mkdir()
    return tmp_path / "twisted-chat" / "client.toml"


def test_nothing_given_is_the_local_server() -> None:
    """Without a word it is the server on this machine."""
    assert read([]) == Settings("localhost", 5000)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("chat://example.org", Settings("example.org", 5000)),
        ("chat://example.org/", Settings("example.org", 5000)),
        (
            "chats://al@example.org:6697/tea",
            Settings("example.org", 6697, "al", ("tea",), tls=True),
        ),
        ("chat://[::1]:7000/#tea", Settings("::1", 7000, rooms=("tea",))),
        ("chat://h/@bob", Settings("h", rooms=("@bob",))),
        ("chats://h", Settings("h", 6697, tls=True)),
        ("localhost", Settings("localhost")),
        ("localhost:7", Settings("localhost", 7)),
        ("localhost/lobby", Settings("localhost", rooms=("lobby",))),
        ("alice9@localhost", Settings("localhost", user="alice9")),
        ("al@[::1]:7/@bob", Settings("::1", 7, "al", ("@bob",))),
        ("chat://j%C3%BCrgen@h/%E6%9D%B1", Settings("h", 5000, "jürgen", ("東",))),
    ],
)
def test_a_url_says_it_all(url: str, expected: Settings) -> None:
    """An address names server, user and room, with chat:// in front or without."""
    assert read([url]) == expected


@pytest.mark.parametrize(
    ("words", "port"),
    [
        ("--tls", 6697),
        ("--ca own.pem", 6697),
        ("--tls h", 6697),
        ("--tls chat://h", 6697),
        ("--tls --host h", 6697),
        ("--user al --room tea 192.0.2.2", 5000),
        ("--tls --port 5000", 5000),
        ("--tls h:5000", 5000),
        ("chats://h:5000", 5000),
    ],
)
def test_the_usual_port(words: str, port: int) -> None:
    """Where no port is named it is the server's usual one, which is another one with TLS."""
    assert read(words.split()).port == port


def test_an_address_leaves_open_what_it_does_not_say(config: Path) -> None:
    """Without chat:// in front it says nothing of TLS; the port of another server is not its."""
    config.write_text('host = "file"\nport = 1\ntls = true\n')
    assert read(["h"]) == Settings("h", 6697, tls=True)
    assert read(["chat://h"]) == Settings("h", 5000)


def test_a_flag_counts_more_than_the_url_and_that_more_than_the_file(config: Path) -> None:
    """What is nearer to the person wins; what nobody says stays as the file has it."""
    config.write_text(
        'host = "file"\nport = 1\nuser = "file"\nrooms = ["file", "#two"]\n'
        'tls = true\nca = "ca.pem"\ntheme = "light"\nbell = false\nnotify = false\n'
    )
    assert read([]) == Settings(
        "file", 1, "file", ("file", "two"), True, "ca.pem", "light", False, False
    )
    found = read(["chat://url@url/url", "--room", "a", "--room", "#b", "--port", "9"])
    assert found == Settings("url", 9, "url", ("a", "b"), False, "ca.pem", "light", False, False)
    assert read(["chat://url"]).port == 5000


def test_another_file_may_be_named(tmp_path: Path) -> None:
    """--config names a file, which has to be there."""
    (tmp_path / "other.toml").write_text('user = "other"')
    assert read(["--config", str(tmp_path / "other.toml")]).user == "other"
    with pytest.raises(SettingsError, match=f"missing.toml: {NO_SUCH_FILE}"):
        read(["--config", "missing.toml"])


def test_flags_of_plain_mode() -> None:
    """Each flag is there, and what only plain mode has asks for it."""
    words = "--json --tail 3 --follow --patience 1.5 --tls --ca x --theme dark --host h --user u"
    found = read(words.split())
    assert found == Settings(
        "h", 6697, "u", (), True, "x", "dark", json=True, tail=3, follow=True, patience=1.5
    )
    wants = [["--plain"], ["--json"], ["--once"], ["--tail", "0"]]
    assert all(read(words).wants_plain for words in wants)
    assert not read(["--follow"]).wants_plain
    assert read(["--ca", "x"]).tls


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--nonsense"], "--nonsense"),
        (["--port", "0"], "--port: '0'"),
        (["--port", "65536"], "--port"),
        (["--port", "x"], "--port"),
        (["--port", "9" * 5000], "--port"),
        (["--tail", "-1"], "--tail"),
        (["--tail", "1001"], "--tail: '1001'"),
        (["--patience", "nan"], "--patience: 'nan'"),
        (["--patience", "-1"], "--patience"),
        (["--theme", "blue"], "'blue'"),
        (["--user", "a b"], "--user: 'a b'"),
        (["--user", ""], "--user"),
        (["--room", "a\nb"], "--room"),
        (["--room", "@"], "--room"),
        (["--host", ""], "--host"),
        (["--once", "--follow"], "--once and --follow"),
        (["--pla"], "--pla"),
        (["--config"], "--config"),
        (["one", "two"], "more words"),
        (["localhost:port"], "localhost: behind the colon is no port"),
        (["al@"], "'al@' is no address"),
        (["al:secret@h"], "a password does not belong into an address"),
        (["http://h"], "'http://h'"),
        (["chat://"], "'chat://'"),
        (["chat://h:port"], "is no port"),
        (["chat://u:secret@h"], "a password does not belong into an address"),
        (["chat://u:se/cret@h"], "a password does not belong into an address"),
        (["chat://h/a b"], "'a b'"),
        (["chat://h/%0a"], "chat://h/%0a"),
    ],
)
def test_what_makes_no_sense_is_named(words: list[str], complaint: str) -> None:
    """A wrong flag or URL is told in one line that names it."""
    with pytest.raises(SettingsError) as raised:
        read(words)
    assert complaint in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('colour = "red"', "'colour'"),
        ("[server]", "'server'"),
        ('port = "5000"', "port is a number"),
        ("port = true", "port is a number"),
        ("port = 65536", "port: '65536'"),
        ("host = 1", "host is a text"),
        ('user = "a b"', "user: 'a b'"),
        ('rooms = "tea"', "rooms is a list"),
        ("rooms = [1]", "rooms is a list"),
        ('rooms = [""]', "rooms: ''"),
        ("bell = 1", "bell is true or false"),
        ('theme = "blue"', "theme is dark or light"),
        ("host", "it is not TOML"),
        ("x = " + "[" * 5000, "client.toml"),
        ('host = "\udcff"', "not UTF-8"),
    ],
)
def test_what_makes_no_sense_in_the_file_is_named(text: str, complaint: str, config: Path) -> None:
    """An unknown key or a wrong value is told in one line, with the file and the key."""
    config.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError) as raised:
        read([])
    assert str(raised.value).startswith(f"{config}: ")
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Who asks is told, also what the exit codes mean, and that is all that happens."""
    with pytest.raises(SystemExit) as raised:
        read([word])
    assert raised.value.code == 0
    out = capsys.readouterr().out
    assert "twisted-chat " in out.splitlines()[0]
    assert word == "--version" or "141  nobody reads" in out


def test_tls(tmp_path: Path) -> None:
    """TLS is spoken where it is asked for; certificates that can't be read are named."""
    assert Settings().tls_context() is None
    assert Settings(tls=True).tls_context(False) is None
    assert Settings().tls_context(True)
    (tmp_path / "empty.pem").write_text("nothing")
    for name, complaint in [("empty.pem", "no certificate"), ("gone.pem", NO_SUCH_FILE)]:
        with pytest.raises(SettingsError, match=f"{name}: .*{complaint}"):
            Settings(tls=True, ca=str(tmp_path / name)).tls_context()


def test_what_an_editor_puts_in_front_is_skipped(tmp_path: Path, config: Path) -> None:
    """A byte-order mark, in each file that one names; another encoding is refused in words."""
    config.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "ca.pem").write_bytes(b"\xef\xbb\xbf" + made()[0])
    assert Settings(tls=True, ca=str(tmp_path / "ca.pem")).tls_context()
    (tmp_path / "password").write_text("\ufeffcorrect-horse\r\n")
    config.write_text('\ufeffuser = "bob"\n')
    settings = read(["--password-file", str(tmp_path / "password")])
    assert (settings.user, settings.password) == ("bob", "correct-horse")
    for name in ("ca.pem", "password"):
        (tmp_path / name).write_bytes("correct-horse".encode("utf-16"))
    config.write_bytes('user = "bob"'.encode("utf-16"))
    with pytest.raises(SettingsError, match=r"client\.toml: it is not UTF-8 but UTF-16"):
        read([])
    config.unlink()
    with pytest.raises(SettingsError, match=r"password: it is not UTF-8 but UTF-16"):
        read(["--password-file", str(tmp_path / "password")])
    with pytest.raises(SettingsError, match=r"ca\.pem: it is not UTF-8 but UTF-16"):
        Settings(tls=True, ca=str(tmp_path / "ca.pem")).tls_context()


def test_what_is_no_file_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that nobody writes to; what comes out of `<(pass show chat)` is read."""
    monkeypatch.setattr("chat.vocabulary.files.content.__defaults__", (1000, 0.01))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for words in (["--config", str(fifo)], ["--password-file", str(fifo)]):
        with pytest.raises(SettingsError, match="nothing comes out of it"):
            read(words)
    with pytest.raises(SettingsError, match="nothing comes out of it"):
        Settings(tls=True, ca=str(fifo)).tls_context()
    reader, writer = os.pipe()
    os.write(writer, b"correct-horse\n"), os.close(writer)
    assert read(["--password-file", f"/dev/fd/{reader}"]).password == "correct-horse"
    os.close(reader)


def test_elsewhere() -> None:
    """The same person on another server, which has its own port and rooms."""
    here = Settings("h", 6000, "al", ("tea",), tls=True)
    assert elsewhere(here, "other") == Settings("other", 6697, "al", tls=True)
    assert elsewhere(here, "other:7") == Settings("other", 7, "al", tls=True)
    assert elsewhere(here, "chat://b@o/x") == Settings("o", 5000, "b", ("x",))
    with pytest.raises(SettingsError, match="is not one word"):
        elsewhere(here, "a b:c")


def test_parse_server() -> None:
    """A server as a person types it."""
    assert parse_server("h") == ("h", 5000, False)
    assert parse_server("chats://h") == ("h", 6697, True)
    assert parse_server("chats://[::1]:7") == ("::1", 7, True)
    for wrong in ("", "h:x", "http://h", "chat://u@h", "h/room"):
        with pytest.raises(SettingsError):
            parse_server(wrong)


@given(st.text())
def test_own_name_is_a_username(login: str) -> None:
    """Whatever one is called on one's machine, something is left to be called in the chat."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(getpass, "getuser", lambda: login)
        name = own_name()
    assert 0 < len(name) <= 32
    assert name[0] != "-"
    assert all(letter.isalnum() or letter in "-_" for letter in name)


@pytest.mark.parametrize(
    ("login", "name"),
    [
        ("alice", "alice"),
        ("DOMAIN\\al", "DOMAINal"),
        ("ａｌ", "al"),
        ("--", "guest"),
        ("", "guest"),
        ("x" * 40, "x" * 32),
    ],
)
def test_own_name(login: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As much of the login name is kept as may be."""
    monkeypatch.setattr(getpass, "getuser", lambda: login)
    assert own_name() == name


def test_who_has_no_name_is_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container one may have a number and no name."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(module.getpass, "getuser", nobody)
    assert own_name() == "guest"
    assert set(own_name()) <= set(string.ascii_letters)
