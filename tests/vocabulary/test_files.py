"""Files that people name, whatever they turn out to be."""

import os
import socket
import threading
from pathlib import Path

import pytest

from chat.vocabulary.files import content
from tests.reasons import IS_A_FOLDER, NO_SUCH_FILE


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """Up to so many bytes, and not one more."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100_000)
    assert content(path, 100_000) == b"x" * 100_000
    with pytest.raises(OSError, match="larger than 99,999 bytes"):
        content(path, 99_999)


@pytest.mark.parametrize("patience", [0.0, 0.05])
def test_what_says_nothing_is_not_waited_for(tmp_path: Path, patience: float) -> None:
    """A pipe without a writer, one whose writer is silent, a terminal: one reason for all."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    silent, writer = os.pipe()
    terminal, other = os.openpty()
    for path in (fifo, f"/dev/fd/{silent}", os.ttyname(other)):
        with pytest.raises(OSError, match="nothing comes out of it"):
            content(path, patience=patience)
    for file in (silent, writer, terminal, other):
        os.close(file)


def test_what_has_no_end_is_not_read_to_it() -> None:
    """A device fills no memory."""
    with pytest.raises(OSError, match="larger than"):
        content("/dev/zero")


def test_what_shells_put_in_place_of_a_file_is_one(tmp_path: Path) -> None:
    """`<(pass show chat)`, a FIFO whose writer comes later, and /dev/null for nothing at all."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader, writer = os.pipe()
    os.write(writer, b"secret\n"), os.close(writer)
    assert content(f"/dev/fd/{reader}") == b"secret\n"
    os.close(reader)
    threading.Thread(target=lambda: fifo.write_bytes(b"later\n")).start()
    assert content(fifo) == b"later\n"
    assert content("/dev/null") == b""


def test_what_can_not_be_read_has_a_reason(tmp_path: Path) -> None:
    """The system's own, where it has one; and the name of the file beside it."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, reason in {
        tmp_path: IS_A_FOLDER,
        tmp_path / "nowhere": NO_SUCH_FILE,
        tmp_path / "socket": ".",
        loop: ".",
        tmp_path / ("x" * 999): ".",
        "nul\0": "no file has such a name",
    }.items():
        with pytest.raises(OSError, match=reason) as refused:
            content(path)
        assert refused.value.strerror
        assert refused.value.filename == str(path)
    server.close()
