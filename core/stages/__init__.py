"""**Pure.** The pipeline as data: the stages in their order. A fifth agent is one new file here and its line below."""

from __future__ import annotations

from core.stages import build, plan, research, review
from core.stages.stage import Stage

STAGES: tuple[Stage, ...] = (
    research.STAGE,
    plan.STAGE,
    build.STAGE,
    review.STAGE,
)

TITLES: dict[str, str] = {stage.name: stage.title for stage in STAGES}
