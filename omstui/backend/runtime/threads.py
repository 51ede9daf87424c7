"""Runs calls that may hang in daemon threads, and tasks in the background."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def in_daemon_thread(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
    """Run a blocking call in its own daemon thread, and return a future of its result or exception.

    Threads of the loop's executor are joined when the program ends, so a call that never returns would keep it alive;
    a daemon thread does not. A result is dropped when the loop has closed or the future was cancelled.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def file(result: T | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)  # type: ignore[arg-type]  # without an error it is what `func` returned
        else:
            outcome.set_exception(error)

    def work() -> None:
        result, error = None, None
        try:
            result = func(*args, **kwargs)
        except BaseException as caught:  # noqa: BLE001 - passed to the awaiting code
            # A future rejects StopIteration, which would end the awaiting coroutine instead of failing it.
            error = RuntimeError("the call raised StopIteration") if isinstance(caught, StopIteration) else caught
        with suppress(RuntimeError):  # the loop has closed: no caller waits
            loop.call_soon_threadsafe(file, result, error)

    threading.Thread(target=work, name="omstui-call", daemon=True).start()
    return outcome


class DaemonExecutor(ThreadPoolExecutor):
    """An executor for an event loop that runs each call in its own daemon thread.

    The loop resolves host names in its default executor; with this one as default, a name server that does not answer
    cannot delay quitting.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call in its own thread."""
        outcome: Future[T] = Future()

        def work() -> None:
            if not outcome.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - passed to the waiting code
                outcome.set_exception(error)
            else:
                outcome.set_result(result)

        threading.Thread(target=work, name="omstui-executor", daemon=True).start()
        return outcome

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Return without waiting: the threads end with the program."""


_Result = TypeVar("_Result")


def in_background(tasks: set[asyncio.Task[_Result]], work: Coroutine[object, object, _Result]) -> asyncio.Task[_Result]:
    """Start the work as a task, which stays in `tasks` until it is done."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task
