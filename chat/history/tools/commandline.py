"""What command lines on a store have in common. Knows neither a store nor what is done to it.

What was asked for goes to stdout, what is told about it to stderr. The exit status is 1 where
something is wrong, and one line says what; 2 where the command line is not one.
"""

from __future__ import annotations

import os
import stat
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, TextIO

from chat.history.store import OWNERS_MODE, NoStoreError, StoreError
from chat.version import VERSION
from chat.vocabulary import config
from chat.vocabulary.config import DEFAULT_STORE
from chat.vocabulary.errors import ChatError
from chat.vocabulary.text import print_anything
from chat.vocabulary.writing.secrets import masked, not_understood

STORE: Final = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"


class Commands:
    """What can be asked for at a command line: python -m NAME COMMAND ... about: what it is for."""

    def __init__(self, name: str, about: str) -> None:
        self.parser = _Parser(f"python -m {name}", description=about)
        self.parser.add_argument("--version", action="version", version=f"twisted-chat {VERSION}")
        self._commands = self.parser.add_subparsers(metavar="COMMAND", required=True)

    def add(self, name: str, run: Callable[[Namespace], int], summary: str, text: str) -> Any:
        """Add a command, which has a parser of its own; `run` returns the exit status."""
        made = self._commands.add_parser(
            name, help=summary, description=text, formatter_class=RawDescriptionHelpFormatter
        )
        made.set_defaults(run=run)
        return made

    def parse(self, words: Sequence[str]) -> Namespace:
        """What somebody has typed. What makes no sense ends the program, and may be a password: it
        is not shown."""
        self.parser.words = words
        arguments, others = self.parser.parse_known_args(words)
        if others:
            self.parser.error(not_understood(others))
        return arguments


class _Parser(ArgumentParser):
    words: Sequence[str] = ()

    def error(self, message: str) -> NoReturn:
        """See argparse."""
        super().error(masked(message, self.words))


class Tool:
    """A command line that is being done. name: what it calls itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._words: Sequence[str] = ()

    def main(self, commands: Commands, argv: Sequence[str] | None) -> int:
        """Do what the command line says; the exit status."""
        for stream in (sys.stdout, sys.stderr):
            print_anything(stream)
        self._words = sys.argv[1:] if argv is None else argv
        arguments = commands.parse(self._words)
        try:
            status = arguments.run(arguments)
            sys.stdout.flush()
        except BrokenPipeError:  # whoever read the output has gone, as head does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except NoStoreError as error:
            self.tell(f"{error}{_where_it_was_named(arguments)}")
            return 1
        except (StoreError, ChatError, OSError) as error:
            self.tell(_reason(error))
            return 1
        except (KeyboardInterrupt, EOFError):
            self.tell("interrupted")
            return 1
        return int(status)

    def tell(self, line: str) -> None:
        """Tell something about what is done."""
        print(f"{self.name}: {masked(line, self._words)}", file=sys.stderr)

    def sum_up(self, line: str) -> None:
        """Tell a person what was done. Where nobody watches there is nothing to tell of what went
        well: cron would mail it every night.
        """
        if sys.stderr.isatty():
            self.tell(line)


def takes_store(parser: ArgumentParser) -> None:
    """A command that works on the server's store."""
    store_help = f"{STORE}; {DEFAULT_STORE} unless given here or in the file"
    parser.add_argument("--store", metavar="URL", help=store_help)
    parser.add_argument("--config", metavar="FILE", help="the server's: its store is taken")


def store_of(arguments: Namespace) -> str:
    """The URL of the store that is meant. Raises StoreError."""
    try:
        file = config.read(arguments.config) if arguments.config else config.Config()
    except config.ConfigError as error:
        raise StoreError(str(error)) from None
    return arguments.store or file.history.store or DEFAULT_STORE


def _where_it_was_named(arguments: Namespace) -> str:
    """What has said which store is meant, where a command takes one."""
    if not hasattr(arguments, "store"):
        return ""
    if arguments.store:
        return " (named by --store)"
    if arguments.config and config.read(arguments.config).history.store:
        return f" (named by [history] store in {arguments.config})"
    return " (the default, in this folder: the server's is named by --store, or --config)"


@contextmanager
def output(name: str | None, warn: Callable[[str], object]) -> Iterator[BinaryIO]:
    """A new file, which its owner alone may read, and that stays only if all could be written; or
    stdout. warn: told where others may read what stdout is."""
    if name in (None, "-"):
        if _is_read_by_others(sys.stdout):
            warn("others can read the file that this goes to: name a FILE, or say umask 077 first")
        yield sys.stdout.buffer
        return
    path = Path(str(name))
    with open(path, "xb", opener=_for_its_owner) as file:
        try:
            yield file
            file.flush()
        except BaseException:
            path.unlink()
            raise


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, OWNERS_MODE)


def _is_read_by_others(stream: TextIO) -> bool:
    """Whether it is a file, and not its owner's alone."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # it is nothing that the system knows
        return False
    return stat.S_ISREG(mode) and bool(mode & 0o077)


def _reason(error: StoreError | ChatError | OSError) -> str:
    if isinstance(error, ChatError):
        return error.sentence
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
