"""twistd chat, as those start and stop it who run a server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.nursery import TWISTD_MODULE
from tests.integration.server import (
    PATIENCE,
    TWISTD,
    Server,
    environment,
    held_port,
    is_running,
    listening,
    program,
    until,
)
from tests.people import Caller
from tests.reasons import ADDRESS_IN_USE, NO_SUCH_FILE

PROJECT = Path(__file__).parent.parent.parent
LOCAL = ("--host", "127.0.0.1", "--port")


def twistd(folder: Path, *words: str, fresh: bool = False) -> subprocess.CompletedProcess[str]:
    """Run twistd to its end, or until it is in the background. fresh: see Server."""
    if not fresh:
        return program(TWISTD_MODULE, folder, *words)
    return subprocess.run(
        [TWISTD, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_log_tells_where_it_listens_and_who_comes_and_goes(server: Server) -> None:
    """A line for each address, and with who and from where for each connection and its end."""
    alice = server.caller().says("LOGIN alice").hears("OK")
    where = "{}:{}".format(*alice.socket.getsockname())
    alice.vanishes()
    until(lambda: f"{where} (alice) disconnected" in server.log)
    assert f"{where} connected" in server.log
    assert f"{where} is alice" in server.log
    assert server.log.count("listening on 127.0.0.1:") == 1


def test_several_ports_and_endpoints_lead_to_one_chat(tmp_path: Path) -> None:
    """--port may be repeated, --listen takes any endpoint; IPv6 and Unix sockets among them."""
    words = [*LOCAL, "0", "--port", "0", "--listen", "tcp:0:interface=127.0.0.1"]
    with Server(tmp_path, *words, "--listen", "unix:chat.sock") as server:
        until(lambda: len(server.ports) == 3 and "listening on chat.sock" in server.log)
        callers = [Caller(port) for port in server.ports]
        for number, caller in enumerate(callers):
            caller.says(f"LOGIN user{number}").hears("OK")
        with socket.socket(socket.AF_UNIX) as local:
            local.connect(str(tmp_path / "chat.sock"))
            local.sendall(b"LOGIN local\nMSG hi\n")
            assert local.recv(100) == b"OK\n"
            for caller in callers:
                caller.hears("MSG local hi")


def test_the_file_and_the_environment_configure_it(tmp_path: Path) -> None:
    """PORT and HOST where neither flag nor file says otherwise."""
    (tmp_path / "chat.toml").write_text("[server]\nport = 0\n[limits]\nrooms_per_user = 1\n")
    words = ("--config", "chat.toml")
    with Server(tmp_path, *words, HOST="127.0.0.2", PORT="1") as server:
        assert "listening on 127.0.0.2:" in server.log
        alice = Caller(server.ports[0], "127.0.0.2").says("JOIN a alice", "JOIN b")
        assert alice.heard(2)[1].startswith("ERROR you are in too many rooms")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("mode", [["--nodaemon"], []])
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--port", "{taken}"], f"cannot listen on 127.0.0.1:{{taken}}: {ADDRESS_IN_USE}"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:4000: "),
        (["--host", "999.1.1.1", "--port", "0"], "cannot listen on 999.1.1.1:0: "),
        (["--bogus"], "--bogus"),
        (["--port", "x"], "not a port number"),
        (["--listen", "bogus:1"], "--listen bogus:1: "),
        (["--listen", "tcp:x"], "--listen tcp:x"),
        (["--listen", "ssl:0:privateKey=nowhere.pem"], NO_SUCH_FILE),
        (["--config", "nowhere.toml"], f"nowhere.toml: {NO_SUCH_FILE}"),
        (["--config", "wrong.toml"], "wrong.toml, line 2: [server] port: give a whole number"),
        (["--store", "mysql://x"], "--store mysql://x is no URL of a store: it is memory:,"),
        (["--store", "chat.sqlite"], "--store chat.sqlite is no URL of a store: it is memory:,"),
        (["--store", "sqlite://"], "--store sqlite: name a file"),
        (["--store", "sqlite:///a?x=1"], "--store sqlite:///a: there are no options"),
        (
            ["--store", "postgresql://a:secret@h:x/c"],
            "--store postgresql://a:***@h:x/c is no URL of a store: it is memory:",
        ),
    ],
)
def test_what_cannot_be_started_says_so_in_one_line(
    tmp_path: Path, taken: int, mode: list[str], words: list[str], reason: str
) -> None:
    """On the terminal, with exit status 1 and without a traceback, as a daemon too."""
    (tmp_path / "wrong.toml").write_text('[server]\nport = "x"\n')
    is_fresh = "{taken}" in words
    words = [word.format(taken=taken) for word in words]
    done = twistd(tmp_path, *mode, "chat", "--host", "127.0.0.1", *words, fresh=is_fresh)
    lines = [line for line in (done.stderr + done.stdout).splitlines() if "[-]" not in line]
    said = [line for line in lines if "twisted.scripts" not in line]
    assert done.returncode == 1
    assert len(said) == 1, said
    assert said[0].startswith("twistd chat: ")
    assert reason.format(taken=taken) in said[0]
    assert not (tmp_path / "twistd.pid").exists()


@pytest.mark.parametrize("mode", [["--nodaemon"], ["--logfile=chat.log"]])
def test_a_unix_socket_that_cannot_be_made_is_one_line_too(tmp_path: Path, mode: list[str]) -> None:
    """It is opened late, when twistd has changed to its folder and gone to the background."""
    done = twistd(tmp_path, *mode, "chat", "--listen", "unix:no/such/folder")
    assert done.returncode == 1
    log = tmp_path / "chat.log"
    printed = done.stdout + done.stderr
    logged = log.read_text() if log.exists() else printed
    reason = f"cannot listen on unix:no/such/folder: {NO_SUCH_FILE}"
    assert logged.count(reason) == printed.count(reason) == 1
    assert "Traceback" not in printed + logged
    until(lambda: not (tmp_path / "twistd.pid").exists(), "the end of the daemon")


@pytest.mark.parametrize("log", [["--logfile=chat.log"], ["--syslog"]])
def test_it_runs_in_the_background(tmp_path: Path, log: list[str]) -> None:
    """Twistd returns when the chat is there, and a signal to the process in its file ends it."""
    done = twistd(tmp_path, "--pidfile=chat.pid", *log, "chat", *LOCAL, "0", fresh=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    pid = int((tmp_path / "chat.pid").read_text())
    (port,) = listening(pid)
    try:
        alice = Caller(port).says("JOIN lobby alice").hears("INFO joined room lobby")
    finally:
        os.kill(pid, signal.SIGTERM)
    assert alice.hears_the_end() == ["INFO server is shutting down"]
    until(lambda: not (tmp_path / "chat.pid").exists(), "the end of the daemon")
    if "--logfile=chat.log" in log:
        logged = (tmp_path / "chat.log").read_text()
        assert f"listening on 127.0.0.1:{port}" in logged
        assert "Traceback" not in logged


def in_background(folder: Path, fresh: bool = False) -> int:
    """Start a server as the README does; its number. Before that the power was cut, and another
    program has the number in its file now."""
    (folder / "chat.pid").write_text(str(os.getpid()))
    words = ["--pidfile=chat.pid", "--logfile=chat.log", "chat", *LOCAL, "0"]
    done = twistd(folder, *words, fresh=fresh)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    until(lambda: "listening on" in (folder / "chat.log").read_text(), "a start")
    return int((folder / "chat.pid").read_text())


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[int]:
    """Such a server."""
    pid = in_background(tmp_path)
    yield pid
    os.kill(pid, signal.SIGKILL)


def test_the_readmes_recipe_survives_a_power_cut(tmp_path: Path) -> None:
    """The log says so; a second server is refused in the chat's own words, and the first goes
    on."""
    daemon = in_background(tmp_path, fresh=True)
    try:
        left = f"left by a server that is gone (process {os.getpid()}), and removed"
        assert (tmp_path / "chat.log").read_text().count(left) == 1
        done = twistd(tmp_path, "--pidfile=chat.pid", "--logfile=chat.log", "chat", *LOCAL, "0")
        said = f"as process {daemon}: if it is this one stop it first (kill {daemon})"
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
        assert is_running(daemon)
    finally:
        os.kill(daemon, signal.SIGTERM)
    until(lambda: not (tmp_path / "chat.pid").exists(), "the end of the daemon")


def test_its_log_is_rotated_in_each_of_the_usual_ways(tmp_path: Path, daemon: int) -> None:
    """Renamed, with a signal and without, copied and emptied: the new lines are in the new file."""
    log, copied = tmp_path / "chat.log", tmp_path / "copied"
    (port,) = listening(daemon)

    def renamed() -> None:
        log.rename(tmp_path / "renamed")

    def renamed_and_signalled() -> None:
        log.rename(tmp_path / "signalled")
        os.kill(daemon, signal.SIGUSR1)
        until(log.exists, "a new file")

    def emptied() -> None:
        shutil.copy(log, copied)
        os.truncate(log, 0)

    for number, rotate in enumerate([renamed, renamed_and_signalled, emptied]):
        rotate()
        caller = Caller(port).says(f"LOGIN user{number}").hears("OK")
        until(lambda n=number: f"is user{n}" in log.read_text(), "a line")
        assert "\0" not in log.read_text()
        assert log.read_text().count("is user") == 1
        caller.vanishes()
    assert is_running(daemon)


LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.mark.skipif(LOGROTATE is None, reason="there is no logrotate on this machine")
@pytest.mark.parametrize("more", ["", "copytruncate", "create 600"])
def test_the_sample_for_logrotate_works(tmp_path: Path, daemon: int, more: str) -> None:
    """As it is in deploy/, but for whose log it is and where; with other ways of it as well."""
    sample = (PROJECT / "deploy" / "logrotate" / "chat").read_text()
    sample = sample.replace("/var/lib/chat", str(tmp_path)).replace("su chat chat\n", f"{more}\n")
    config = tmp_path / "logrotate"
    config.write_text(sample)
    config.chmod(0o600)
    tmp_path.chmod(0o700)
    command = [str(LOGROTATE), "--force", "--state", str(tmp_path / "state"), str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    Caller(listening(daemon)[0]).says("LOGIN alice").hears("OK")
    log = tmp_path / "chat.log"
    until(lambda: log.exists() and "is alice" in log.read_text(), "a line")
    (old,) = tmp_path.glob("chat.log-*")
    assert "listening on" in old.read_text()
    assert "is alice" not in old.read_text()


def test_a_signal_to_rotate_is_not_the_end_of_a_server_without_a_file(server: Server) -> None:
    """SIGUSR1 would be, where nobody hears it."""
    server.process.send_signal(signal.SIGUSR1)
    server.caller().says("LOGIN alice").hears("OK")
    assert server.process.poll() is None


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--logfile=no/such/chat.log"], f"no/such/chat.log: {NO_SUCH_FILE}"),
        (["--pidfile=no/such/chat.pid"], "--pidfile no/such/chat.pid: its folder is not there"),
        (["--rundir=no/such"], "--rundir no/such: there is no such folder"),
        (["--pidfile=odd.pid"], "--pidfile odd.pid: it has no process's number in it"),
    ],
)
def test_what_twistd_can_not_do_is_one_line_too(
    tmp_path: Path, words: list[str], reason: str
) -> None:
    """Before it goes to the background."""
    (tmp_path / "odd.pid").write_text("odd")
    done = twistd(tmp_path, *words, "chat", *LOCAL, "0", "--store", "memory:")
    assert done.returncode == 1
    assert reason in done.stderr
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


@pytest.fixture
def privileged_port() -> Iterator[int]:
    """One that only root can open."""
    with held_port(range(1023, 0, -1)) as port:
        yield port


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_it_gives_up_root(tmp_path: Path, privileged_port: int) -> None:
    """--uid: a privileged port is opened first, then the process is nobody's, and so is what it
    keeps."""
    log = (tmp_path / "out.log").open("w+")
    folder = Path(tempfile.mkdtemp())  # a path that nobody may go along
    os.chown(folder, 65534, 65534)
    words = ["--uid=65534", "--gid=65534", "--nodaemon", "--pidfile=", "chat"]
    process = subprocess.Popen(
        [TWISTD, *words, *LOCAL, str(privileged_port)],
        cwd=folder,
        env=environment(),
        stdout=log,
        stderr=log,
    )
    try:
        until(lambda: "listening on" in Path(log.name).read_text(), "a start")
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert "Uid:\t65534\t65534\t65534" in status
        assert (folder / "chat.sqlite").stat().st_uid == 65534
        Caller(privileged_port).says("LOGIN alice", "WHO").hears("OK", "USER alice")
        process.terminate()
        process.wait(PATIENCE)
        assert "Traceback" not in Path(log.name).read_text()
    finally:
        process.kill()
        log.close()
        shutil.rmtree(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_the_end_everyone_is_told_and_nobody_is_waited_for(
    server: Server, number: signal.Signals
) -> None:
    """What was accepted is heard; gone within 5 s though a client reads nothing; no traceback."""
    alice = server.caller().says("JOIN lobby alice").hears("INFO joined room lobby")
    bob = server.caller().says("LOGIN bob").hears("OK")
    stuck = server.caller().says("JOIN lobby stuck").hears("INFO joined room lobby")
    nobody = server.caller().says("PING").hears("PONG")
    alice.hears("INFO bob joined lobby", "INFO stuck joined lobby")
    for _ in range(10):
        stuck.says(*["MSG lobby " + "x" * 4000] * 100)
        alice.heard(100), bob.heard(100)
    alice.says("MSG lobby last words").hears("MSG lobby alice last words")
    began = time.monotonic()
    server.process.send_signal(number)
    assert alice.hears_the_end() == ["INFO server is shutting down"]
    assert bob.hears_the_end()[-2:] == ["MSG alice last words", "INFO server is shutting down"]
    assert nobody.hears_the_end() == ["INFO server is shutting down"]
    server.process.wait(PATIENCE)
    assert time.monotonic() - began < 5
    assert server.is_closed


def test_it_takes_as_many_connections_as_the_system_allows(tmp_path: Path) -> None:
    """Also where it is started with a low limit that may be raised."""
    with Server(tmp_path, *LOCAL, "0", most_files="-Sn 64") as server:
        callers = [server.caller().says(f"LOGIN user{i}") for i in range(100)]
        for caller in callers:
            caller.hears("OK")


def test_a_full_server_answers_those_who_are_in(tmp_path: Path) -> None:
    """Others are told that it is full, many at a time too; as soon as somebody goes there is room.
    Not one file more is taken than there is."""
    full = "ERROR there are too many connections, here or from you: come back later"
    with Server(tmp_path, *LOCAL, "0", most_files="-n 192") as server:
        people = [server.caller().says(f"LOGIN user{i}").hears("OK") for i in range(96)]
        crowd = [server.caller() for _ in range(300)]
        for caller in crowd:
            assert caller.hears_the_end() == [full]
        people[0].says("PING").hears("PONG")
        people[-1].says("MSG hi", "QUIT").hears("Goodbye!").vanishes()
        people[0].hears("MSG user95 hi", "INFO user95 disconnected")
        began = time.monotonic()
        newcomer = until(lambda: newly_in(server), "room for one")
        assert time.monotonic() - began < 1
        newcomer.says("WHO").heard(96)
        people[0].says("PING").hears("PONG")
        assert "more were refused" not in server.log  # only after a while
        assert server.log.count("is refused") == 1


def newly_in(server: Server) -> Caller | None:
    """Somebody who has found room."""
    caller = server.caller().says("LOGIN newcomer")
    if caller.heard(1) == ["OK"]:
        return caller
    caller.vanishes()
    return None


@pytest.mark.parametrize("trusted", ["[]", '["192.0.2.0/24"]'])
def test_the_limits_of_the_file_bind_whom_it_does_not_trust(tmp_path: Path, trusted: str) -> None:
    """Loopback too, where it is not named: connections, and lines, which arrive all the same."""
    config = tmp_path / "chat.toml"
    limits = "rate = 1000\nburst = 10\nconnections_per_address = 2\n"
    config.write_text(f"[limits]\n{limits}trusted = {trusted}\n")
    with Server(tmp_path, *LOCAL, "0", "--config", str(config)) as server:
        alice, _bob = (server.caller().says(f"LOGIN {name}").hears("OK") for name in ("al", "bo"))
        third = server.caller()
        assert third.hears_the_end()[0].startswith("ERROR there are too many connections")
        alice.says(*[f"PING {number}" for number in range(300)])
        alice.hears(*[f"PONG {number}" for number in range(300)])


def test_a_second_ctrl_c_is_no_error(server: Server) -> None:
    """People press it again when the end takes a moment."""
    alice = server.caller().says("LOGIN alice").hears("OK")
    server.process.send_signal(signal.SIGINT)
    assert alice.heard(1) == ["INFO server is shutting down"]
    server.process.send_signal(signal.SIGINT)
    server.process.wait(PATIENCE)
    assert server.is_closed


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, so that building it leaves nothing here."""
    copy = tmp_path_factory.mktemp("source") / "project"
    shutil.copytree(
        PROJECT,
        copy,
        ignore=shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests"),
    )
    for left in ("chat/history/sql/migrations/versions/9999_later.py", "chat/left.py"):
        path = copy / "build" / "lib" / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("revision = '9999'")
    return copy


@pytest.mark.parametrize("way", ["wheel", "folder", "editable"])
def test_it_is_there_once_it_is_installed(way: str, source: Path, tmp_path: Path) -> None:
    """From a wheel, with pip install . and pip install -e . alike: twistd knows it, and it runs."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    (site / "dependencies.pth").write_text(str(Path(pytest.__file__).parent.parent))

    def pip(*words: str) -> None:
        command = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", *words]
        options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    if way == "wheel":
        pip("wheel", "--wheel-dir", str(tmp_path), str(source))
        (wheel,) = tmp_path.glob("twisted_chat-*.whl")
        pip("install", "--no-compile", "--ignore-installed", str(wheel))
        assert packed(wheel) == modules(source)
    else:
        editable = ["--editable"] if way == "editable" else []
        pip("install", "--no-compile", "--ignore-installed", *editable, str(source))
    script = tmp_path / "twistd"
    script.write_text(f"#!{python}\nfrom twisted.scripts.twistd import run\nrun()\n")
    script.chmod(0o755)
    with Server(tmp_path, *LOCAL, "0", twistd=str(script)) as server:
        server.caller().says("LOGIN alice").hears("OK")
        maps = Path(f"/proc/{server.process.pid}/cmdline").read_text()
        assert str(python) in maps
    found = subprocess.run(
        [python, "-c", "import chat; print(chat.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert found.startswith(str(source if way == "editable" else site))
    if way == "folder":
        assert modules(site, "chat") == modules(source, "chat")


def packed(wheel: Path) -> set[str]:
    """The modules in a wheel."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}


def modules(folder: Path, *inside: str) -> set[str]:
    """The modules that the project has, or what is in one of its folders."""
    return {
        str(path.relative_to(folder))
        for top in inside or ("chat", "twisted")
        for path in (folder / top).rglob("*.py")
    }


def test_what_is_handed_on_has_just_what_is_there(source: Path, tmp_path: Path) -> None:
    """As source: whatever an earlier build of another version has left in the folder."""
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {name.partition("/")[2] for name in packed.getnames() if name.endswith(".py")}
    assert {name for name in names if name.startswith(("chat", "twisted"))} == modules(source)
