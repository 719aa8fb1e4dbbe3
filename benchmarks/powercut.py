"""A disk that loses its power: of what was not synced it may have any part, or none.

A shim in C is loaded into the server. Whenever a file of the database has been synced it copies
it to a shadow folder, so that the shadow is what the disk is sure to have. After the server was
killed each sector that differs is taken from the shadow or from the file, at random. Linux only.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

SECTOR = 512
"""Bytes that a disk writes as a whole."""

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the copy of a file of the database is; 0 for any other file. */
static int shadow_of(const char *path, char *copy)
{
    const char *folder = getenv("POWERCUT_SHADOW"), *database = getenv("POWERCUT_DATABASE");
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (!folder || !database || strncmp(name, database, strlen(database)))
        return 0;
    if (strstr(name, "-shm") || strchr(name, ' '))  /* not synced, or "(deleted)" */
        return 0;
    return snprintf(copy, PATH_MAX, "%s/%s", folder, name) < PATH_MAX - 4;
}

/* Copy what is behind a descriptor. To open its file anew would let go of SQLite's locks. */
static void keep(int fd)
{
    char link[64], path[PATH_MAX], copy[PATH_MAX], partial[PATH_MAX + 4], data[65536];
    ssize_t length;
    off_t at = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return;
    path[length] = 0;
    if (!shadow_of(path, copy))
        return;
    snprintf(partial, sizeof partial, "%s.new", copy);
    int out = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (; (length = pread(fd, data, sizeof data, at)) > 0; at += length)
        if (write(out, data, length) != length)
            abort();
    if (length < 0 || close(out) || rename(partial, copy))
        abort();
}

static int synced(const char *call, int fd)
{
    int result = ((int (*)(int))dlsym(RTLD_NEXT, call))(fd), error = errno;
    if (result == 0)
        keep(fd);
    errno = error;
    return result;
}

int fsync(int fd) { return synced("fsync", fd); }
int fdatasync(int fd) { return synced("fdatasync", fd); }

/* A file of the same name that is made later is another one. */
int unlink(const char *path)
{
    int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    int result = real(path), error = errno;
    char copy[PATH_MAX];
    if (result == 0 && shadow_of(path, copy))
        real(copy);
    errno = error;
    return result;
}
"""


def compiler() -> str | None:
    """Where the C compiler is, if there is one."""
    return shutil.which("cc")


class Disk:
    """The disk that a database is on.

    database: its file.
    folder: an empty one, for the shim and the shadow.
    chance: what is taken from where.
    """

    def __init__(self, database: Path, folder: Path, chance: random.Random) -> None:
        self.unsynced = 0
        """Sectors that were not synced at a cut, in all cuts together."""
        self.undone = 0
        """Those among them that are as they were before."""
        self._files = [database, database.with_name(database.name + "-wal")]
        self._shared = database.with_name(database.name + "-shm")
        self._shadow = folder / "shadow"
        self._shadow.mkdir()
        self._chance = chance
        self._shim = folder / "shim.so"
        source = folder / "shim.c"
        source.write_text(SHIM)
        words = [compiler() or "cc", "-shared", "-fPIC", "-O2"]
        subprocess.run([*words, "-o", str(self._shim), str(source), "-ldl"], check=True)

    @property
    def environment(self) -> dict[str, Any]:
        """What a server has to be started with."""
        return {
            "LD_PRELOAD": str(self._shim),
            "POWERCUT_SHADOW": str(self._shadow),
            "POWERCUT_DATABASE": self._files[0].name,
        }

    def power_on(self) -> None:
        """All that is there before a start is on the disk for sure."""
        for copy in self._shadow.iterdir():
            copy.unlink()
        for file in self._files:
            if file.exists():
                shutil.copyfile(file, self._shadow / file.name)

    def cut(self) -> None:
        """Leave of the files what the disk could have had. Nobody may have them open."""
        for file in self._files:
            synced = self._shadow / file.name
            if synced.exists():
                actual = file.read_bytes() if file.exists() else b""
                file.write_bytes(self._torn(synced.read_bytes(), actual))
            elif self._chance.random() < 0.5:
                file.unlink(missing_ok=True)
        self._shared.unlink(missing_ok=True)

    def _torn(self, synced: bytes, actual: bytes) -> bytes:
        """Each sector from one of the two. What a file grew by may read as zeros."""
        length = self._chance.choice((len(synced), len(actual)))
        old, new = (data[:length].ljust(length, b"\0") for data in (synced, actual))
        torn = bytearray(new)
        for at in range(0, length, SECTOR):
            end = at + SECTOR
            if old[at:end] != new[at:end]:
                self.unsynced += 1
                if self._chance.random() < 0.5:
                    torn[at:end] = old[at:end]
                    self.undone += 1
        return bytes(torn)
