"""A pretend service with a clock of its own, of which a copy may lag behind."""

from datetime import datetime, timedelta

from omstui.backend.runtime.clock import Clock
from omstui.core.task import COUNTER_NAMES
from omstui.demo.scenario import Scenario
from omstui.demo.service import Answer, SimulatedOms
from omstui.demo.simulated_task import SimulatedTask


class ServiceClock:
    """The service's clock: it goes on steadily, whatever is done to this machine's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.now() - timedelta(seconds=clock.monotonic())

    def now(self) -> datetime:
        """The time there."""
        return self._began + timedelta(seconds=self._clock.monotonic())

    def monotonic(self) -> float:
        """Steady seconds."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return after this many seconds."""
        await self._clock.sleep(seconds)

    def jump(self, seconds: float) -> None:
        """Let time pass there, as it does while this machine sleeps."""
        self._began += timedelta(seconds=seconds)


class LaggingOms(SimulatedOms):
    """The pretend service; a copy of it answers that nothing was counted."""

    def __init__(self, scenario: Scenario, clock: Clock) -> None:
        super().__init__(scenario, clock)
        self.lagging: set[str] = set()
        """The tasks whose next answer about any month comes from that copy."""

    def _show(self, task: SimulatedTask, asked_ms: int) -> Answer:
        if task.sync_task_id not in self.lagging:
            return super()._show(task, asked_ms)
        self.lagging.discard(task.sync_task_id)
        settings = {name: getattr(task.settings, name) for name in task.settings.__struct_fields__}
        return self._json(200, {**settings, **dict.fromkeys(COUNTER_NAMES, 0)})
