"""A quarter of a minute of load while things go wrong: nothing lost, nothing doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.soaking.findings import Fate
from scripts.soaking.plan import Orders, Trouble
from scripts.soaking.soak import soak


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_nothing_is_lost_and_nothing_doubled_in_a_quarter_of_a_minute(tmp_path: Path) -> None:
    report = await soak(Orders(minutes=0.25, ask_every=1.0), tmp_path)

    assert report.clean, report.as_json()["bad"]
    assert report.fates[Fate.ANSWERED] > len(report.asked) / 2
    assert report.troubles[Trouble.KILL] == 2
    assert report.troubles[Trouble.STORM] == 1
