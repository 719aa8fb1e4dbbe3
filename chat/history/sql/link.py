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
from chat.history.store import DoubtError, StoreError
from chat.vocabulary.limits import LOOK_SECONDS

log = Logger()

T = TypeVar("T")


class Link:
    """A connection that is made when it is needed, and made again when it broke.

    flavour: the database.
    stopped: set when nobody waits for an answer any more.
    follows: whether to go on with another connection when this one is broken, or leads to a file
        that is not there any more. Who reads everything as it was at one moment does not want that.
    occupies: whether each connection has the database for this server alone, or is none.
    """

    def __init__(
        self,
        flavour: Flavour,
        stopped: threading.Event,
        follows: bool = True,
        occupies: bool = False,
    ) -> None:
        self.flavour = flavour
        self.stopped = stopped
        self.follows = follows
        self.occupies = occupies
        self.connection: Connection
        """The connection as SQLAlchemy has it, once it is there."""
        self.driver: Any = None
        """The same as its own library has it: for what is done for every batch. None where there
        is no connection."""
        self.was_interrupted = False
        """Whether what is being done, or was done last, has been broken off."""
        self._engine = flavour.engine
        self._look_at = 0.0  # when to look next whether it is still the right one

    @property
    def is_lost(self) -> bool:
        """Whether there was a connection, and it broke."""
        return self.driver is not None and self.flavour.is_lost(self.driver)

    def connect(self) -> bool:
        """Make sure that there is a connection, to what is there now. Whether there was one."""
        self.was_interrupted = False
        was_open = self.driver is not None
        if was_open and self.follows and (now := monotonic()) >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            if not self.flavour.is_current(self.driver):
                self.close()
        if self.driver is None:
            if self.follows and self.flavour.is_gone():
                log.warn("{name} is gone, and is made again", name=self.flavour.name)
                upgrade(self.flavour)
            self.connection = self._engine.connect()
            self.driver = self.connection.connection.driver_connection
            if self.occupies:
                self._occupy()
        return was_open

    def _occupy(self) -> None:
        try:
            self.flavour.occupy(self.driver)
        except Exception:
            self.close()
            raise

    @contextmanager
    def transaction(self, begin: str = "") -> Iterator[None]:
        """Commit what is done in it, or undo it. Raises DoubtError, where the connection breaks
        while it is committed."""
        self.driver.execute(begin or self.flavour.begin)
        try:
            yield
        except BaseException:
            self.undo()
            raise
        try:
            self.driver.execute("COMMIT")
        except Exception as error:
            is_lost = self.is_lost
            self.undo()
            if is_lost:
                raise DoubtError(f"{self.flavour.reason(error)}; it may be done or not") from error
            raise

    def undo(self) -> None:
        """End a transaction that failed."""
        try:
            self.driver.execute("ROLLBACK")
        except Exception:
            self.close()

    def ask(self, job: Callable[[Connection], T]) -> T:
        """What the job finds out, or what it has changed, all or nothing.

        Where the connection has broken since it was used last, the job is tried again on another
        one. Raises StoreError.
        """
        try:
            may_retry = self.connect() and self.follows
            try:
                return job(self.connection)
            except Exception:
                if not (may_retry and self.is_lost) or self.was_interrupted:
                    raise
            self.close()
            self.connect()
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
        driver = self.driver
        if driver is not None:
            self.was_interrupted = True
            with suppress(*self.flavour.errors):
                self.flavour.interrupt(driver)

    def drop(self) -> None:
        """The same, if it costs nothing: nobody waits for it any more."""
        driver = self.driver
        if driver is not None and self.flavour.drops(driver):
            self.was_interrupted = True

    def close(self) -> None:
        """Let go of the connection. `connect` makes another one."""
        driver, self.driver = self.driver, None
        if driver is not None:
            with suppress(Exception):
                if not self.flavour.is_current(driver):
                    self.flavour.leave(driver)
                self.connection.close()
