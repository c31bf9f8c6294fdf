"""Whatever is asked for and whenever, no platform gets more than it takes."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.platforms.pace import Limits, MustWait, Pace, Turnstile
from bot.platforms.slack.pace import limits as slack_limits
from bot.platforms.slack.settings import SlackSettings
from bot.platforms.teams.pace import LIMITS as TEAMS
from tests.platforms.noted import assert_windows

SLACK = slack_limits(SlackSettings(SecretStr(""), SecretStr("")))
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from(["chat.postMessage", "chat.update", None]),
        st.floats(0, 3),
    ),
    max_size=150,
)


@pytest.mark.parametrize("limits", [SLACK, TEAMS], ids=["Slack", "Teams"])
@given(requests=REQUESTS)
def test_no_window_ever_holds_too_many(
    limits: Limits, requests: list[tuple[str | None, str | None, float]]
) -> None:
    now = 0.0
    pace = Pace(limits, lambda: now)
    let_through: list[tuple[str | None, str | None, float]] = []
    for place, method, passed in requests:
        # Most come in bursts.
        now += passed if passed > 2 else 0.0
        with suppress(MustWait):
            let_through.append((place, method, pace.take(place, method)))
    assert_windows([each[2] for each in let_through], limits.tenant)
    for place in ("a", "b", "c"):
        moments = [each[2] for each in let_through if each[0] == place]
        assert moments == sorted(moments), "messages of one conversation do not overtake each other"
        assert_windows(moments, limits.place)
    for method, windows in limits.methods.items():
        assert_windows([each[2] for each in let_through if each[1] == method], windows)


class HeldUp:
    """A clock of a process that is held up now and then: everybody who sleeps then wakes late, and at once."""

    def __init__(self, chance: random.Random) -> None:
        self.time = 0.0
        self._chance = chance
        self._sleeping: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleeping.append((self.time + seconds, woken))
        await woken.wait()

    async def goes_on_while(self, waiting: set[asyncio.Task[None]]) -> None:
        while not all(each.done() for each in waiting):
            for _ in range(3):
                await asyncio.sleep(0)
            if not self._sleeping:
                continue
            self.time = max(self.time, min(until for until, _ in self._sleeping))
            self.time += self._chance.choice([0.001] * 30 + [0.03, 0.05, 0.3, 0.9])
            for each in [each for each in self._sleeping if each[0] <= self.time]:
                each[1].set()
                self._sleeping.remove(each)


@pytest.mark.parametrize("seed", range(5))
async def test_a_process_that_is_held_up_sends_no_clumps(seed: int) -> None:
    clock = HeldUp(random.Random(seed))  # noqa: S311  # a bad day that can be told again, no secret
    turnstile = Turnstile(Pace(TEAMS, clock.now), clock.sleep)
    gone: list[float] = []

    async def send(place: str) -> None:
        with suppress(MustWait):
            await turnstile.wait(place)
            gone.append(clock.now())

    for _ in range(6):
        waiting = {asyncio.create_task(send(f"c{number}")) for number in range(60)}
        await clock.goes_on_while(waiting)
    assert len(gone) > 250
    assert_windows(gone, TEAMS.tenant)
