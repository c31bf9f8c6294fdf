"""A broadcast survives 429s, failures, lost answers, a kill -9 and a restart: its figures add up exactly."""

from __future__ import annotations

import pytest

from storage.database import Database
from storage.deliveries import DeliveryState
from tests.scheduler.big_broadcast import send_to

MORE_PEOPLE = 120


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_everybody_gets_one_copy_and_the_figures_add_up(
    database: Database, database_url: str, platform: str
) -> None:
    outcome = await send_to(MORE_PEOPLE, database, database_url, platform)
    figures = outcome.figures
    assert figures.audience == outcome.people > MORE_PEOPLE
    assert set(figures.states) <= {DeliveryState.SENT, DeliveryState.FAILED}
    assert figures.audience == figures.sent + sum(figures.failed.values()) + figures.not_reached
    assert figures.sent == len(outcome.copies)
    assert figures.not_reached > 0
    assert sum(figures.failed.values()) > 0
    twice = sum(outcome.copies.values()) - len(outcome.copies)
    if platform == "slack":
        assert twice == 0
    else:
        # Teams can't say whether it has what was on its way at the kill: nothing is lost, and what may be
        # there twice is counted.
        assert twice <= outcome.doubtful
