"""Calls that may hang, in threads that do not delay the end of the program; and tasks that run unattended."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def in_daemon_thread(func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
    """Run a blocking call in a thread of its own and return what the event loop can await.

    Threads of the loop's executor are joined when the program ends, so one call that never returns would keep it alive;
    this thread dies with the program. What comes after the loop has closed, or after the waiting was cancelled, is
    dropped.
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
        except BaseException as caught:  # noqa: BLE001 - handed to whoever awaits, whatever it is
            # A future takes no StopIteration: it would end the coroutine that awaits it instead of failing it.
            error = RuntimeError("the call raised StopIteration") if isinstance(caught, StopIteration) else caught
        with suppress(RuntimeError):  # the loop has closed: nobody waits any more
            loop.call_soon_threadsafe(file, result, error)

    threading.Thread(target=work, name="omstui-call", daemon=True).start()
    return outcome


class DaemonExecutor(ThreadPoolExecutor):
    """An executor for an event loop whose calls run in daemon threads, one thread each.

    The loop resolves host names in its default executor; with this one set there, a name server that does not answer
    cannot hold up quitting.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run the call in a thread of its own."""
        outcome: Future[T] = Future()

        def work() -> None:
            if not outcome.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits, whatever it is
                outcome.set_exception(error)
            else:
                outcome.set_result(result)

        threading.Thread(target=work, name="omstui-executor", daemon=True).start()
        return outcome

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for nothing: the threads end with the program."""


_Result = TypeVar("_Result")


def in_background(tasks: set[asyncio.Task[_Result]], work: Coroutine[object, object, _Result]) -> asyncio.Task[_Result]:
    """Begin with the work, as one of these tasks for as long as it takes."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task
