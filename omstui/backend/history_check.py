"""Looks whether the history can be used, without changing it."""

from pathlib import Path

from omstui.backend.history_schema import APPLICATION, MIGRATIONS

_PATIENCE = 1.0


def history_complaint(path: Path) -> str | None:
    """Say in words what is wrong with the file; ``None`` when nothing is, or there is none yet.

    A file that another instance is writing to is waited for, for a second.
    """
    import sqlite3  # the other commands do without

    if not path.exists():
        return None
    if not path.is_file():
        return "is not a file"
    if not path.stat().st_size:
        return None
    try:
        # Not read-only: what a crash has left half done is put right by whoever opens the file.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_PATIENCE)
    except sqlite3.Error:
        return "cannot be opened"
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if application != APPLICATION:
            return "is another program's database"
        if version > len(MIGRATIONS):
            return f"was written by a newer omstui (its version is {version}, not {len(MIGRATIONS)})"
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        return "is locked by another program" if "locked" in str(error) else "cannot be read"
    except sqlite3.DatabaseError:
        return "is damaged"
    finally:
        connection.close()
    return None if said == "ok" else "is damaged"
