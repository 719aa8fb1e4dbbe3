"""One connection to a database, for one thread. Knows no tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from twisted.logger import Logger

from chat.history.sql.flavours import Flavour
from chat.history.sql.upgrade import upgrade
from chat.history.store import StoreError
from chat.limits import LOOK_SECONDS

log = Logger()

T = TypeVar("T")


class Link:
    """A connection that is made when it is needed, and made anew when it broke.

    flavour: the database.
    stopped: set when nobody waits for an answer any more.
    """

    def __init__(self, flavour: Flavour, stopped: threading.Event) -> None:
        self.flavour = flavour
        self.stopped = stopped
        self._engine = flavour.engine()
        self._connection: Connection | None = None
        self._driver: Any = None
        self.was_interrupted = False
        """Whether what is being done, or was done last, has been broken off."""
        self._look_at = 0.0  # when to look next whether it is still the right one

    @property
    def is_open(self) -> bool:
        """Whether there is a connection already."""
        return self._connection is not None

    @property
    def is_lost(self) -> bool:
        """Whether there was one, and it broke."""
        return self._driver is not None and self.flavour.is_lost(self._driver)

    @property
    def connection(self) -> Connection:
        """The connection, as SQLAlchemy has it."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._driver = self._connection.connection.driver_connection
        return self._connection

    @property
    def driver(self) -> Any:
        """The same as its own library has it: for what is done for every batch."""
        if self._driver is None:
            _ = self.connection
        elif (now := monotonic()) > self._look_at and not self._is_current(now):
            log.warn("{name} was moved away or deleted, and is opened anew", name=self.flavour.name)
            self.close()
            upgrade(self.flavour)
            _ = self.connection
        return self._driver

    def _is_current(self, now: float) -> bool:
        self._look_at = now + LOOK_SECONDS
        return self.flavour.is_current(self._driver)

    @contextmanager
    def transaction(self, begin: str = "") -> Iterator[Connection]:
        """Commit what is done in it, or undo it."""
        driver = self.driver
        driver.execute(begin or self.flavour.begin)
        try:
            yield self.connection
            driver.execute("COMMIT")
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """End a transaction that failed."""
        try:
            self._driver.execute("ROLLBACK")
        except Exception:
            self.close()

    def ask(self, job: Callable[[Connection], T]) -> T:
        """What the job finds out. Raises StoreError."""
        try:
            return job(self.connection)
        except Exception as error:
            self.close()
            self.explain(error)

    def explain(self, error: Exception) -> NoReturn:
        """Raise it: as StoreError, if it comes from the database."""
        if isinstance(error, (SQLAlchemyError, *self.flavour.errors)):
            raise StoreError(self.flavour.reason(error)) from error
        raise error

    def interrupt(self) -> None:
        """Break off what is being done. Called from another thread."""
        driver = self._driver
        if driver is not None:
            self.was_interrupted = True
            with suppress(*self.flavour.errors):
                self.flavour.interrupt(driver)

    def close(self) -> None:
        """Let go of the connection. The next question makes another one."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.close()
