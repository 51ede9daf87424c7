"""Hands a control sequence through a terminal multiplexer, to the terminal that it runs in."""

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
