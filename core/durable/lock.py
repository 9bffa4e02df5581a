"""**I/O edge.** One process at a time runs the turns of a SQLite file: a lock beside it says which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import InUse, StoreError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock of a database file. Raises `InUse` at once where another process holds it."""
    if not path.parent.is_dir():
        yield  # whoever opens the database says so
        return
    lock = FileLock(f"{path}.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise InUse(
            f"Another orchestrator is running on the database {path}. Stop it first, "
            "or name another file in ORCHESTRATOR_DATABASE_URL."
        ) from error
    except OSError as error:
        raise StoreError(
            f"The lock {path}.lock cannot be made: {error.strerror}. Give this user the right to write there."
        ) from error
    try:
        yield
    finally:
        lock.release()
