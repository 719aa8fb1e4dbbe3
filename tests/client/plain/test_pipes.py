"""Plain mode as a whole: real processes, pipes and terminals, and a real server."""

import contextlib
import json
import os
import pty
import re
import signal
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from tests.integration.server import PATIENCE, Server, environment, until
from tests.people import Caller

ROOT = Path(__file__).parent.parent.parent
STUMBLES = ("Traceback", "Exception ignored", "should not have happened", "Error:")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A chat for all tests here; each has rooms and usernames of its own."""
    folder = tmp_path_factory.mktemp("chat")
    with Server(folder, "--host", "127.0.0.1", "--port", "0", "--store", "memory:") as server:
        yield server
        assert "Traceback" not in server.log


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Iterator[Callable[..., "Client"]]:
    """Starts a client of the server; none stumbles, and none is left behind."""
    clients: list[Client] = []

    def start(*words: str, port: int = 0, **options: Any) -> Client:
        port = port or server.ports[0]
        clients.append(Client(tmp_path, "--port", str(port), *words, **options))
        return clients[-1]

    yield start
    for client in clients:
        client.process.kill()
        client.process.wait()
        assert not [word for word in STUMBLES if word in client.complaints]


class Client:
    """A client's process. What it prints goes to files, where it may be looked at."""

    def __init__(self, folder: Path, *words: str, **options: Any) -> None:
        number = len(list(folder.glob("*.err")))
        self._out, self._err = folder / f"{number}.out", folder / f"{number}.err"
        env = environment(XDG_CONFIG_HOME=str(folder), LOGNAME="carol", TZ="UTC")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            settings = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, "env": env}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chat.client", "--host", "127.0.0.1", *words],
                cwd=ROOT,
                **settings | options,
            )

    def writes(self, data: bytes) -> None:
        """Put something into its pipe."""
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ends(self, data: bytes = b"") -> int:
        """Give it the last of its input, if it has a pipe, and wait; its exit code."""
        if self.process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.writes(data)
                self.process.stdin.close()
        return self.process.wait(PATIENCE)

    @property
    def printed(self) -> str:
        """What has come on standard output."""
        return self._out.read_bytes().decode()

    @property
    def lines(self) -> list[str]:
        """The same without the times."""
        return [re.sub(r"^\d\d:\d\d ", "", line) for line in self.printed.splitlines()]

    @property
    def complaints(self) -> str:
        """What has come on standard error."""
        return self._err.read_bytes().decode()

    @property
    def events(self) -> list[dict[str, Any]]:
        """What has come with --json."""
        return [json.loads(line) for line in self.printed.splitlines()]

    def told(self, event: str) -> list[dict[str, Any]]:
        """The events of a kind."""
        return [told for told in self.events if told["event"] == event]


def member(server: Server, room: str, name: str) -> Caller:
    """Somebody in a room."""
    return server.caller().says(f"JOIN {room} {name}").hears(f"INFO joined room {room}")


# --- pipes ----------------------------------------------------------------------------------------


def test_ten_thousand_lines(server: Server, run: Callable[..., Client]) -> None:
    """A long output arrives whole and in order, and is printed so."""
    texts = [f"line {number}" for number in range(10_000)]
    watcher = member(server, "builds", "watcher")
    client = run("--user", "ci", "--room", "builds", stdin=subprocess.PIPE)
    assert client.ends("\n".join(texts).encode()) == 0
    heard = [line for line in watcher.heard(10_000) if line.startswith("MSG")]
    assert heard == [f"MSG builds ci {text}" for text in texts]
    assert client.lines == [f"ci: {text}" for text in texts]


def test_what_a_compiler_prints(server: Server, run: Callable[..., Client]) -> None:
    """Blank lines are left out, colours too, slashes are no commands, and a long line is cut."""
    long = "long " * 2000 + "東" * 3000
    output = f"/usr/bin/cc: error\n\n  \n/quit\n    \x1b[31mred\x1b[0m\n{long}\nno end".encode()
    client = run("--json", "--user", "cc", "--room", "cc", stdin=subprocess.PIPE)
    assert client.ends(b"\xff\n" + output) == 0
    texts = [message["text"] for message in client.told("message")]
    assert texts[:4] == ["\ufffd", "/usr/bin/cc: error", "/quit", "    red"]
    assert "".join(texts[4:-1]) == long
    assert texts[-1] == "no end"
    assert all(message["own"] and not message["old"] for message in client.told("message"))


def test_old_messages(server: Server, run: Callable[..., Client]) -> None:
    """--tail 3 --once prints the last three and leaves; so it does as JSON."""
    member(server, "old", "otto").says(*(f"MSG old {number}" for number in range(5))).heard(5)
    client = run("--room", "old", "--tail", "3", "--once")
    assert client.ends() == 0
    assert client.lines == ["otto: 2", "otto: 3", "otto: 4"]
    client = run("--room", "old", "--once", "--json")
    assert client.ends() == 0
    assert [message["number"] for message in client.told("message")] == [1, 2, 3, 4, 5]
    assert all(message["old"] and not message["own"] for message in client.told("message"))
    assert client.told("entered") == [{"event": "entered", "room": "old"}]


def test_nothing_is_told_of_what_goes_well(server: Server, run: Callable[..., Client]) -> None:
    """Cron mails what is on standard error: of a run that fails a line, and of others nothing."""
    client = run("--user", "cron", "--room", "nightly", stdin=subprocess.PIPE)
    assert (client.ends(b"done\n"), client.lines) == (0, ["cron: done"])
    once = run("--room", "nightly", "--once")
    assert (once.ends(), once.lines) == (0, ["cron: done"])
    assert client.complaints + once.complaints == ""
    failed = run("--user", "cron", "--room", "no/room", "--once")
    assert failed.ends() != 0
    assert failed.complaints.count("\n") == 1


def test_with_follow_it_stays(server: Server, run: Callable[..., Client]) -> None:
    """When its input has ended it goes on printing; rooms are named where there are two."""
    client = run("--follow", "--tail", "1", "--user", "fay", "--room", "f1", "--room", "f2")
    until(lambda: "you are in f1" in client.complaints and "you are in f2" in client.complaints)
    friend = member(server, "f2", "friend").says("MSG f2 hello", "DM fay psst")
    until(lambda: len(client.lines) == 3)
    assert client.lines == ["-- friend joined f2", "[f2] friend: hello", "[@friend] friend: psst"]
    client.process.terminate()
    assert client.ends() == 143
    friend.hears("MSG f2 friend hello", "INFO fay left f2")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_says_goodbye(
    number: signal.Signals, server: Server, run: Callable[..., Client]
) -> None:
    """Ctrl-C and SIGTERM end it with the exit code of a shell, and the others hear that it left."""
    room = f"signal{number}"
    watcher = member(server, room, f"sigrid{number}")
    client = run("--user", room, "--room", room, stdin=subprocess.PIPE)
    client.writes(b"one\n")
    assert watcher.heard(2)
    client.process.send_signal(number)
    assert client.process.wait(PATIENCE) == 128 + number
    watcher.hears(f"INFO {room} left {room}")


@pytest.mark.parametrize("words", [["--room", "closed", "--user", "cl"], ["--help"]])
def test_nobody_reads_it(words: list[str], server: Server, run: Callable[..., Client]) -> None:
    """Where standard output is closed it ends without a word, as `head` expects."""
    reading, writing = os.pipe()
    os.close(reading)
    client = run(*words, stdin=subprocess.PIPE, stdout=writing)
    os.close(writing)
    assert client.ends(b"hello\n" * 100) == 141
    assert "not delivered" not in client.complaints


def test_what_an_editor_puts_in_front_is_not_said(
    server: Server, run: Callable[..., Client]
) -> None:
    """A byte-order mark is skipped; what Windows calls Unicode is refused, and nothing of it
    said."""
    alice = member(server, "bom", "alice")
    client = run("--user", "bom", "--room", "bom", stdin=subprocess.PIPE)
    assert client.ends("\ufeffhello\n\ufeffyou\n".encode()) == 0
    heard = [line for line in alice.heard(4) if line.startswith("MSG")]
    assert heard == ["MSG bom bom hello", "MSG bom bom \ufeffyou"]
    client = run("--user", "bom", "--room", "bom", stdin=subprocess.PIPE)
    assert client.ends("hello\n".encode("utf-16")) == 1
    assert "standard input: it is not UTF-8 but UTF-16: save it as UTF-8" in client.complaints


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--port", "{own_port}"], 1, "nothing listens there"),
        (["--room", "-x"], 2, "--room"),
        (["--user", "-x"], 2, "--user"),
        (["--user", "a:b"], 1, "a username is one word"),
        (["--room", "a:b"], 1, "a room's name is one word"),
        (["--room", "x1", "--room", "a:b"], 1, "a room's name is one word"),
        (["--tls"], 1, "does not speak TLS"),
        (["--ca", "/dev/null"], 2, "/dev/null: there is no certificate in it"),
        (["--nonsense"], 2, "--nonsense"),
        (["chat://h:x"], 2, "is no port"),
    ],
)
def test_exit_codes(
    words: list[str], code: int, complaint: str, own_port: int, run: Callable[..., Client]
) -> None:
    """Wrong use is 2 and a refusal 1, each with a line that says why."""
    client = run(*(word.format(own_port=own_port) for word in words))
    assert client.ends() == code
    assert complaint in client.complaints
    assert client.complaints.splitlines()[-1].isprintable()
    assert client.printed == ""


def test_ones_own_name_is_made_free(server: Server, run: Callable[..., Client]) -> None:
    """A script goes by one's own name, and by alice-2 if one is in the chat oneself."""
    others = [member(server, f"own-{name}", name) for name in ("carol", "carol-2")]
    client = run("--json", "--once")
    assert client.ends() == 0
    assert [told["user"] for told in client.told("connected")] == ["carol-3"]
    for other in others:
        other.hears()


def test_a_name_that_was_given_is_not_changed(server: Server, run: Callable[..., Client]) -> None:
    """Who asks for a name gets that one or none."""
    given = member(server, "own2", "given")
    client = run(f"chat://given@127.0.0.1:{server.ports[0]}", "--once")
    assert client.ends() == 1
    assert "username is taken" in client.complaints
    given.hears()


def test_a_refused_line_is_told(server: Server, run: Callable[..., Client]) -> None:
    """A line that the server refuses is shown with its reason, and is a failure."""
    client = run("--user", "ruth", "--room", "@nobody", stdin=subprocess.PIPE)
    assert client.ends(b"hello\n") == 1
    assert "not delivered to @nobody: hello (nobody here is called nobody" in client.complaints
    assert "1 line was not delivered" in client.complaints


def test_a_pipe_to_one_person(server: Server, run: Callable[..., Client]) -> None:
    """--room @bob tells bob alone."""
    bob = member(server, "b1", "bob")
    client = run("--user", "dora", "--room", "@bob", stdin=subprocess.PIPE)
    assert client.ends(b"one\ntwo\n") == 0
    bob.hears("DM dora one", "DM dora two")
    assert client.lines == ["[@bob] dora: one", "[@bob] dora: two"]


def test_no_input_and_no_output_at_all(server: Server, run: Callable[..., Client]) -> None:
    """A daemon has neither; what is opened next is not taken for them."""
    code = "import os, sys; os.closerange(0, 3); os.execv(sys.executable, sys.argv[1:])"
    port = str(server.ports[0])
    words = [sys.executable, "-m", "chat.client", "--port", port, "--tail", "1", "--user", "nix"]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, timeout=PATIENCE)
    assert done.returncode == 0


# --- servers that come and go ---------------------------------------------------------------------


def test_a_server_that_comes_back(
    tmp_path: Path, own_port: int, run: Callable[..., Client]
) -> None:
    """A server that is killed in the middle has every line in the end, once and in order."""
    words = ("--host", "127.0.0.1", "--port", str(own_port))
    words += ("--store", f"sqlite:///{tmp_path}/s.sqlite")
    (tmp_path / "log").mkdir()
    texts = [f"line {number}" for number in range(600)]
    with Server(tmp_path / "log", *words):
        client = run("--user", "ci", "--room", "builds", port=own_port, stdin=subprocess.PIPE)
        client.writes("".join(f"{text}\n" for text in texts[:300]).encode())
        until(lambda: len(client.lines) > 100, "a hundred lines")
    client.writes("".join(f"{text}\n" for text in texts[300:]).encode())
    with Server(tmp_path / "log", *words):
        assert client.ends() == 0
        caller = Caller(own_port).says("JOIN builds reader", "HISTORY builds 1000")
        found = [line.split(" ", 5)[5] for line in caller.heard() if line.startswith("HISTORY")]
    assert found == texts
    assert "connected again" in client.complaints


def test_a_server_that_is_gone(tmp_path: Path, run: Callable[..., Client]) -> None:
    """After its patience it gives up, and says how many lines were not delivered."""
    (tmp_path / "log").mkdir()
    with Server(tmp_path / "log", "--host", "127.0.0.1", "--port", "0", "--store", "memory:") as s:
        client = run("--user", "ci", "--patience", "1", port=s.ports[0], stdin=subprocess.PIPE)
        client.writes(b"one\n")
        until(lambda: client.lines, "a line")
    until(lambda: "disconnected" in client.complaints)
    assert client.ends(b"two\nthree\n") == 1
    assert "2 lines were not delivered" in client.complaints


HOSTILE = (
    b"@1 2026-05-04T09:33:00.001Z MSG tea mallory \x1b[2J\x1b]0;owned\x07bell\x07\x9b31m\n"
    b"@2 2026-05-04T09:33:00.001Z MSG tea " + b"m" * 4000 + b" long name\n"
    b"@3 2026-05-04T09:33:00.001Z MSG tea mallory \xe2\x80\xaelasrever \xff\xc2\x9b1m\r\x08\n"
    b"INFO \x1b[2Jeve joined tea\n" + b"INFO " + b"j" * 4000 + b" left tea\n"
    b"@3 ERROR \x1b[2J\n@x 9999-99-99 MSG\nDM\nOK " + b"9" * 5000 + b" a\nPONG\n\0\n"
    b"@4 2026-05-04T09:33:00.001Z MSG tea mallory the end\n"
)


class Mallory(socketserver.StreamRequestHandler):
    """A server that lets everyone in, and then sends what it likes; at last a line without end."""

    server: "HostileServer"

    def handle(self) -> None:
        """See socketserver."""
        with contextlib.suppress(OSError):
            for line in self.rfile:
                word, _, rest = line.partition(b" ")
                if word == b"PING":
                    self.wfile.write(b"PONG " + rest)
                elif word == b"JOIN":
                    self.wfile.write(b"INFO joined room tea\n")
                elif word == b"HISTORY":
                    self.wfile.write(HOSTILE)
                elif word.strip() == b"QUIT":
                    self.server.goodbyes += 1
                    self.wfile.write(b"x" * 200_000)
                    return


class HostileServer(socketserver.ThreadingTCPServer):
    """Mallory on a port of its own."""

    daemon_threads = True
    goodbyes = 0
    """How many have said goodbye."""

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("flag", ["--plain", "--json"])
def test_a_hostile_server(flag: str, run: Callable[..., Client]) -> None:
    """Nothing that a server sends reaches the terminal as anything but text."""
    with HostileServer(("127.0.0.1", 0), Mallory) as mallory:
        port = mallory.server_address[1]
        client = run(flag, "--follow", "--user", "v", "--room", "tea", port=port)
        until(lambda: "the end" in client.printed)
        client.process.terminate()
        assert client.ends() == 143
        assert mallory.goodbyes == 1
    for line in (client.printed + client.complaints).splitlines():
        assert line.isprintable()
    if flag == "--plain":
        assert "[2J" in client.printed
        assert max(map(len, client.printed.splitlines())) < 100


def test_plain_mode_needs_no_screen_and_no_server() -> None:
    """It starts at once, and without Textual: neither that nor the server is imported."""
    code = (
        "import sys, chat.client.__main__, chat.client.plain.process;"
        "names = {name.split('.')[0] for name in sys.modules};"
        "print(names & {'textual', 'rich', 'twisted', 'sqlalchemy', 'msgspec'});"
        "print([name for name in sys.modules if name.startswith('chat.')"
        " and not name.startswith(('chat.client', 'chat.vocabulary'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n[]\n"


# --- terminals ------------------------------------------------------------------------------------


class Terminal:
    """A client at a terminal; everything that it shows."""

    def __init__(self, run: Callable[..., Client], *words: str, **options: Any) -> None:
        self._fd, client = pty.openpty()
        self._seen = b""
        ends = {"stdin": client, "stdout": client, "stderr": client}
        self.client = run(*words, start_new_session=True, **ends | options)
        os.close(client)
        os.set_blocking(self._fd, False)

    def types(self, line: str) -> None:
        """Type a line, and Enter."""
        os.write(self._fd, f"{line}\n".encode())

    def shows(self, text: str) -> None:
        """Wait until something is shown, after what was waited for before."""

        def look() -> bool:
            with contextlib.suppress(BlockingIOError, OSError):
                self._seen += os.read(self._fd, 65536)
            return text.encode() in self._seen

        until(look, f"{text!r} after {self._seen!r}")
        self._seen = self._seen[self._seen.index(text.encode()) + len(text.encode()) :]

    def presses(self, key: str) -> None:
        """Press a key."""
        os.write(self._fd, key.encode())


def test_a_conversation_at_a_terminal(server: Server, run: Callable[..., Client]) -> None:
    """It asks for the username, then the room; commands are commands, all else is said."""
    friend = member(server, "ta", "frieda")
    terminal = Terminal(run, "--plain")
    terminal.shows("username [carol]: ")
    terminal.types("frieda")
    terminal.shows("room [lobby]: ")
    terminal.types("#ta")
    terminal.shows("username is taken")
    terminal.shows("username [frieda]: ")
    terminal.types("tara")
    terminal.shows("room [ta]: ")
    terminal.types("")
    terminal.shows("you are in ta")
    terminal.types("hello")
    friend.hears("INFO tara joined ta", "MSG ta tara hello")
    friend.says("MSG ta hi")
    terminal.shows("frieda: hi")
    for typed, shown in [
        ("/who", "in ta: frieda, tara"),
        ("/me waves", "this server has no /me"),
        ("/nonsense", "there is no command /nonsense"),
        ("/history 1x", "'1x' is no number"),
        ("/history 2", "tara: hello"),
        ("", "frieda: hi"),
        ("/search waves", "there is nothing"),
        ("/help", "/join <room>: go to a room"),
        ("/msg frieda psst", "psst"),
        ("//join", "//join"),
        ("/join tb", "you are in tb"),
        ("/rooms", "tb: 1 person"),
        ("/leave", "you left tb"),
        ("back", "back"),
        ("/leave tb", "you are not in the room tb"),
    ]:
        terminal.types(typed)
        terminal.shows(shown)
    friend.hears("MSG ta frieda hi", "DM tara psst", "MSG ta tara /join", "MSG ta tara back")
    terminal.types("/quit")
    assert terminal.client.ends() == 0
    friend.hears("INFO tara left ta")


def test_another_server_from_a_terminal(
    server: Server, own_port: int, run: Callable[..., Client]
) -> None:
    """/connect leaves for another server, if that lets one in; Ctrl-D ends it."""
    watcher = member(server, "co", "wendy")
    terminal = Terminal(run, "--plain", "--user", "connie", "--room", "co")
    terminal.shows("you are in co")
    terminal.types(f"/connect 127.0.0.1:{own_port}")
    terminal.shows("nothing listens there")
    terminal.types(f"/connect chat://conrad@127.0.0.1:{server.ports[0]}/co")
    terminal.shows("connected as conrad")
    terminal.shows("you are in co")
    terminal.types("hello")
    terminal.presses("\x04")
    assert terminal.client.ends() == 0
    heard = watcher.heard(5)
    assert sorted(heard) == [
        "INFO connie joined co",
        "INFO connie left co",
        "INFO conrad joined co",
        "INFO conrad left co",
        "MSG co conrad hello",
    ]


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        (lambda terminal: terminal.presses("\x04"), 0),
        (lambda terminal: terminal.client.process.send_signal(signal.SIGINT), 130),
        (lambda terminal: terminal.client.process.send_signal(signal.SIGTERM), 143),
    ],
    ids=["Ctrl-D", "Ctrl-C", "SIGTERM"],
)
def test_who_does_not_answer_leaves(
    leave: Callable[["Terminal"], None], code: int, run: Callable[..., Client]
) -> None:
    """It can be left also where it asks for a username."""
    terminal = Terminal(run, "--plain")
    terminal.shows("username [carol]: ")
    leave(terminal)
    assert terminal.client.ends() == code


def test_a_terminal_without_textual(server: Server) -> None:
    """Where the screen can't be shown it says how to get it, and how to do without."""
    code = (
        "import sys; sys.modules['textual'] = None; sys.argv = ['twisted-chat'];"
        "from chat.client.__main__ import main; sys.exit(main())"
    )
    master, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=terminal,
        stdout=terminal,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    os.close(master)
    os.close(terminal)
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "The screen needs Textual: pip install 'twisted-chat[client]' (in a checkout '.[client]'). "
        "Without it: twisted-chat --plain\n"
    )
