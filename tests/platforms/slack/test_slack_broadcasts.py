"""A broadcast in a Slack channel: what was typed calls nobody, it changes in place, and its thread is people's own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from scheduler.broadcasts import Broadcasts
from tests.conftest import Cast, StandingClock
from tests.platforms.slack.conftest import Workspace
from tests.platforms.slack.test_slack_threads import CHANNEL, sent
from tests.servers.slack import BOT_USER
from tests.servers.slack_chat import shown

LOUD = "**Now** <!everyone> <!channel> <!here> <!subteam^S1> <@U0ASKER> @channel @everyone"
_MARKS = re.compile(r"<[!@#]")


async def goes_out(workspace: Workspace, clock: StandingClock) -> None:
    clock.forward(timedelta(minutes=2))
    await Broadcasts(workspace.app.database, workspace.app.clock, workspace.app.settings.zone).tick()
    await workspace.app.outbox.sweep()
    assert not workspace.server.problems


def marked(message: dict[str, Any]) -> list[str]:
    """Every text of a message that Slack reads marks in."""
    found = [message["text"]]
    stack: list[Any] = [message["blocks"]]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            found += [part["text"]] if part.get("type") == "mrkdwn" else []
            # These call people in rich text.
            assert part.get("type") not in ("broadcast", "user", "usergroup", "channel"), part
            stack += part.values()
        elif isinstance(part, list):
            stack += part
    return found


async def test_marks_in_it_call_nobody_and_it_is_corrected_and_withdrawn_in_place(
    workspace: Workspace, cast: Cast, clock: StandingClock
) -> None:
    lead = workspace.person(cast.lead, "U0LEAD")
    text = f"<@{BOT_USER}> name this channel community"
    await sent(workspace, "app_mention", {"user": "U0LEAD", "text": text})
    await lead.says("new broadcast")
    await lead.fills(title="<!channel> *Drop-in*", body=LOUD)
    await lead.clicks("Change the audience")
    await lead.fills(who="nobody", channels="1")
    await lead.clicks("Send it")
    await lead.clicks("Send to 1 channel")
    await goes_out(workspace, clock)
    post = workspace.server.channels[CHANNEL].messages[-1]
    assert "<!everyone> <!channel> <!here> <!subteam^S1> <@U0ASKER> @channel @everyone" in shown(post).text
    assert not any(_MARKS.search(each) for each in marked(post))
    assert not post.get("link_names")
    assert post.get("parse", "none") == "none"

    # Colleagues talk under it: nothing of that is for Covenant.
    before = len(workspace.server.channels[CHANNEL].messages)
    event = {"user": "U0LEAD", "thread_ts": post["ts"], "text": "See you there"}
    await sent(workspace, "message_thread", event)
    assert len(workspace.server.channels[CHANNEL].messages) == before

    await lead.says("broadcast 1")
    await lead.clicks("Correct it")
    await lead.fills(body="Come on Tuesday. <!here>")
    await goes_out(workspace, clock)
    corrected = workspace.server.channels[CHANNEL].find(post["ts"])
    assert corrected is not None
    assert "Come on Tuesday. <!here>" in shown(corrected).text
    assert not any(_MARKS.search(each) for each in marked(corrected))
    await lead.clicks("Withdraw it")
    await goes_out(workspace, clock)
    withdrawn = workspace.server.channels[CHANNEL].find(post["ts"])
    assert withdrawn is not None
    assert "was withdrawn" in shown(withdrawn).text
    assert len(workspace.server.channels[CHANNEL].messages) == before
