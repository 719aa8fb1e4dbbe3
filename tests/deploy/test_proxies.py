"""The samples of deploy/proxy: nginx and HAProxy end TLS in front of a chat."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.certificates import certificate, trusting
from tests.integration.server import Server, held_port, until
from tests.people import Caller

FOLDER = Path(__file__).parent.parent.parent / "deploy" / "proxy"
STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"
ELSEWHERE = "127.0.0.3"
"""Where the client of a test comes from."""


def settings(text: str) -> str:
    """What a sample says that the chat's file needs: what is indented in its first lines."""
    lines = re.match(r"(#.*\n)+", text)
    assert lines
    return "\n".join(re.findall(r"^#   (.+)$", lines[0], re.M)) + "\n"


class Proxied:
    """A sample with the ports and the files of a test, and the chat that it wants."""

    def __init__(self, folder: Path, sample: str, port: int, plain: int) -> None:
        self.folder, self.port = folder, port
        text = (FOLDER / sample).read_text()
        certificate(folder)
        ours = {"5000": str(plain), "6697": str(port)}
        self.text = _with(text, ours)
        (folder / "chat.toml").write_text(_with(settings(text), ours))


def _with(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def nginx(proxied: Proxied) -> list[str]:
    """The command that starts nginx with its sample."""
    if not (shutil.which("nginx") and Path(STREAM).exists()):
        pytest.skip("there is no nginx with its module for streams on this machine")
    folder = proxied.folder
    text = re.sub(r"/etc/letsencrypt/\S+\.pem", str(folder / "server.pem"), proxied.text)
    text = re.sub(r"listen \[::\]:.*\n", "", text).replace("listen ", "listen 127.0.0.1:")
    around = f"load_module {STREAM};\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{around}daemon off;\n{text}")
    checked = subprocess.run(
        ["nginx", "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    return ["nginx", "-c", str(folder / "nginx.conf")]


def haproxy(proxied: Proxied) -> list[str]:
    """The command that starts HAProxy with its sample."""
    if not shutil.which("haproxy"):
        pytest.skip("there is no HAProxy on this machine")
    file = proxied.folder / "haproxy.cfg"
    text = proxied.text.replace(
        "/etc/haproxy/chat.example.org.pem", str(file.parent / "server.pem")
    )
    file.write_text(text.replace("bind :::", "bind 127.0.0.1:").replace(" v4v6", ""))
    checked = subprocess.run(
        ["haproxy", "-c", "-f", file], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    return ["haproxy", "-f", str(file), "-db"]


@contextmanager
def running(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.terminate()


def comes(port: int) -> Caller | None:
    """Somebody who talks TLS with the proxy, once it listens and has found the chat."""
    try:
        caller = Caller(port, own=ELSEWHERE)
        caller.socket = trusting().wrap_socket(caller.socket, server_hostname="localhost")
        caller.says("PING")
        return caller if caller.heard(1) == ["PONG"] else None
    except (OSError, AssertionError):
        return None


@pytest.mark.parametrize(
    ("sample", "command"),
    [("nginx.conf", nginx), ("haproxy.cfg", haproxy)],
    ids=["nginx", "haproxy"],
)
def test_a_proxy_ends_tls(
    tmp_path: Path, sample: str, command: Callable[[Proxied], list[str]]
) -> None:
    """The chat sees the client's address, and that nobody could read its password on the way; what
    looks whether the chat is there is not in the log; nc on this machine needs no header."""
    with held_port() as port, held_port() as plain:
        proxied = Proxied(tmp_path, sample, port, plain)
        start = command(proxied)
        words = ("--config", "chat.toml", "--store", "memory:")
        with Server(tmp_path, *words) as server, running(start, tmp_path / "proxy.log"):
            alice = until(lambda: comes(port), "the proxy")
            alice.says("JOIN tea alice", "REGISTER correct-horse")
            alice.hears("INFO joined room tea", "INFO registered alice")
            where = "{}:{}".format(*alice.socket.getsockname())
            assert f"{where} is alice" in server.log
            bob = server.caller().says("JOIN tea bob", "MSG tea hi")
            bob.hears("INFO joined room tea", "MSG tea bob hi")
            alice.hears("INFO bob joined tea", "MSG tea bob hi")
            assert "127.0.0.2" not in server.log
            assert "PROXY" not in server.log
            alice.says("QUIT")
            assert alice.hears_the_end() == ["INFO goodbye"]
            assert "Traceback" not in server.log
