"""A password is nowhere where somebody could find it who looks over a shoulder or into a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.client import ChatClient, RefusedError
from chat.client.options.address import SettingsError
from chat.client.options.passwords import has_password, kept
from chat.client.options.settings import Settings, read
from tests.client.meeting import guest
from tests.integration.server import PATIENCE, Server, environment, until
from tests.reasons import NO_SUCH_FILE

SECRET = "sesame-4711"
OTHER = "sesame-0815"
ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "chat.client", "--host", "127.0.0.1"]


@pytest.fixture
def port(server: Server) -> int:
    """Where a server listens that keeps nothing."""
    return server.ports[0]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a client keeps is in here."""
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "own" / name.lower()))


def register(port: int, user: str) -> None:
    """Make a username an account."""

    async def meet() -> None:
        async with guest(port, user) as somebody:
            await somebody.client.register(SECRET)

    asyncio.run(meet())


def written(folder: Path) -> str:
    """All that is in the files of a folder."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return "".join(file.read_bytes().decode(errors="replace") for file in files)


def processes() -> str:
    """What everybody on the machine sees of all processes."""
    lines = [subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout]
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(lines)


@pytest.mark.parametrize("source", ["--password-file", "CHAT_PASSWORD", "password_file"])
def test_a_program_with_a_password(source: str, port: int, tmp_path: Path) -> None:
    """It comes in with it, and neither the list of processes nor what is printed has it; right or
    wrong, with JSON and without.
    """
    register(port, "ci")
    file, out = tmp_path / "password", tmp_path / "out"
    words, env = [*COMMAND, "--port", str(port), "--user", "ci", "--json", "--follow"], {}
    for password in (SECRET, OTHER):
        file.write_text(f"{password}\n")
        file.chmod(0o600)
        if source == "--password-file":
            words += [source, str(file)]
        elif source == "CHAT_PASSWORD":
            env = {source: password}
        else:
            (tmp_path / "client.toml").write_text(f'password_file = "{file}"\n')
            words += ["--config", str(tmp_path / "client.toml")]
        with out.open("wb") as printed:
            process = subprocess.Popen(
                words,
                cwd=ROOT,
                env=environment(**env),
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
            )
            if password == SECRET:
                until(lambda: '"entered"' in out.read_text())
                assert SECRET not in processes()
                process.terminate()
            assert process.wait(PATIENCE) == (143 if password == SECRET else 1)
        assert password not in out.read_text()
        assert ("not the password" in out.read_text()) is (password == OTHER)
    assert SECRET not in written(tmp_path / "own")


class Teletype:
    """Plain mode at a terminal."""

    def __init__(self, port: int, *words: str) -> None:
        ours, theirs = pty.openpty()
        self._ours = ours
        self.seen = ""
        self.process = subprocess.Popen(
            [*COMMAND, "--port", str(port), "--plain", *words],
            cwd=ROOT,
            env=environment(),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(ours, False)

    def types(self, line: str) -> None:
        """A line, and Enter."""
        os.write(self._ours, f"{line}\n".encode())

    def sees(self, text: str) -> None:
        """Wait until it has come since the last look."""

        def look() -> bool:
            with contextlib.suppress(OSError):
                self.seen += os.read(self._ours, 65536).decode(errors="replace")
            return text in self.seen

        until(look, text)

    def forgets(self) -> str:
        """What has come up to now, which is not looked at any more."""
        seen, self.seen = self.seen, ""
        return seen

    def ends(self) -> None:
        """Close it."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


def test_at_a_terminal_it_is_typed_unseen(port: int) -> None:
    """Plain mode asks at a terminal, which does not show what is typed, and then shows it again."""
    alice = Teletype(port, "--user", "alice", "--room", "lobby")
    try:
        alice.sees("you are in lobby")
        alice.types("/register")
        for asked in ("new password:", "once more:"):
            alice.sees(asked)
            alice.forgets()
            alice.types(SECRET)
        alice.sees("your username is registered")
        alice.types("/password")
        for asked, answer in [("old", SECRET), ("new", OTHER), ("once more", OTHER)]:
            alice.sees(asked)
            alice.types(answer)
            alice.sees("\r\n")
        alice.sees("the password is changed")
        alice.types("everybody sees this")
        alice.sees("everybody sees this")
        shown = alice.forgets()
        assert SECRET not in shown
        assert OTHER not in shown
        alice.types(f"AUTH alice {SECRET}")
        alice.sees("looks like a password")
        alice.forgets()
        alice.types("/quit")
        assert alice.process.wait(PATIENCE) == 0
    finally:
        alice.ends()
    again = Teletype(port, "--user", "alice", "--room", "lobby")
    try:
        for answer in (SECRET, OTHER):
            again.sees("password of alice:")
            again.forgets()
            again.types(answer)
        again.sees("you are in lobby")
        assert OTHER not in again.seen
        assert SECRET not in again.seen
    finally:
        again.ends()


def test_a_signal_gives_the_terminal_back(port: int) -> None:
    """Ctrl-C while a password is asked for leaves a terminal that shows what is typed."""
    import termios

    register(port, "alice")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port), "--plain", "--user", "alice", "--room", "lobby"],
        cwd=ROOT, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    try:
        until(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO, "the question")
        process.terminate()
        assert process.wait(PATIENCE) == 143
        assert termios.tcgetattr(theirs)[3] & termios.ECHO
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "login page broken?",
        "auth is broken",
        "register now",
        "the password is swordfish",
        "/join tea",
        "/search register password",
        "/msg bob hi",
        "/who tea",
        "/history 50",
        "/register",
        "/connect chats://h:5000/@bob",
        "/connect [::1]:5000",
        "//etc/passwd is a file",
        "https://user:name@example.org/",
    ],
)
def test_other_lines_are_kept_whole(line: str) -> None:
    """What is no password is said and remembered as it was typed."""
    assert not has_password(line)
    assert kept(line) == line


@pytest.mark.parametrize(
    "line", ["auth dora geheim-wort", "Register hunter22", "login al s3cret-one"]
)
def test_a_command_of_the_server_is_one_in_small_letters_too(line: str) -> None:
    """Where its last word looks like a password it is not said."""
    assert has_password(line)
    assert kept(line) == line.split()[0]


def test_nothing_that_is_printed_of_a_client_has_it(port: int) -> None:
    """Neither the client and its parts as text, nor its errors."""
    register(port, "alice")

    async def meet() -> None:
        async with guest(port, "alice", password=SECRET) as alice:
            client = alice.client
            shown = [repr(client), str(client), repr(client._account), repr(client._connection)]
            shown += [repr(alice.told), repr(asyncio.all_tasks())]
            for act in (client.change_password(OTHER, SECRET), client.unregister(f"{SECRET} x")):
                with pytest.raises(RefusedError) as refused:
                    await act
                shown += [str(refused.value), repr(refused.value), str(refused.traceback)]
            with pytest.raises(RefusedError) as refused:
                async with ChatClient("127.0.0.1", port, user="alice", password=OTHER):
                    pass
            shown.append(repr(refused.value))
            for text in shown:
                assert SECRET not in text
                assert OTHER not in text

    asyncio.run(meet())


def test_settings_show_no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings are shown without it; and programs that are started do not find it."""
    monkeypatch.setenv("CHAT_PASSWORD", SECRET)
    settings = read([])
    assert settings.password == SECRET
    assert SECRET not in repr(settings)
    assert "CHAT_PASSWORD" not in os.environ


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "a password is one word"),
        (b"\n", "a password is one word"),
        (b"sesame 4711\n", "a password is one word"),
        (b"\xffsesame-4711\n", "a password is one word"),
    ],
)
def test_a_file_without_a_password(data: bytes, reason: str, tmp_path: Path) -> None:
    """What is no password is told without what it is."""
    file = tmp_path / "password"
    file.write_bytes(data)
    with pytest.raises(SettingsError, match=reason) as refused:
        read(["--password-file", str(file)])
    assert str(file) in str(refused.value)
    assert "sesame" not in str(refused.value)
    with pytest.raises(SettingsError, match=NO_SUCH_FILE):
        read(["--password-file", str(tmp_path / "nothing")])


def test_the_nearest_password_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag counts more than the environment, and that more than the settings' own file."""
    files = {}
    for name in ("flag", "own"):
        files[name] = tmp_path / name
        files[name].write_text(f"{name}-password\n")
        files[name].chmod(0o600)
    (tmp_path / "client.toml").write_text(f'password_file = "{files["own"]}"\n')
    words = ["--config", str(tmp_path / "client.toml")]
    assert read(words).password == "own-password"
    monkeypatch.setenv("CHAT_PASSWORD", SECRET)
    assert read(words).password == SECRET
    monkeypatch.setenv("CHAT_PASSWORD", SECRET)
    assert read([*words, "--password-file", str(files["flag"])]).password == "flag-password"


@pytest.mark.parametrize(("mode", "is_warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_can_read(mode: int, is_warned: bool, tmp_path: Path) -> None:
    """Whoever has such a file is told so, and how to close it."""
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(mode)
    warning = read(["--password-file", str(file)]).warning
    assert warning == (f"{file} can be read by others: chmod 600 {file}" if is_warned else "")


def test_another_server_gets_no_password(look: Callable[[str], Settings]) -> None:
    """A password is for one server, over one kind of wire, and for one user."""
    assert look("h:7").password == look("chat://h:7").password == SECRET
    for elsewhere in ("h:8", "g:7", "chats://h:7", "chat://bob@h:7"):
        assert look(elsewhere).password == ""


@pytest.fixture
def look() -> Callable[[str], Settings]:
    """The settings for a server that one goes to from h:7."""
    from chat.client.options.settings import elsewhere

    return lambda where: elsewhere(Settings("h", 7, "al", password=SECRET), where)
