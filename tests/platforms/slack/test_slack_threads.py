"""In Slack, an expert answers in the thread of the channel, and words in a thread of a direct message come through."""

from __future__ import annotations

from typing import Any

from storage.experts import ExpertState
from tests.conftest import Cast
from tests.platforms.slack.conftest import Workspace
from tests.servers.slack import BOT_USER
from tests.servers.slack_chat import SlackChat, payload, shown

CHANNEL = "C0CONTRACTS"
BOND = "Who keeps the bond?"


async def sent(workspace: Workspace, name: str, event: dict[str, Any]) -> None:
    status, answer = await workspace.slack.post(payload(name, {"event_id": f"Ev{event}", "event": event}))
    assert status == 200, answer
    await workspace.app.outbox.idle()
    await workspace.platform.idle()
    assert not workspace.server.problems


async def asked_in_the_channel(workspace: Workspace, cast: Cast) -> tuple[SlackChat, SlackChat, str]:
    """A question waits in the Community's channel; the asker, an expert and the post's own time."""
    workspace.person(cast.lead, "U0LEAD")
    asker = workspace.person(cast.manager, "U0ASKER")
    expert = workspace.person(cast.other_manager, "U0EXPERT")
    await sent(
        workspace,
        "app_mention",
        {"user": "U0LEAD", "text": f"<@{BOT_USER}> use this channel for the community"},
    )
    await asker.says("ask an expert")
    await asker.fills(question=BOND)
    post = workspace.server.channels[CHANNEL].messages[-1]
    assert BOND in shown(post).text
    assert "reply in this thread" in shown(post).text
    return asker, expert, post["ts"]


async def test_an_expert_answers_in_the_thread_and_the_askers_reply_comes_back_there(
    workspace: Workspace, cast: Cast
) -> None:
    asker, _, post = await asked_in_the_channel(workspace, cast)
    in_thread = {"user": "U0EXPERT", "thread_ts": post}
    await sent(workspace, "message_thread", in_thread | {"text": "<@U0LEAD> do you know?"})
    assert "do you know" not in (await asker.screen())[-1].text
    await sent(workspace, "message_thread", in_thread | {"text": "Legal &amp; Finance keep it. <!here>"})
    answer = (await asker.screen())[-1]
    assert "has answered your question" in answer.text
    assert "Legal & Finance keep it. @here" in answer.text
    confirmed = workspace.server.channels[CHANNEL].messages[-1]
    assert confirmed["thread_ts"] == post
    assert "Request 1 is answered" in shown(confirmed).text

    await asker.clicks("Reply to request 1")
    await asker.fills(words="Both of them? <!channel>")
    back = workspace.server.channels[CHANNEL].messages[-1]
    assert back["thread_ts"] == post
    assert "Both of them? <!channel>" in shown(back).text
    assert "<!" not in str(back["text"])
    await sent(workspace, "message_thread", in_thread | {"text": "Legal first."})
    assert "Legal first." in (await asker.screen())[-1].text
    async with workspace.app.database.reading() as store:
        (request,) = await store.experts.in_state(ExpertState.ANSWERED)
    assert request.answer == "Legal & Finance keep it. @here\n\nLegal first."


async def test_words_under_a_direct_message_about_a_request_are_sent_on(
    workspace: Workspace, cast: Cast
) -> None:
    lead, asker = workspace.person(cast.lead, "U0LEAD"), workspace.person(cast.manager, "U0ASKER")
    await lead.says("help")
    await asker.says("ask an expert")
    await asker.fills(question=BOND)
    arrived = workspace.server.channels[lead.channel].messages[-1]
    under = {"user": "U0LEAD", "channel": lead.channel, "thread_ts": arrived["ts"]}
    await sent(workspace, "message_im", under | {"text": "Legal keeps it."})
    assert "Legal keeps it." in (await asker.screen())[-1].text
    answer = workspace.server.channels[asker.channel].messages[-1]
    under = {"user": "U0ASKER", "channel": asker.channel, "thread_ts": answer["ts"]}
    await sent(workspace, "message_im", under | {"text": "Since when?"})
    assert "Since when?" in (await lead.screen())[-1].text
    # A command is one also there.
    await sent(workspace, "message_im", under | {"text": "close request 1"})
    assert "Request 1 is closed" in (await asker.screen())[-1].text


async def test_a_thread_under_another_message_of_ours_in_the_channel_is_left_alone(
    workspace: Workspace, cast: Cast
) -> None:
    await asked_in_the_channel(workspace, cast)
    first = workspace.server.channels[CHANNEL].messages[0]
    before = len(workspace.server.channels[CHANNEL].messages)
    event = {"user": "U0EXPERT", "thread_ts": first["ts"], "text": "Good to know"}
    await sent(workspace, "message_thread", event)
    assert len(workspace.server.channels[CHANNEL].messages) == before
