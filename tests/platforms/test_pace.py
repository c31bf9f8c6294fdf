"""Whatever is asked for and whenever, no platform gets more than it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.platforms.pace import LONGEST_WAIT, Limits, Pace
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
        wait = pace.take(place, LONGEST_WAIT, method)
        if wait <= LONGEST_WAIT:
            let_through.append((place, method, now + wait))
    assert_windows([each[2] for each in let_through], limits.tenant)
    for place in ("a", "b", "c"):
        moments = [each[2] for each in let_through if each[0] == place]
        assert moments == sorted(moments), "messages of one conversation do not overtake each other"
        assert_windows(moments, limits.place)
    for method, windows in limits.methods.items():
        assert_windows([each[2] for each in let_through if each[1] == method], windows)
