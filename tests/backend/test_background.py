"""Work in the background: kept while it runs, and not longer."""

import asyncio

from omstui.backend.background import in_background


async def test_a_task_is_kept_until_it_is_done_whatever_comes_of_it() -> None:
    tasks: set[asyncio.Task[str]] = set()
    gate = asyncio.Event()

    async def work(word: str) -> str:
        await gate.wait()
        if not word:
            raise ZeroDivisionError
        return word

    good, bad, cancelled = (in_background(tasks, work(word)) for word in ("done", "", "never"))
    assert tasks == {good, bad, cancelled}
    cancelled.cancel()
    await asyncio.wait({cancelled})
    assert tasks == {good, bad}
    gate.set()
    assert await good == "done"
    assert isinstance((await asyncio.gather(bad, return_exceptions=True))[0], ZeroDivisionError)
    await asyncio.sleep(0)
    assert tasks == set()
