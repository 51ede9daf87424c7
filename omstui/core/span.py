"""A span of time as people write it: ``90``, ``60s``, ``1.5h``."""

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
"""In one of each unit."""


def span_seconds(text: str, units: str, *, bare: str = "") -> float:
    """Read a number with a unit as seconds; it may be negative, infinite or no number at all, as `float` reads it.

    Args:
        text: the number with its unit.
        units: those that are possible, of `SECONDS`.
        bare: the unit of a number without one; empty where each needs its own.

    Raises:
        ValueError: it is nothing of the kind.
    """
    has_unit = text.endswith(tuple(units))
    if not (has_unit or bare):
        raise ValueError(f"{text[:40]!r} has no unit")
    number, unit = (text[:-1], text[-1:]) if has_unit else (text, bare)
    return float(number) * SECONDS[unit]
