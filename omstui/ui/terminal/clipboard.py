"""The terminal's clipboard, also through tmux and screen."""

from base64 import b64encode

_MOST = 760
"""Most characters of one piece with its frame: GNU screen cuts a string at 768."""

_DCS, _ST = "\x1bP", "\x1b\\"


def passed_through(sequence: str, multiplexer: str) -> str:
    """Return the sequence in the form that reaches the outer terminal.

    Args:
        sequence: ends with BEL, since the string terminator would also end the frame.
        multiplexer: ``tmux``, which needs each escape doubled and `allow-passthrough`; ``screen``, which passes pieces
            on one after the other, so that they form the sequence again; else empty.
    """
    match multiplexer:
        case "tmux":
            doubled = sequence.replace("\x1b", "\x1b\x1b")
            return f"{_DCS}tmux;{doubled}{_ST}"
        case "screen":
            room = _MOST - len(_DCS) - len(_ST)
            pieces = (sequence[at : at + room] for at in range(0, len(sequence), room))
            return "".join(f"{_DCS}{piece}{_ST}" for piece in pieces)
        case _:
            return sequence


MOST_BYTES = 74_994
"""Bytes that fit into the 100,000 characters that many terminals accept; some accept less, few more."""


def clipboard_sequence(text: str, multiplexer: str) -> str:
    """Return the sequence that makes a terminal put the text into its clipboard.

    Args:
        text: any text; sent as base64, so that no part of it can be taken for a command.
        multiplexer: ``tmux`` or ``screen`` when one is in between; else empty.
    """
    sequence = f"\x1b]52;c;{b64encode(text.encode('utf-8', 'replace')).decode('ascii')}\x07"
    wrapped = passed_through(sequence, multiplexer)
    # tmux takes it with `set-clipboard on`, and passes it on with `allow-passthrough on`: users have one of them.
    return sequence + wrapped if multiplexer == "tmux" else wrapped


def copied_words(what: str, text: str, multiplexer: str | None) -> str:
    """Return a sentence about what was copied, and what may have prevented it: the terminal sends no answer.

    Args:
        what: names the text: ``the id``.
        text: the copied text.
        multiplexer: as for `clipboard_sequence`; ``None`` for a terminal without a clipboard.
    """
    if multiplexer is None:
        return "This terminal has no clipboard: Y, then v shows the text"
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        return f"Sent {what}, {size:,} bytes: many terminals take 74,994 at most; Y, then v shows the text"
    asked = {"tmux": ", where tmux has set-clipboard or allow-passthrough on"}.get(multiplexer, "")
    return f"Copied {what}{asked or ', where the terminal allows it'}"
