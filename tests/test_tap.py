"""The command line, the file and the environment."""

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
        (["4000"], "what is '4000'? Every option begins with --"),
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
    with pytest.raises(SystemExit, match="PORT: not a port number"):
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
