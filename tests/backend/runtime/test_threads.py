"""Work in the background: kept while it runs, and not longer."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from omstui.backend.runtime.threads import DaemonExecutor, in_background, in_daemon_thread


def fail(error: BaseException) -> None:
    raise error


async def test_a_call_returns_its_result_from_a_daemon_thread() -> None:
    def call(first: int, *, second: int) -> tuple[int, bool, bool]:
        return first + second, threading.current_thread().daemon, threading.current_thread() is threading.main_thread()

    assert await in_daemon_thread(call, 1, second=2) == (3, True, False)


@pytest.mark.parametrize(
    ("raised", "awaited"),
    [
        (ValueError("a"), ValueError),
        (SystemExit(3), SystemExit),
        (StopIteration(), RuntimeError),
        (asyncio.CancelledError(), asyncio.CancelledError),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_call_s_exception_is_raised_where_it_is_awaited(
    raised: BaseException, awaited: type[BaseException]
) -> None:
    with pytest.raises(awaited):
        await in_daemon_thread(fail, raised)


async def test_what_comes_after_the_waiting_was_cancelled_is_dropped() -> None:
    go_on, done = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    mistakes: list[object] = []
    loop.set_exception_handler(lambda _, context: mistakes.append(context))

    def call() -> None:
        go_on.wait()
        loop.call_soon_threadsafe(done.set)

    waiting = in_daemon_thread(call)
    waiting.cancel()
    go_on.set()
    await done.wait()
    # The thread ends right after that; what it hands to the loop is handled one turn later.
    for thread in threading.enumerate():
        if thread.name == "omstui-call":
            thread.join()
    await asyncio.sleep(0)
    assert waiting.cancelled()
    assert mistakes == []


def test_what_comes_after_the_loop_has_closed_is_dropped() -> None:
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    def call() -> None:
        threads.append(threading.current_thread())
        go_on.wait()

    async def begin() -> None:
        in_daemon_thread(call)

    asyncio.run(begin())
    go_on.set()
    for thread in threads:
        thread.join()
        assert not thread.is_alive()


HANGING = """
import asyncio, threading
from omstui.backend.runtime.threads import DaemonExecutor, in_daemon_thread

def hang():
    threading.Event().wait()

async def main():
    asyncio.get_running_loop().set_default_executor(DaemonExecutor())
    waiting = [in_daemon_thread(hang), asyncio.get_running_loop().run_in_executor(None, hang)]
    await asyncio.wait(waiting, timeout=0.01)
    print("over")

asyncio.run(main())
"""


def test_calls_that_never_return_do_not_hold_up_the_end_of_the_program() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGING], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "over\n", "")


async def test_a_loop_resolves_names_in_the_executor() -> None:
    loop = asyncio.get_running_loop()
    executor = DaemonExecutor()
    assert isinstance(executor, ThreadPoolExecutor)  # the loop takes no other kind
    loop.set_default_executor(executor)
    assert await loop.getaddrinfo("127.0.0.1", 80)
    assert await loop.run_in_executor(None, lambda: threading.current_thread().daemon)
    for error in (ValueError("a"), SystemExit(3)):
        with pytest.raises(type(error)):
            await loop.run_in_executor(None, fail, error)
    executor.shutdown()


async def test_a_task_is_kept_until_it_is_done_whatever_comes_of_it() -> None:
    tasks: set[asyncio.Task[str]] = set()
    limiter = asyncio.Event()

    async def work(word: str) -> str:
        await limiter.wait()
        if not word:
            raise ZeroDivisionError
        return word

    good, bad, cancelled = (in_background(tasks, work(word)) for word in ("done", "", "never"))
    assert tasks == {good, bad, cancelled}
    cancelled.cancel()
    await asyncio.wait({cancelled})
    assert tasks == {good, bad}
    limiter.set()
    assert await good == "done"
    assert isinstance((await asyncio.gather(bad, return_exceptions=True))[0], ZeroDivisionError)
    await asyncio.sleep(0)
    assert tasks == set()
