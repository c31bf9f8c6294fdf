"""Conversations in Slack from end to end: signed requests in, Web API calls out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage.experts import ExpertState
from storage.suggestions import SuggestionKind
from tests.conftest import Cast
from tests.platforms.slack.conftest import Workspace
from tests.servers.slack import BOT_USER, Failure
from tests.servers.slack_chat import payload, shown

BUST = "our contractor has gone bust what now"
CHANNEL = "C0CONTRACTS"


async def sent(workspace: Workspace, name: str, changes: dict[str, Any] | None = None) -> Any:
    """Send a payload and wait for everything that follows; what Slack is answered."""
    status, answer = await workspace.slack.post(payload(name, changes))
    assert status == 200, answer
    await workspace.app.outbox.idle()
    await workspace.platform.idle()
    assert not workspace.server.problems
    return answer


async def test_a_direct_message_is_answered(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    (answer,) = await manager.says(BUST)
    assert "insolven" in answer.text.lower()
    assert answer.buttons
    assert await manager.says("1")


async def test_a_mention_is_answered_in_its_thread_and_a_follow_up_needs_none(
    workspace: Workspace, cast: Cast
) -> None:
    workspace.person(cast.manager)
    mention = payload("app_mention")["event"]
    await sent(workspace, "app_mention", {"event": {"text": f"<@{BOT_USER}> {BUST}"}})
    (answer,) = workspace.server.channels[CHANNEL].messages
    assert answer["thread_ts"] == mention["ts"]
    assert "insolven" in shown(answer).text.lower()
    await sent(workspace, "message_thread")
    _, follow_up = workspace.server.channels[CHANNEL].messages
    assert follow_up["thread_ts"] == mention["ts"]


@pytest.mark.parametrize(
    "event",
    [
        {"thread_ts": "1795500000.000100"},
        {"text": "<@U0OTHER> what do you think?"},
        {"text": f"<@{BOT_USER}> this one comes as a mention of its own"},
        {"thread_ts": None},
    ],
    ids=["another thread", "to somebody else", "a mention", "no thread"],
)
async def test_what_is_not_for_covenant_is_left_alone(
    workspace: Workspace, cast: Cast, event: dict[str, Any]
) -> None:
    workspace.person(cast.manager)
    await sent(workspace, "app_mention", {"event": {"text": f"<@{BOT_USER}> {BUST}"}})
    await sent(workspace, "message_thread", {"event": event})
    assert len(workspace.server.channels[CHANNEL].messages) == 1


@pytest.mark.parametrize(
    "name", ["message_changed", "message_deleted", "message_bot", "message_own", "view_closed"]
)
async def test_edits_deletions_and_bots_are_ignored(workspace: Workspace, cast: Cast, name: str) -> None:
    workspace.person(cast.manager)
    await sent(workspace, name)
    assert not workspace.server.called("chat.postMessage")


async def test_a_message_from_another_organisation_in_a_shared_channel_is_ignored(
    workspace: Workspace,
) -> None:
    await sent(workspace, "app_mention", {"event": {"user_team": "T0OTHER"}})
    assert not workspace.server.called("chat.postMessage")


async def test_a_repeated_event_changes_nothing(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    for _ in range(3):
        await sent(workspace, "message_im", {"event": {"text": BUST}})
    assert len(await manager.screen()) == 1


async def test_the_same_event_twice_at_once_is_answered_once(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    await asyncio.gather(*(sent(workspace, "message_im") for _ in range(4)))
    assert len(await manager.screen()) == 1


async def test_the_slash_command_is_answered_in_the_direct_conversation(
    workspace: Workspace, cast: Cast
) -> None:
    manager = workspace.person(cast.manager)
    answer = await sent(workspace, "slash_command", {"text": BUST})
    assert answer["response_type"] == "ephemeral"
    assert "direct messages" in answer["text"]
    (reply,) = await manager.screen()
    assert "insolven" in reply.text.lower()
    assert not workspace.server.channels[CHANNEL].messages


async def test_an_empty_slash_command_gives_help(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    assert not await sent(workspace, "slash_command", {"text": "", "channel_id": manager.channel})
    assert "Here is what" in workspace.server.channels[manager.channel].messages[0]["text"]


async def test_the_slash_command_opens_a_form_at_once(workspace: Workspace, cast: Cast) -> None:
    workspace.person(cast.manager)
    assert not await sent(workspace, "slash_command", {"text": "ask an expert"})
    assert workspace.server.dialogs["101.202.command"]["callback_id"] == "experts.ask"


async def test_the_shortcut_of_a_message_brings_its_words_to_an_expert(
    workspace: Workspace, cast: Cast
) -> None:
    manager = workspace.person(cast.manager)
    await sent(workspace, "message_shortcut")
    manager.sees_dialog("101.202.shortcut")
    assert manager.form is not None
    assert manager.form.values["question"] == "Can a <supplier> raise prices *twice* a year?"
    await manager.fills(question=" ")
    assert manager.form is not None
    assert manager.form.errors == {"question": "Enter your question"}
    (kept,) = await manager.fills(question="Can a supplier raise prices?", context="")
    assert "as request 1" in kept.text
    async with workspace.app.database.reading() as store:
        (request,) = await store.experts.in_state(ExpertState.OPEN)
    assert request.question == "Can a supplier raise prices?"


@pytest.mark.parametrize(
    ("callback", "kind"),
    [("save_exemplar", SuggestionKind.EXEMPLAR), ("add_knowledge", SuggestionKind.KNOWLEDGE)],
)
async def test_the_shortcuts_that_suggest(
    workspace: Workspace, cast: Cast, callback: str, kind: SuggestionKind
) -> None:
    manager = workspace.person(cast.manager)
    await sent(workspace, "message_shortcut", {"callback_id": callback})
    manager.sees_dialog("101.202.shortcut")
    assert manager.form is not None
    assert manager.form.values["kind"] == kind.value
    await manager.fills()
    async with workspace.app.database.reading() as store:
        (kept,) = await store.suggestions.latest()
    assert (kept.kind, kept.text) == (kind, "Can a <supplier> raise prices *twice* a year?")


async def test_the_global_shortcut_opens_an_empty_form(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    await sent(workspace, "global_shortcut")
    manager.sees_dialog("101.202.global")
    assert manager.form is not None
    assert manager.form.values["question"] == ""


async def test_an_unknown_shortcut_is_acknowledged(workspace: Workspace) -> None:
    await sent(workspace, "global_shortcut", {"callback_id": "of_another_version"})
    assert not workspace.server.called("views.open")


async def test_the_home_page_is_shown_and_its_buttons_work(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    await sent(workspace, "app_home_opened")
    home = workspace.server.homes[manager.user_id]
    assert "Your actions" in shown(home).text
    assert not await manager.screen()
    await sent(workspace, "block_actions_home")
    (answer,) = await manager.screen()
    assert "what I can do" in answer.text or "Ask a question" in answer.text


async def test_a_form_in_progress_is_on_the_home_page_and_resumed_from_there(workspace: Workspace) -> None:
    manager = workspace.person("priya.nair@example.gov.uk")
    await manager.says("assess CMA-2031")
    await manager.says("1")
    await manager.says("save for later")
    await sent(workspace, "app_home_opened", {"event": {"user": manager.user_id}})
    home = workspace.server.homes[manager.user_id]
    assert "Assess CMA-2031: 1 of 14 questions answered" in shown(home).text
    rows = [each["elements"] for each in home["blocks"] if each["type"] == "actions"]
    resume = next(each for row in rows for each in row if each["text"]["text"] == "Resume")
    click = payload("block_actions_home")["actions"][0] | resume
    await sent(workspace, "block_actions_home", {"user": {"id": manager.user_id}, "actions": [click]})
    assert "Question 2 of 14" in (await manager.screen())[-1].text
    (asked,) = await manager.says("no")
    assert "Question 3 of 14" in asked.text


async def test_a_home_page_that_slack_puts_off_is_shown_when_it_says(
    workspace: Workspace, cast: Cast
) -> None:
    manager = workspace.person(cast.manager)
    workspace.server.fail("views.publish", Failure("ratelimited", 429, retry_after="0"))
    await sent(workspace, "app_home_opened")
    assert "Your actions" in shown(workspace.server.homes[manager.user_id]).text
    # What is put off for long is not worth the wait: the next look shows it.
    workspace.server.fail("views.publish", Failure("ratelimited", 429, retry_after="30"))
    await sent(workspace, "app_home_opened", {"event_id": "Ev2"})
    assert len(workspace.server.called("views.publish")) == 3


async def test_the_messages_tab_greets_once(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    for number in range(2):
        await sent(workspace, "app_home_opened", {"event_id": f"Ev{number}", "event": {"tab": "messages"}})
    (greeting,) = await manager.screen()
    assert "I keep your questions" in greeting.text


async def test_the_assistant_pane_greets_and_suggests(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    await sent(workspace, "assistant_thread_started")
    (greeting,) = workspace.server.channels[manager.channel].messages
    assert greeting["thread_ts"] == "1795512600.000500"
    (prompts,) = workspace.server.called("assistant.threads.setSuggestedPrompts")
    assert prompts["thread_ts"] == "1795512600.000500"
    assert 1 <= len(prompts["prompts"]) <= 4
    event = {"text": BUST, "thread_ts": "1795512600.000500"}
    await sent(workspace, "message_im", {"event": event})
    assert workspace.server.channels[manager.channel].messages[-1]["thread_ts"] == "1795512600.000500"


async def test_a_private_answer_in_a_channel_is_for_one_person(workspace: Workspace, cast: Cast) -> None:
    workspace.person(cast.manager)
    await sent(workspace, "app_mention", {"event": {"text": f"<@{BOT_USER}> who am I?"}})
    (private,) = workspace.server.private
    assert private["user"] == "U0PERSON"
    assert not workspace.server.channels[CHANNEL].messages


async def test_a_click_in_a_private_message_is_answered(workspace: Workspace, cast: Cast) -> None:
    workspace.person(cast.manager)
    await sent(workspace, "block_actions_ephemeral")
    assert workspace.server.channels[CHANNEL].messages


async def test_a_button_that_nobody_knows_is_out_of_date(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    action = payload("block_actions_message")["actions"][0] | {"value": "not ours"}
    await sent(workspace, "block_actions_message", {"actions": [action]})
    (answer,) = await manager.screen()
    assert "out of date" in answer.text


async def test_a_menu_that_is_no_button_is_acknowledged(workspace: Workspace) -> None:
    action = {"type": "static_select", "action_id": "value", "selected_option": {"value": "x"}}
    await sent(workspace, "block_actions_message", {"actions": [action]})
    assert not workspace.server.called("chat.postMessage")


async def test_a_dialog_that_slack_does_not_open_is_told(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    workspace.server.fail("views.open", Failure("expired_trigger_id"))
    await sent(workspace, "message_shortcut")
    (told,) = workspace.server.called("chat.postMessage")
    assert (told["channel"], told["text"][:27]) == (manager.user_id, "The form could not be opene")


@pytest.mark.parametrize(
    "typed",
    [
        "<!channel> and <@U0OTHER>",
        "*bold* _it_ ~no~ `code`",
        "&lt;b&gt; &amp; <b>",
        "[x](javascript:alert(1))",
        "> a",
    ],
)
async def test_what_a_person_typed_stays_text(workspace: Workspace, cast: Cast, typed: str) -> None:
    manager, lead = workspace.person(cast.manager), workspace.person(cast.lead, "U0LEAD")
    await lead.says("help")
    await manager.says("ask an expert")
    await manager.fills(question=typed, context=typed)
    told = (await lead.screen())[-1]
    assert told.text.count(typed) == 2
    message = workspace.server.channels[lead.channel].messages[-1]
    assert "<" not in message["text"]
    marked = [
        block["text"]["text"] for block in message["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
    ]
    assert not any(each in text for text in marked for each in ("<", "*bold*", "_it_", "`"))


async def test_twenty_thousand_characters_come_through_whole(workspace: Workspace, cast: Cast) -> None:
    manager = workspace.person(cast.manager)
    (answer,) = await manager.says("supplier " * 2_300)
    assert "20,6" in answer.text or "20,7" in answer.text


async def test_somebody_unknown_can_ask_and_no_more_and_the_lead_is_told(
    workspace: Workspace, cast: Cast
) -> None:
    lead = workspace.person(cast.lead, "U0LEAD")
    await lead.says("help")
    stranger = workspace.person("visitor@elsewhere.example", "U0STRANGER")
    (answer,) = await stranger.says(BUST)
    assert "insolven" in answer.text.lower()
    (refused,) = await stranger.says("ask an expert")
    assert "can't find you" in refused.text
    assert "visitor@elsewhere.example" in (await lead.screen())[-1].text


@pytest.mark.parametrize(
    "more",
    [
        {"is_bot": True},
        {"is_email_confirmed": False},
        {"deleted": True},
        {"team_id": "T0OTHER"},
        {"is_stranger": True},
    ],
    ids=str,
)
async def test_an_email_that_the_workspace_does_not_vouch_for_links_nobody(
    workspace: Workspace, cast: Cast, more: dict[str, Any]
) -> None:
    person = workspace.person(cast.manager)
    workspace.server.users[person.user_id] |= more
    (refused,) = await person.says("ask an expert")
    assert "can't find you" in refused.text


async def test_nobody_is_taken_for_a_stranger_while_slack_has_a_fault(
    workspace: Workspace, cast: Cast
) -> None:
    manager = workspace.person(cast.manager)
    workspace.server.fail("users.info", Failure(status=500))
    status, _ = await workspace.slack.post(payload("message_im"))
    assert status == 503
    await sent(workspace, "message_im")
    assert len(await manager.screen()) == 1


async def test_a_person_is_looked_up_once(workspace: Workspace, cast: Cast) -> None:
    for person in (
        workspace.person(cast.manager),
        workspace.person("nobody@elsewhere.example", "U0STRANGER"),
    ):
        await person.says("help")
        await person.says("help")
    assert len(workspace.server.called("users.info")) == 2
