"""**I/O edge.** The engine: DBOS, set up so that its measured pitfalls are answered.

- Its executor and version names are ours: by default it resumes nobody's turns after a deploy, or everybody's.
- SQLite gets WAL, a busy timeout and BEGIN IMMEDIATE: it would be left in the DELETE journal otherwise.
- Values are kept as JSON: unpickling runs whatever a row says.
- A workflow may be recovered any number of times: we count ourselves, or its dead letters would block a thread.
- Threads are bounded, and it is launched inside the running loop, so that steps share the loop's clients and locks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from core.durable.codec import Result, from_json, to_json
from core.sqlite import LOCK_TIMEOUT, sync_engine_on

P = ParamSpec("P")
T = TypeVar("T")

EXECUTOR = "embedded"
THREADS = 16
WORKFLOW = "turn"
UNFINISHED = ("PENDING", "ENQUEUED")


class Engine:
    """One workflow, `turn`, given by the id of the turn; there can be one engine in a process at a time.

    `poll`: seconds between two looks of its threads, and so the time that closing may take.
    """

    def __init__(self, path: Path, *, version: str, poll: float) -> None:
        self._path = path
        self._version = version
        self._config: DBOSConfig = {
            "name": "orchestrator",
            "system_database_url": f"sqlite:///{path}",
            "system_database_engine": sync_engine_on(path, LOCK_TIMEOUT),
            "executor_id": EXECUTOR,
            "application_version": version,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": THREADS,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": poll,
        }
        self._workflow: Callable[[str], Coroutine[Any, Any, None]] | None = None

    async def launch(self, work: Callable[[str], Coroutine[Any, Any, None]]) -> None:
        """Begin, and resume what was under way. `work` is given the workflow's id."""
        DBOS(config=self._config)

        async def turn(workflow_id: str) -> None:
            await work(workflow_id)

        self._workflow = DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(turn)
        DBOS.launch()

    async def start(self, workflow_id: str) -> None:
        """Start a workflow; one that there is already goes on as it is."""
        assert self._workflow is not None
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(self._workflow, workflow_id)

    async def known(self, workflow_ids: Sequence[str]) -> dict[str, bool]:
        """Of the workflows that the engine was ever given: will it still bring this one to its end?"""
        if not workflow_ids:
            return {}
        found = await DBOS.list_workflows_async(workflow_ids=list(workflow_ids), load_input=False, load_output=False)
        return {
            status.workflow_id: status.status in UNFINISHED and status.app_version == self._version for status in found
        }

    async def forget(self, workflow_ids: Sequence[str]) -> None:
        """Delete finished workflows; those that are not there are no matter."""
        await DBOS.delete_workflows_async(list(workflow_ids))

    async def close(self) -> None:
        """End it where it stands: what is not finished is resumed by the next process. In a thread: it blocks.

        It takes the loop's threads down with it, so the loop gets new ones. It would warn of each task that is left.
        """
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0, destroy_registry=True)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())


def step(name: str, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, T]:
    """A checkpoint of the running workflow (fills `core.ports.Step`).

    Its number is drawn when it is called, not when it is awaited: what runs beside something else keeps its place.
    """
    reserved = DBOS.reserve_step()

    async def kept() -> Any:
        return to_json(cast(Result, await call(*args, **kwargs)))

    async def result() -> T:
        return cast(T, from_json(await reserved.run_async({"name": name}, kept)))

    return result()
