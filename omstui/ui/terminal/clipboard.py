"""The clipboard, through tmux and screen too."""

from base64 import b64encode

_MOST = 760
"""Characters of one piece with its frame: GNU screen cuts a string off at 768."""

_DCS, _ST = "\x1bP", "\x1b\\"


def passed_through(sequence: str, multiplexer: str) -> str:
    """Return the sequence as it has to be written so that the outer terminal gets it.

    Args:
        sequence: ended by BEL, since the string terminator would end the frame as well.
        multiplexer: ``tmux``, which wants each escape doubled and `allow-passthrough`; ``screen``, which takes pieces
            and puts them together by handing them on one after the other; else empty.
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
"""What fits into the 100,000 characters that many terminals take; some take less, few take more."""


def clipboard_sequence(text: str, multiplexer: str) -> str:
    """Return the characters that make a terminal put the text into its clipboard.

    Args:
        text: any text; it goes as base64, so that nothing of it can be taken for a command.
        multiplexer: ``tmux`` or ``screen`` when one stands between; else empty.
    """
    sequence = f"\x1b]52;c;{b64encode(text.encode('utf-8', 'replace')).decode('ascii')}\x07"
    wrapped = passed_through(sequence, multiplexer)
    # tmux takes it itself with set-clipboard on, and hands it on with allow-passthrough on: people have one of them.
    return sequence + wrapped if multiplexer == "tmux" else wrapped


def copied_words(what: str, text: str, multiplexer: str | None) -> str:
    """Say what was copied, and what may have come in between: nobody hears whether the terminal took it.

    Args:
        what: names the text: ``the id``.
        text: what was copied.
        multiplexer: as for `clipboard_sequence`; ``None`` for a terminal that has no clipboard.
    """
    if multiplexer is None:
        return "This terminal has no clipboard: Y, then v shows the text"
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        return f"Sent {what}, {size:,} bytes: many terminals take 74,994 at most; Y, then v shows the text"
    asked = {"tmux": ", where tmux has set-clipboard or allow-passthrough on"}.get(multiplexer, "")
    return f"Copied {what}{asked or ', where the terminal allows it'}"
