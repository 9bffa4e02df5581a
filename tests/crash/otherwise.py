"""**I/O edge.** The app with another pipeline: as after an update that added a stage, or renamed one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from bot.app import Patience, open_customgpt
from core.config import Settings
from core.customgpt.agents import CustomGPTAgents
from core.durable.lock import exclusive
from core.durable.turns import DurableTurns, Wiring, open_turns
from core.pipeline import Pipeline
from core.ports import Surface
from core.sqlite import path_in
from core.stages import STAGES
from core.stages.stage import Stage
from core.store import open_store
from core.text.redact import Redactor


def stages_named(names: Sequence[str]) -> tuple[Stage, ...]:
    """Ours by their names; `name=ours` is one of ours under another name, asked of the same agent."""
    ours = {stage.name: stage for stage in STAGES}
    pairs = [name.partition("=") for name in names]
    return tuple(replace(ours[own or name], name=name) for name, _, own in pairs)


@asynccontextmanager
async def open_otherwise(
    settings: Settings, surfaces: Mapping[str, Surface], names: Sequence[str], *, patience: Patience
) -> AsyncIterator[DurableTurns]:
    """As `bot.app.open_app`, with the stages of these names."""
    stages, path = stages_named(names), path_in(settings.orchestrator_database_url)
    projects = {stage.name: getattr(settings, stage.setting.lower()) for stage in stages}
    async with AsyncExitStack() as stack:
        stack.enter_context(exclusive(path))
        store = await stack.enter_async_context(open_store(settings.orchestrator_database_url))
        client = await stack.enter_async_context(open_customgpt(settings, patience))
        agents = CustomGPTAgents(
            client, projects=projects, sessions=store, retry=patience.retry, reentered=lambda q: q.reentered
        )
        stack.push_async_callback(agents.aclose)
        pipeline = Pipeline(
            stages=stages,
            agents=agents,
            redact=Redactor(settings.secrets),
            prompt_limit=settings.customgpt_prompt_limit,
            on_reject=settings.orchestrator_on_reject,
        )
        wiring = Wiring(store=store, pipeline=pipeline, surfaces=surfaces, interval=0.05, poll=0.05)
        yield await stack.enter_async_context(open_turns(wiring, path))
