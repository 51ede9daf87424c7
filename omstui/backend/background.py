"""Tasks that nobody awaits, kept until they are done: the event loop alone would let go of them."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


def in_background(tasks: set[asyncio.Task[T]], work: Coroutine[object, object, T]) -> asyncio.Task[T]:
    """Begin with the work, as one of these tasks for as long as it takes."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task
