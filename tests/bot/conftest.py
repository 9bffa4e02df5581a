from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from core.stages import STAGES
from sandbox.customgpt import CustomGPTStandIn
from tests.bot.shell import Shell


@pytest.fixture
async def stand_in() -> AsyncIterator[CustomGPTStandIn]:
    async with CustomGPTStandIn() as server:
        yield server


@pytest.fixture
def shell(stand_in: CustomGPTStandIn, tmp_path: Path) -> Shell:
    ids = {stage.setting: str(stand_in.agents[stage.name]) for stage in STAGES}
    return Shell(tmp_path, {"CUSTOMGPT_API_KEY": stand_in.key, "CUSTOMGPT_BASE_URL": stand_in.url, **ids})


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that everybody may enter."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    made.chmod(0o755)
    shutil.rmtree(made)
