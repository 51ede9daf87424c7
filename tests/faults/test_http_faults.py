"""Rows 16 and 18: every way in which a server, a proxy or a network misbehaves, beside a task that is well."""

import gc
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any
from urllib.parse import urlsplit

import pytest

from omstui.backend.http.errors import Timeouts
from omstui.core.problem import Problem
from omstui.core.profile import Profile
from omstui.core.task import TaskRef, WatchedTask
from omstui.core.watch.board import TaskState
from omstui.core.watch.condition import Condition, assess
from omstui.demo.clock import SteppedClock
from omstui.ui.drawing.condition_signs import state_words
from tests.backend import chaos
from tests.backend.chaos import Act, serving
from tests.faults.asking import INTERVAL, Asking, asking, profile, refs
from tests.faults.programs import cannot

LIMITS = Timeouts(connect=1.0, read=1.0, total=6.0)
ONCE_MORE = INTERVAL * 1.1
"""Seconds: the first pause after trouble that may pass, with a middling chance."""


SPARE = 4.0
"""Real seconds that a machine may need that has other things to do, beyond a time limit."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to one task's requests, and what must come of it."""

    name: str
    act: Act
    condition: Condition
    words: str
    """Part of the sentence in the pane."""

    pause: float = ONCE_MORE
    """Seconds to the next request; infinity when only a person ends it."""

    certificate: str | None = None


def telling(status: int, *headers: str, body: bytes = b"{}") -> Act:
    async def answer(exchange: chaos.Exchange) -> None:
        await exchange.send(chaos.response(status, body, *headers))

    return answer


FAULTS = (
    Fault("stall", chaos.stall, Condition.NETWORK, "sent nothing for 1 s"),
    Fault("stall in the body", chaos.stall_in_body, Condition.NETWORK, "sent nothing for 1 s"),
    Fault("drip in the headers", chaos.drip_headers, Condition.NETWORK, "not complete within 6 s"),
    Fault("drip in the body", chaos.drip_body, Condition.NETWORK, "not complete within 6 s"),
    Fault("provisional answers without end", chaos.endless_provisional, Condition.NETWORK, "not complete within 6 s"),
    Fault("gzip bomb", chaos.gzipped, Condition.BAD_ANSWER, "compressed"),
    Fault("endless body", chaos.endless_body, Condition.BAD_ANSWER, "larger than 64 KiB"),
    Fault("900 kB of description", chaos.long_description, Condition.BAD_ANSWER, "larger than 64 KiB"),
    Fault("endless header", chaos.endless_headers, Condition.NETWORK, "is not HTTP"),
    Fault("reset", chaos.reset, Condition.NETWORK, "broke off"),
    Fault("reset in the body", chaos.reset_in_body, Condition.NETWORK, "broke off"),
    Fault("short", chaos.short_body, Condition.NETWORK, "broke off"),
    Fault("hung up", chaos.hang_up, Condition.NETWORK, "broke off"),
    Fault("garbage", chaos.garbage, Condition.NETWORK, "is not HTTP"),
    Fault("empty", chaos.empty, Condition.BAD_ANSWER, "empty"),
    Fault("unknown issuer", chaos.good, Condition.NETWORK, "issuer that is unknown", certificate="unknown"),
    Fault("expired", chaos.good, Condition.NETWORK, "has expired", certificate="expired"),
    Fault("wrong name", chaos.good, Condition.NETWORK, "for another name", certificate="other-name"),
    Fault("429", telling(429), Condition.THROTTLED, "Error 429"),
    Fault("429 for 100 s", telling(429, "Retry-After: 100"), Condition.THROTTLED, "Error 429", 100 * 1.1),
    Fault("503", telling(503), Condition.SERVER, "Server error 503"),
    Fault("503 for 120 s", telling(503, "Retry-After: 120"), Condition.SERVER, "Server error 503", 120 * 1.1),
    Fault("503 for a week", telling(503, "Retry-After: 604800"), Condition.SERVER, "Server error 503", 3600 * 1.1),
    Fault("503 for rubbish", telling(503, "Retry-After: soon"), Condition.SERVER, "Server error 503"),
    Fault("401", telling(401), Condition.TOKEN, "Error 401", inf),
    Fault("dead connection", chaos.on_connection(chaos.good, chaos.reset), Condition.SYNCING, "", INTERVAL),
    Fault("well", chaos.good, Condition.SYNCING, "", INTERVAL),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a task after its first answer."""

    condition: str
    words: str
    pause: float
    """Seconds."""


def told(run: Asking, ref: TaskRef) -> Told:
    """Return what the screen would say of a task, by all that was delivered."""
    state = TaskState(WatchedTask(ref))
    first = run.samples(ref)[0]
    state = state.filed(first, INTERVAL)
    problem = state.problem
    words = state_words(state, assess(state, run.clock.now(), INTERVAL), run.clock.now())
    pause = inf if first.next_at is None else (first.next_at - first.answered_at).total_seconds()
    return Told(words, problem.text if problem is not None else "", pause)


def trusting() -> ssl.SSLContext:
    """Return settings that know the tests' own authority."""
    return ssl.create_default_context(cafile=str(chaos.CERTIFICATES / "authority.pem"))


@pytest.fixture(autouse=True)
def _no_proxies_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass(slots=True)
class Watched:
    """A fault's task, and when its server was asked."""

    fault: Fault
    ref: TaskRef
    asked: list[float]


@asynccontextmanager
async def all_at_once(clock: SteppedClock) -> AsyncIterator[tuple[Asking, list[Watched]]]:
    """Watch one task for each fault, each on a server and by a profile of its own."""
    chaos.bomb()  # packed before anybody waits for it
    async with AsyncExitStack() as stack:
        watched, profiles = list[Watched](), dict[str, Profile]()
        for number, fault in enumerate(FAULTS):
            asked: list[float] = []

            async def act(exchange: chaos.Exchange, fault: Fault = fault, asked: list[float] = asked) -> None:
                asked.append(clock.monotonic())
                await fault.act(exchange)

            server = await stack.enter_async_context(serving(act, fault.certificate))
            name = f"profile-{number}"
            profiles[name] = profile(name, server.url)
            watched.append(Watched(fault, refs(1, name)[0], asked))
        one = asking(clock, profiles, [one.ref for one in watched], timeouts=LIMITS, tls=trusting)
        yield await stack.enter_async_context(one), watched


@contextmanager
def deaf_listener(port: int) -> Iterator[None]:
    """Listen at this port of an IPv6 address and take nobody: once the queue is full, no attempt is answered."""
    with ExitStack() as stack:
        stack.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6, backlog=0))
        callers = [stack.enter_context(socket.socket(socket.AF_INET6)) for _ in range(8)]
        if not any(gets_lost(caller, "::1", port) for caller in callers):
            cannot("here a full queue answers all the same")
        yield


def gets_lost(caller: socket.socket, host: str, port: int) -> bool:
    """Whether nothing at all comes of an attempt to connect."""
    caller.settimeout(0.5)
    try:
        caller.connect((host, port))
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


@pytest.mark.fault("R16")
async def test_every_fault_is_a_word_on_its_row_and_the_next_request_comes_when_it_should(
    stepped_clock: SteppedClock, figure: Callable[[str], None]
) -> None:
    """Each row has the right condition, each pane the right sentence; each is asked again in time, never earlier."""
    async with all_at_once(stepped_clock) as (run, watched):
        begun = time.monotonic()
        await run.advance(5)
        seconds = time.monotonic() - begun
        assert run.longest < LIMITS.total + SPARE, "no fault outlasts the limit"
        for one in watched:
            seen = told(run, one.ref)
            assert seen.condition == one.fault.condition.value, one.fault.name
            assert one.fault.words in seen.words, one.fault.name
            if one.fault.condition is Condition.SYNCING:
                assert 50 <= seen.pause <= 75, one.fault.name
            else:
                assert seen.pause == pytest.approx(one.fault.pause), one.fault.name
        await run.advance(150)
        for one in watched:
            if one.fault.certificate is not None:
                assert one.asked == [], "no request reaches a server that is not trusted"
                continue
            first, *later = one.asked
            pause = told(run, one.ref).pause
            if pause > 150:
                assert later == [], one.fault.name
            else:
                assert first + pause <= later[0] <= first + pause + 1 + INTERVAL / 2, one.fault.name
        (well,) = [one for one in watched if one.fault.name == "well"]
        assert len(well.asked) == 3, "the task that is well is asked on time, whatever becomes of the others"
        (dead,) = [one for one in watched if one.fault.name == "dead connection"]
        assert all(sample.is_good for sample in run.samples(dead.ref)), "one more try, at once"
    limits = f"limits {LIMITS.read:g} and {LIMITS.total:g} s"
    figure(f"{len(FAULTS)} faults at once, all told in {seconds:.1f} s ({limits}), 0 asked early")


@pytest.mark.fault("R16")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_mute_proxy_is_a_time_limit(
    scheme: str, stepped_clock: SteppedClock, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    """It takes the connection and says nothing; for SOCKS httpx itself knows no limit."""
    (ref,) = refs(1, "lab")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        profiles = {"lab": profile("lab", "https://oms.example")}
        async with asking(stepped_clock, profiles, [ref], timeouts=LIMITS) as run:
            begun = time.monotonic()
            await run.advance(1)
            milliseconds = (time.monotonic() - begun) * 1000
            seen = told(run, ref)
            assert run.longest < (LIMITS.read if scheme == "http" else LIMITS.total) + SPARE
    assert seen.condition == "network"
    assert seen.pause == pytest.approx(ONCE_MORE)
    silent = "The proxy 127.0.0.1 sent nothing for 1 s"
    assert (silent if scheme == "http" else f"not complete within {LIMITS.total:g} s") in seen.words
    gc.collect()  # httpcore leaves the socket of a broken-off SOCKS handshake to the garbage collector
    figure(f"mute {scheme} proxy told after {milliseconds:.0f} ms")


@pytest.mark.fault("R16")
@pytest.mark.parametrize("broken", ["refused", "lost", "deaf"])
async def test_broken_ipv6_costs_no_answer(
    broken: str, stepped_clock: SteppedClock, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    """The name has an IPv6 address first, where nothing listens or everything gets lost, and then a good one.

    The limits are so long that to wait for one of them would be seen.
    """
    if not socket.has_ipv6:
        cannot("this Python knows no IPv6")
    resolve = socket.getaddrinfo
    limits = Timeouts(connect=20.0, read=20.0, total=25.0)

    def both(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in {"localhost", b"localhost"}:
            return resolve(host, port, *args, **kwargs)
        place = "100::1" if broken == "lost" else "::1"
        first = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (place, port, 0, 0))
        return [first, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    (ref,) = refs(1, "lab")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(chaos.good))
        if broken == "deaf":
            stack.enter_context(deaf_listener(urlsplit(server.url).port or 0))
        url = server.url.replace("127.0.0.1", "localhost")
        one = asking(stepped_clock, {"lab": profile("lab", url)}, [ref], timeouts=limits)
        run = await stack.enter_async_context(one)
        begun = time.monotonic()
        await run.advance(1)
        milliseconds = (time.monotonic() - begun) * 1000
        assert told(run, ref).condition == "syncing"
        assert run.longest < limits.connect / 2
    if broken == "lost":
        with socket.socket(socket.AF_INET6) as caller:
            broken = "lost" if gets_lost(caller, "100::1", 9) else "no route"
    figure(f"broken IPv6 ({broken}) costs {milliseconds:.0f} ms")


@pytest.mark.fault("R18")
@pytest.mark.parametrize("is_secure", [False, True], ids=["from http", "from https"])
async def test_nothing_follows_a_redirect(
    is_secure: bool, stepped_clock: SteppedClock, figure: Callable[[str], None]
) -> None:
    """Every kind of redirect, to another host and from https to http: the second server sees nobody."""
    statuses = (300, 301, 302, 303, 305, 307, 308)
    (ref,) = refs(1, "lab")
    async with serving(chaos.good) as elsewhere:
        left = list(statuses)

        async def redirect(exchange: chaos.Exchange) -> None:
            where = f"Location: {elsewhere.url}/v2/p/sync-tasks/t"
            await exchange.send(chaos.response(left.pop(0), b"", where, f"Refresh: 0; url={elsewhere.url}"))

        async with serving(redirect, "good" if is_secure else None) as server:
            profiles = {"lab": profile("lab", server.url)}
            async with asking(stepped_clock, profiles, [ref], timeouts=LIMITS, tls=trusting) as run:
                while len(run.samples(ref)) < len(statuses):
                    await run.advance(30)
                problems = [sample.problem for sample in run.samples(ref)]
    assert left == []
    assert [problem.status for problem in problems if isinstance(problem, Problem)] == list(statuses)
    assert {problem.kind.value for problem in problems if problem is not None} == {"endpoint"}
    assert (elsewhere.connections, elsewhere.heads) == (0, [])
    figure("0 requests at the second server")
