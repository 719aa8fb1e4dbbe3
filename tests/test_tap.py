"""The command line, the file and the environment."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.tap import Options
from tests.reasons import NO_SUCH_FILE


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.delenv("HOST", raising=False)


def parsed(*words: str) -> Options:
    options = Options()
    options.parseOptions(list(words))
    return options


def test_without_a_word_both_seeds_ports_are_opened() -> None:
    """4000 and 5000 on all addresses, as both seeds do."""
    options = parsed()
    assert (options["host"], options.ports, options.listen) == ("0.0.0.0", [4000, 5000], [])
    assert options["store"] == "sqlite:///chat.sqlite"


def test_a_flag_wins_over_the_file_and_the_file_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each value by itself."""
    monkeypatch.setenv("PORT", "6001")
    monkeypatch.setenv("HOST", "127.0.0.1")
    assert (parsed()["host"], parsed().ports) == ("127.0.0.1", [6001])
    file = tmp_path / "chat.toml"
    file.write_text("[server]\nport = 6002\n")
    options = parsed("--config", str(file))
    assert (options["host"], options.ports) == ("127.0.0.1", [6002])
    options = parsed("--config", str(file), "--port", "6003", "-p", "6004", "--host", "::1")
    assert (options["host"], options.ports) == ("::1", [6003, 6004])


def test_an_endpoint_alone_opens_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for a Unix socket does not get the network."""
    monkeypatch.setenv("PORT", "6001")
    options = parsed("--listen", "unix:a", "--listen", "unix:b")
    assert (options.ports, options.listen) == ([], ["unix:a", "unix:b"])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--bogus"], "--bogus"),
        (["--port", "x"], "--port: not a port number from 0 to 65535: 'x'"),
        (["--port", "70000"], "not a port number"),
        (["--port", "-1"], "not a port number"),
        (["--port", "9" * 5000], "not a port number"),
        (["--port"], "--port"),
        (["4000"], "there are more words than it takes: every option begins with --"),
        (["ss@h/db"], "there are more words than it takes: every option begins with --"),
        (["--config", "/nowhere.toml"], f"/nowhere.toml: {NO_SUCH_FILE}"),
    ],
)
def test_a_bad_flag_is_one_line(words: list[str], reason: str) -> None:
    """A SystemExit with a text is exit status 1 and that text, without a traceback."""
    with pytest.raises(SystemExit) as exit_:
        parsed(*words)
    message = str(exit_.value)
    assert message.startswith("twistd chat: ")
    assert reason in message
    assert "\n" not in message


def test_a_bad_port_in_the_environment_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that the environment is to blame."""
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(SystemExit, match="PORT in the environment: not a port number"):
        parsed()


def test_the_version_is_the_chats_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Not Twisted's."""
    with pytest.raises(SystemExit):
        parsed("--version")
    assert capsys.readouterr().out.startswith("twisted-chat ")


def test_tls_alone_opens_no_plain_port(tmp_path: Path) -> None:
    """Who asks for TLS gets nothing else, unless that is asked for too."""
    file = tmp_path / "chat.toml"
    file.write_text('[tls]\ncertificate = "a.pem"\n')
    assert parsed("--config", str(file)).ports == []
    assert parsed("--config", str(file), "--port", "4000").ports == [4000]


@pytest.mark.parametrize(
    "host",
    ["x86_64-conda-linux-gnu", "laptop", "laptop.local", "localhost.localdomain", "HOST", "a b"],
)
def test_a_host_that_was_not_meant_for_the_chat_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Shells call the machine so, Conda the kind of it: one line tells, and anybody can come."""
    monkeypatch.setenv("HOST", host)
    options = parsed()
    assert options["host"] == "0.0.0.0"
    (warning,) = options.warnings
    assert f"HOST={host} in the environment is no address" in warning
    assert parsed("--host", "127.0.0.1").warnings == []


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "::", "[::1]", " 0.0.0.0 ", "localhost", "192.0.2.1"]
)
def test_a_host_that_is_an_address_is_meant(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """As the documents promise."""
    monkeypatch.setenv("HOST", host)
    options = parsed()
    assert (options["host"], options.warnings) == (host.strip(" []"), [])
    assert options.origins["host"] == "HOST in the environment"


def test_a_port_of_linked_containers_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said so; the seeds' own way, with a blank behind it, is taken."""
    monkeypatch.setenv("PORT", "tcp://10.0.0.7:80")
    options = parsed()
    assert options.ports == [4000, 5000]
    assert "PORT=tcp://10.0.0.7:80 in the environment is no number" in options.warnings[0]
    monkeypatch.setenv("PORT", "5000 ")
    assert (parsed().ports, parsed().warnings) == ([5000], [])


def test_an_empty_environment_variable_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As scripts leave them."""
    monkeypatch.setenv("PORT", "")
    monkeypatch.setenv("HOST", " ")
    options = parsed()
    assert (options["host"], options.ports, options.warnings) == ("0.0.0.0", [4000, 5000], [])


@pytest.mark.parametrize("columns", ["abc", "0", "-3", "1", "", "99999"])
def test_the_help_is_there_however_wide_the_terminal_claims_to_be(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """Twisted's own would fail."""
    monkeypatch.setenv("COLUMNS", columns)
    assert "--store" in str(Options())


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line each, in flags, the file and what the file names, with where it comes from."""
    file = tmp_path / "chat.toml"
    file.write_text(
        '[limits]\nrate = "x"\n[history]\nstore = "nonsense"\n[server]\nlisten = ["bogus:1"]\n'
        '[tls]\ncertificate = "/nowhere.pem"\n'
    )
    words = ["--port", "x", "--port", "70000", "--config", str(file), "--auth", "file:/no/such"]
    with pytest.raises(SystemExit) as refused:
        parsed(*words)
    told = [line.removeprefix("twistd chat: ") for line in str(refused.value).splitlines()]
    assert len(told) == 7
    for line, begins in zip(
        told,
        [
            "--port: not a port number from 0 to 65535: 'x'",
            "--port: not a port number from 0 to 65535: '70000'",
            f"{file}, line 2: [limits] rate: give a number from 0 to 1000000, not",
            f"{file}: [history] store nonsense is no URL of a store: it is memory:",
            f"--auth file:/no/such: {NO_SUCH_FILE}",
            f"{file}: [tls] /nowhere.pem: {NO_SUCH_FILE}",
            f"{file}: [server] listen bogus:1: ",
        ],
        strict=True,
    ):
        assert line.startswith(begins)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("\ufeffalice:secret\nbob:other:more\n", ""),
        ("alice:secret\nbob:other\n", ""),
        ("alice:secret\n".encode("utf-16"), "it is not UTF-8 but UTF-16: save it as UTF-8"),
    ],
)
def test_a_file_of_passwords_may_come_from_any_editor(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    """A byte-order mark is no part of the first name."""
    file = tmp_path / "passwords"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    if reason:
        with pytest.raises(SystemExit, match=reason):
            parsed("--auth", f"file:{file}")
        return
    (checker,) = parsed("--auth", f"file:{file}")["credCheckers"]
    assert checker.getUser(b"alice") == (b"alice", b"secret")
    assert checker.getUser(b"bob") == (b"bob", b"other")
    for name in (b"carol", b"", "\ufeffalice".encode()):
        with pytest.raises(KeyError):
            checker.getUser(name)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_file_of_passwords_that_is_none_is_told(
    tmp_path: Path, make: Callable[[Path], object], logged_errors: list[str]
) -> None:
    """At the start; and later nobody gets in, and nothing waits for it."""
    file = tmp_path / "passwords"
    file.write_text("alice:secret\n")
    (checker,) = parsed("--auth", f"file:{file}")["credCheckers"]
    file.unlink()
    make(file)
    with pytest.raises(SystemExit, match=f"--auth file:{file}: "):
        parsed("--auth", f"file:{file}")
    with pytest.raises(KeyError):
        checker.getUser(b"alice")
    assert f"--auth file:{file}: " in logged_errors.pop()
