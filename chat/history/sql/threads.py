"""Threads that ask a database. Knows neither tables nor SQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chat.history.sql.link import Link

T = TypeVar("T")
Job = Callable[[Link], Any]


class Threads:
    """Some threads, each with a connection of its own, that take jobs in their order.

    count: how many.
    link: makes a connection.
    in_reactor: calls a function in the reactor's thread.
    """

    def __init__(
        self, count: int, link: Callable[[], Link], in_reactor: Callable[..., object]
    ) -> None:
        self._jobs: SimpleQueue[tuple[Job, Deferred[Any]] | None] = SimpleQueue()
        self._in_reactor = in_reactor
        self._began: dict[Link, float] = {}
        self._doing: dict[Link, Deferred[Any]] = {}
        self._lock = threading.Lock()
        self._ended: list[Deferred[None]] = []
        for _ in range(count):
            ended: Deferred[None] = Deferred()
            self._ended.append(ended)
            # A daemon: a disk that does not answer must not keep the process from its end.
            threading.Thread(target=self._work, args=(link(), ended), daemon=True).start()

    def do(self, job: Callable[[Link], T]) -> Deferred[T]:
        """Have a thread call `job`; fires with what it returns, or fails with what it raises. To
        cancel it is to want it no more: it is not called then, or broken off where that is easy;
        only for jobs that change nothing."""
        done: Deferred[T] = Deferred(self._drop)
        self._jobs.put((job, done))
        return done

    def _drop(self, done: Deferred[Any]) -> None:
        with self._lock:
            for link, doing in self._doing.items():
                if doing is done:
                    link.drop()

    def interrupt(self, seconds: float) -> None:
        """Break off the jobs that have been under way for so long."""
        now = time.monotonic()
        with self._lock:  # so that it is not the next job that is broken off
            for link, began in self._began.items():
                if now - began > seconds:
                    self._began[link] = now
                    link.interrupt()

    def stop(self) -> list[Deferred[None]]:
        """End the threads once all jobs are done; a Deferred for each."""
        for _ in self._ended:
            self._jobs.put(None)
        return self._ended

    def _work(self, link: Link, ended: Deferred[None]) -> None:
        while task := self._jobs.get():
            job, done = task
            if done.called:  # nobody wants it any more
                continue
            with self._lock:
                self._began[link] = time.monotonic()
                self._doing[link] = done
            result: Any
            try:
                result = job(link)
            except BaseException:
                result = Failure()
            with self._lock:
                del self._began[link], self._doing[link]
            tell = partial(_tell, done)
            del task, job, done
            self._in_reactor(tell, result)  # and then wait at once: the reactor wants to run
            del tell, result
        link.close()
        self._in_reactor(ended.callback, None)


def _tell(done: Deferred[Any], result: object) -> None:
    """Tell what has come of a job, a Failure or something else, if anybody wants to know."""
    if not done.called:
        done.callback(result)
