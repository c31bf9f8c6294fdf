"""A whole year of reminders on PostgreSQL, with two replicas that restart, held against a plain count."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from storage.contracts import Contract
from storage.database import Database
from tests.scheduler.year import World, compare, live_through, some_moments, year_of


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_year_of_reminders_misses_nothing_and_repeats_nothing(database: Database) -> None:
    """A fifth of the sample's contracts, looked at less often; `make year` has them all at every hour."""
    async with database.store() as store:
        kept = [each.reference for each in (await store.contracts.all())[4::5]]
        await store.session.execute(delete(Contract).where(Contract.reference.not_in(kept)))
    world = await World.prepare(database)
    year = year_of(world, some_moments)
    await compare(world, year, await live_through(world, year))
