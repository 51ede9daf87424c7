"""The faults that omstui survives: what is done to it, with which real part, and what must come of it."""

from dataclasses import dataclass
from pathlib import Path

SEEN = Path(__file__).parent / "seen.json"
"""What the rows reported when `python -m tests.faults --save` was last run."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; its last column is filled by the tests marked with its number."""

    number: str
    fault: str
    injected_by: str
    expected: str


ROWS = (
    Row("R1", "ssh client killed", "real sshd, SIGKILL to the client", "gone in 5 s, unmounted, exit 129"),
    Row("R2", "the same with SIGHUP ignored", 'real sshd, `trap "" HUP`', "as R1, and nothing spins"),
    Row(
        "R3",
        "terminal does not read",
        "real sshd, SIGSTOP to the client",
        "memory stays, fresh soon after, no row failed",
    ),
    Row("R4", "SIGTERM meanwhile", "as R3, SIGTERM", "gone in 3 s"),
    Row("R5", "no terminal, `TERM=dumb`, stdin at its end", "pipes, `</dev/null`", "one sentence, exit 2, in 1 s"),
    Row("R6", "SIGTERM, SIGHUP, SIGINT, crash", "real pty", "the terminal's modes as before"),
    Row(
        "R7",
        "crash with a token in hand",
        "transport of the real client, widget, timer, worker, handler",
        "no 12-character piece of it anywhere",
    ),
    Row("R8", "suspended", "SIGSTOP for 90 s; stepped clock for days", "no false condition, ages right"),
    Row("R9", "1×1 to 500×300, 200 resizes", "TIOCSWINSZ", "the last picture equals a fresh start's"),
    Row("R10", "detach, attach", "real tmux, real screen", "lives on, CPU unchanged"),
    Row("R11", "C locale, latin-1", "environment", "no `\\u2500` written out"),
    Row("R12", "no D-Bus", "empty environment", "in memory only, first paint not delayed"),
    Row(
        "R13",
        "keyring locked, prompting, mute",
        "real gnome-keyring, mute service on a private bus",
        "told in 5 s, usable, exits in 1 s",
    ),
    Row("R14", "keyring dies, bus dies", "real gnome-keyring, killed", "16,384 characters exact, screen unaffected"),
    Row(
        "R15",
        "null, plaintext, raising backends",
        "keyring backends of the tests, named by a person or found by the library",
        "refused by name, nothing written; a good one that a person named is used",
    ),
    Row("R16", "every HTTP fault", "misbehaving loopback server", "the right condition, the right next time"),
    Row("R17", "drip, bomb, 1 GB, endless", "misbehaving loopback server", "stopped at the deadline, memory stays"),
    Row("R18", "redirect elsewhere, and to http", "two loopback servers", "the second sees nothing"),
    Row("R19", "5,000 random cancellations", "misbehaving loopback server", "every task answers, few sockets"),
    Row("R20", "storms of 429 and 503", "misbehaving server, stepped clock", "never asked before the time, spread"),
    Row("R21", "hostile text in every field", "loopback server, real pty", "no byte on the terminal but ours"),
    Row("R22", "the same, generated", "hypothesis", "tame, idempotent; the decoder raises only its own error"),
    Row("R23", "kill −9 at random, two instances", "processes", "nothing acknowledged is lost"),
    Row(
        "R24",
        "the n-th file operation fails",
        "failing layer under the files; a full tmpfs",
        "the old state stays, one message",
    ),
    Row(
        "R25", "corrupt, empty, newer, linked files, umask 0", "real files", "last good kept, line named, 0600 and 0700"
    ),
    Row("R26", "weeks", "demo service at speed", "memory, descriptors, threads flat"),
    Row("R27", "idle at 120×34", "real pty", "at most 1 % CPU, or 2.5 × a bare clock's beside it, and 300 B/s"),
    Row(
        "R28",
        "token pasted with breaks, quotes, CRLF",
        "real pty, bracketed paste",
        "whole, or refused with its length",
    ),
    Row("R29", "slow server, keys hammered", "loopback server, real pty", "keys answer at once"),
    Row("R30", "mutants of `core`, `wire`, `polling` and `auth`", "mutmut", "at least 90 % killed"),
    Row(
        "R31",
        "a clock that is days wrong, a copy of the service that lags behind",
        "stepped clock, pretend service",
        "no month closed, no alarm; what was closed wrongly is mended",
    ),
    Row(
        "R32",
        "a 401 that passes, and one that stays",
        "pretend service, a week by the stepped clock",
        "tried again slowly, one request a profile; a password never",
    ),
    Row("R33", "an upgrade under a running screen", "its files replaced, then removed", "every key works, or says why"),
    Row("R34", "a pipe or a device for a file", "mkfifo, /dev/zero", "named at once, nothing waited for"),
    Row(
        "R35",
        "signals, stop and `fg` while a secret is asked for",
        "real pty, real bash and zsh",
        "modes as before, nothing of the secret shown",
    ),
    Row("R36", "killed with a core limit of any size", "SIGABRT, `ulimit -c unlimited`", "no core file"),
    Row("R37", "no free file descriptor", "prlimit, `ulimit -n`", "says so; a running screen lives"),
)
