"""A real server whose clock is set while it runs."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.integration.server import Server, program

SET_CLOCK = """
import time
from pathlib import Path

def set_clock(ahead=Path({file!r}), time=time.time):
    return time() + float(ahead.read_text())

time.time = set_clock
"""
"""What Python runs at its start: `time.time` is set to whatever a file says that it is ahead."""


class Set:
    """A server with a clock that is set."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ahead"
        self.set(0)
        (folder / "sitecustomize.py").write_text(SET_CLOCK.format(file=str(self._file)))
        config = "[limits]\ntrusted = []\nrate = 100\nburst = 5\n"
        (folder / "chat.toml").write_text(config)
        words = ("--host", "127.0.0.1", "--port", "0", "--config", "chat.toml")
        self.server = Server(folder, *words, fresh=True, PYTHONPATH=str(folder))

    def set(self, ahead: float) -> None:
        """The clock is so many seconds ahead from now on."""
        other = self._file.with_suffix(".new")
        other.write_text(str(ahead))
        os.replace(other, self._file)


def test_a_clock_that_is_set_stops_nothing(tmp_path: Path) -> None:
    """Back or ahead: what is said is told in its order, a connection that has been too fast is read
    on, and a ban holds within a second; and the server ends."""
    one = Set(tmp_path)
    with one.server as server:
        alice = server.caller().says("JOIN tea alice", "STAMPS on")
        alice.heard(2)
        stamps: list[str] = []
        for number, ahead in enumerate([-20.0, -3600.0, 86400.0]):
            bob = server.caller().says(f"JOIN tea bob{number}")
            bob.hears("INFO joined room tea")
            one.set(ahead)
            began = time.monotonic()
            bob.says(*["PING"] * 10, f"MSG tea {number}").heard(11)
            stamps += [line.split()[1] for line in alice.heard(2) if " MSG " in line]
            done = program("chat.admin", tmp_path, "ban", f"bob{number}")
            assert done.returncode == 0, done.stderr
            assert "banned" in bob.hears_the_end()[-1]
            alice.hears(f"INFO bob{number} left tea")
            assert time.monotonic() - began < 15
        assert len(stamps) == 3
        assert stamps == sorted(stamps)
        assert server.stop() < 5
        assert "Traceback" not in server.log
