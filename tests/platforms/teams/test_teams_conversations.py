"""Conversations in Teams from end to end, over real HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession, web

from bot.app import assemble
from bot.knowledge_base import KnowledgeBase
from bot.platforms.teams.platform import TeamsPlatform
from bot.settings import Settings
from bot.web import web_application
from scheduler.clock import MovedClock
from storage.database import Database
from storage.experts import ExpertState
from tests.conftest import Cast, StandingClock
from tests.platforms.teams.conftest import person_of
from tests.platforms.teams.room import Room, TeamsChat, cards_in, text_in, walk
from tests.servers.teams import Failure, TeamsServer

BUST = "our contractor has gone bust what now"
GROUP = "19:5f3a1e0b7c1d4e8aa1b2c3d4e5f60718@thread.v2"
CHANNEL = "19:253b1f341670408fb6fb2b7ab0d2bd5c@thread.tacv2"


async def test_a_question_is_answered(room: Room, manager: TeamsChat) -> None:
    (answer,) = await manager.says(BUST)
    assert "insolven" in answer.text
    assert "Ask an expert" in answer.buttons
    sent = room.server.shown(manager.conversation)[0].activity
    assert sent["summary"]
    assert cards_in(sent)[0]["version"] == "1.5"


async def test_somebody_is_known_by_the_email_of_the_roster(room: Room, manager: TeamsChat) -> None:
    (told,) = await manager.says("who am I")
    assert "You are " in told.text
    await manager.says("who am I")
    assert len(room.server.calls("GET", "/members/")) == 1


async def test_a_guest_is_not_known_by_their_email(room: Room, manager: TeamsChat) -> None:
    room.server.members[manager.user]["userRole"] = "guest"
    (told,) = await manager.says("who am I")
    assert "can't find you" in told.text


async def test_a_question_goes_to_an_expert_and_the_answer_comes_back(
    room: Room, manager: TeamsChat, lead: TeamsChat
) -> None:
    await lead.says("help")
    await manager.says(BUST)
    await manager.clicks("Ask an expert")
    assert manager.form is not None
    assert manager.form.values["question"] == BUST
    (told,) = await manager.fills(question="Who keeps the bond?")
    assert "Your question has gone to" in told.text
    request = (await lead.screen())[-1]
    assert "Who keeps the bond?" in request.text
    await lead.clicks(request.buttons[0])
    await lead.fills(answer="Legal keeps it.")
    assert "Legal keeps it." in (await manager.screen())[-1].text


async def test_an_incomplete_form_comes_back_with_its_errors(room: Room, manager: TeamsChat) -> None:
    await manager.says("ask an expert")
    assert await manager.fills(question=" ", context="Bond of *5%*") == []
    assert manager.form is not None
    assert manager.form.errors == {"question": "Enter your question"}
    assert manager.form.values["context"] == "Bond of *5%*"
    (told,) = await manager.fills(question="Who keeps the bond?")
    assert "Your question has gone to" in told.text


async def test_a_sent_form_is_replaced_by_what_was_sent(room: Room, manager: TeamsChat) -> None:
    await manager.says("ask an expert")
    await manager.fills(question="Who keeps the bond?")
    card = room.server.shown(manager.conversation)[0].activity
    assert room.server.calls("PUT", "/activities/")
    assert "you sent this" in text_in(cards_in(card)[0])
    assert "Who keeps the bond?" in text_in(cards_in(card)[0])
    assert "Not given" in text_in(cards_in(card)[0])


async def test_an_old_client_can_send_a_form_too(room: Room, manager: TeamsChat) -> None:
    await manager.says("ask an expert")
    message = room.server.shown(manager.conversation)[0]
    data: dict[str, Any] = {"form": "experts.ask", "params": {}, "field.question": "", "definition": None}
    activity = room.server.activity("card_submit", value=data, replyToId=message.id)
    activity["from"]["id"], activity["conversation"]["id"] = manager.user, manager.conversation
    assert await room.post(activity) == (200, None)
    await room.platform.stop()
    assert "Enter your question" in text_in(cards_in(room.server.messages[-1].activity)[0])


async def test_a_channel_is_answered_in_the_reply_chain(room: Room, manager: TeamsChat) -> None:
    await room.does("message_channel_mention")
    chain = f"{CHANNEL};messageid=1795512345678"
    assert len(room.server.shown(chain)) == 1
    await room.does("message_channel_followup")
    assert len(room.server.shown(chain)) == 2


async def test_a_reply_chain_that_never_named_the_bot_is_left_alone(room: Room) -> None:
    await room.does("message_channel_followup")
    await room.does("message_group_unmentioned")
    assert room.server.messages == []


async def test_a_group_is_answered_where_it_asks(room: Room) -> None:
    await room.does("message_group_mention")
    await room.does("message_group_unmentioned")
    assert len(room.server.shown(GROUP)) == 1
    async with room.app.database.reading() as store:
        assert [each.text for each in await store.questions.latest()] == [f"{BUST} Tom Example"]


async def test_what_is_for_one_person_goes_to_their_own_chat(room: Room, cast: Cast) -> None:
    person = await person_of(room, cast.manager)
    chat = room.person(person)
    for number in range(2):
        activity = room.server.activity("message_group_mention", id=f"own-{number}")
        activity["from"]["id"] = chat.user
        activity["text"] = "<at>Covenant</at> who am I"
        assert (await room.post(activity))[0] == 200
    assert room.server.shown(GROUP) == []
    assert len(await chat.screen()) == 2
    assert len(room.server.calls("POST", "/v3/conversations$")) == 1


async def test_a_colleague_met_in_a_group_is_told_in_a_chat_of_their_own(
    room: Room, manager: TeamsChat, lead: TeamsChat
) -> None:
    activity = room.server.activity("message_group_mention")
    activity["from"]["id"] = lead.user
    await room.post(activity)
    await manager.says("ask an expert")
    await manager.fills(question="Who keeps the bond?")
    assert "Who keeps the bond?" in (await lead.screen())[-1].text


async def test_the_welcome_comes_once_and_says_what_is_kept(room: Room, manager: TeamsChat) -> None:
    (welcome,) = await manager.opens()
    assert "I am Covenant" in welcome.text
    assert "I keep your questions" in welcome.text
    await room.does("members_added")
    await room.does("install_upgrade")
    assert len(room.server.messages) == 1


async def test_uninstalling_is_remembered_until_the_next_message(room: Room, manager: TeamsChat) -> None:
    await manager.says("help")
    await manager._sees("uninstall_personal")
    assert await _unreachable(room.app.database, manager) == "Covenant was uninstalled in Teams"
    await manager.says("help")
    assert await _unreachable(room.app.database, manager) is None
    await room.does("uninstall_team")
    assert await _unreachable(room.app.database, manager) is None


async def test_a_blocked_bot_marks_the_account(room: Room, manager: TeamsChat) -> None:
    await manager.says("help")
    room.server.failures.append(Failure(403, "ConversationBlockedByUser", method="POST", path="/activities$"))
    assert await manager.says("help") == []
    assert "blocked Covenant" in (await _unreachable(room.app.database, manager) or "")


async def test_the_same_event_again_changes_nothing(room: Room) -> None:
    for _ in range(3):
        await room.does("message_personal")
    assert len(room.server.messages) == 1
    assert (await room.does("card_execute"))["value"] == "See the message below."
    again = await room.does("card_execute")
    assert again["value"] == "This was done already. Nothing was changed."
    assert len(room.server.messages) == 2


async def test_what_is_no_concern_of_the_bot_is_passed_over(room: Room) -> None:
    for name in (
        "message_edited",
        "message_deleted",
        "message_reaction",
        "message_from_bot",
        "typing",
        "members_added",
    ):
        assert await room.does(name) is None
    assert room.server.messages == []
    status, _ = await room.post(room.server.activity("invoke_unknown"))
    assert status == 501


async def test_a_search_lists_articles(room: Room) -> None:
    found = (await room.does("search"))["composeExtension"]
    assert found["type"] == "result"
    assert "insolven" in text_in(found["attachments"][0]["content"]).lower()
    assert found["attachments"][0]["preview"]["content"]["title"]
    first = (await room.does("search_first"))["composeExtension"]
    assert first == {"type": "message", "text": "Nothing found. Try other words."}
    assert room.server.messages == []


async def test_an_expert_can_be_asked_about_a_message(room: Room, manager: TeamsChat) -> None:
    task = (await _from(room, manager, "about_message"))["task"]
    assert task["type"] == "continue"
    card = task["value"]["card"]["content"]
    question, _ = (each for each in card["body"] if each["type"] == "Input.Text")
    assert question["value"] == "Who keeps the bond?\nIs <1% normal?"
    data = card["body"][-1]["actions"][0]["data"]
    wrong = await _from(room, manager, "dialog_submit", data, question="", context="About the bond")
    assert "Error: Enter your question" in text_in(wrong["task"]["value"]["card"]["content"])
    done = await _from(room, manager, "dialog_submit", data, question="Who keeps the bond?")
    assert "Your question has gone to" in text_in(done["task"]["value"]["card"]["content"])


async def test_a_stranger_is_told_in_the_dialog(room: Room) -> None:
    stranger = room.person(None)
    told = await _from(room, stranger, "about_message")
    assert "can't find you" in text_in(told["task"]["value"]["card"]["content"])


async def test_a_dialog_opens_from_a_button_too(room: Room, manager: TeamsChat) -> None:
    task = (await _from(room, manager, "task_fetch"))["task"]
    assert task["value"]["title"] == "Ask an expert"


async def test_a_failed_commit_is_answered_so_that_teams_tries_again(room: Room) -> None:
    async with room.app.database.engine.connect() as connection:
        await connection.exec_driver_sql("alter table events rename to events_away")
        await connection.commit()
    status, _ = await room.post(room.server.activity("message_personal"))
    assert status >= 500
    async with room.app.database.engine.connect() as connection:
        await connection.exec_driver_sql("alter table events_away rename to events")
        await connection.commit()
    assert await room.post(room.server.activity("message_personal")) == (200, None)
    assert len(room.server.messages) == 1


async def _from(
    room: Room, chat: TeamsChat, name: str, data: dict[str, Any] | None = None, **values: str
) -> Any:
    activity = room.server.activity(name, id=f"{name}-{len(room.server.requests)}-{len(values)}{values}")
    activity["from"]["id"] = chat.user
    if data is not None:
        activity["value"]["data"] = data | {f"field.{key}": value for key, value in values.items()}
    status, body = await room.post(activity)
    assert status == 200
    return body


async def _unreachable(database: Database, chat: TeamsChat) -> str | None:
    async with database.reading() as store:
        accounts = await store.accounts.on("teams")
    return next(each.unreachable for each in accounts if each.user_id == chat.user)


async def test_a_card_is_asked_for_anew_when_it_is_looked_at(room: Room, lead: TeamsChat) -> None:
    await lead.says("deliveries")
    before = len(await lead.screen())
    sent = room.server.shown(lead.conversation)[-1]
    refresh = cards_in(sent.activity)[0]["refresh"]["action"]
    used = {"action": refresh, "trigger": "automatic"}
    activity = room.server.activity("card_execute", id="f:fresh", replyToId=sent.id, value=used)
    activity["from"]["id"], activity["conversation"]["id"] = lead.user, lead.conversation
    status, answer = await room.post(activity)
    assert (status, answer["type"]) == (200, "application/vnd.microsoft.card.adaptive")
    assert "Sent" in text_in(answer["value"])
    assert len(await lead.screen()) == before


async def test_the_same_click_four_times_at_once_does_its_work_once(room: Room, manager: TeamsChat) -> None:
    await manager.says("ask an expert")
    form = room.server.shown(manager.conversation)[-1]
    (send,) = (
        each
        for each in walk(cards_in(form.activity)[0])
        if each.get("verb") == "experts.ask" and "form" in each["data"]
    )
    filled_in = send | {"data": send["data"] | {"field.question": "Who keeps the bond?", "field.context": ""}}

    async def sends(event: str) -> int:
        activity = room.server.activity(
            "card_execute", id=event, replyToId=form.id, value={"action": filled_in, "trigger": "manual"}
        )
        activity["from"]["id"], activity["conversation"]["id"] = manager.user, manager.conversation
        status, _ = await room.post(activity)
        return status

    assert await asyncio.gather(*(sends("f:same") for _ in range(4))) == [200] * 4
    async with room.app.database.reading() as store:
        assert len(await store.experts.in_state(ExpertState.OPEN)) == 1


async def test_the_service_stops_once_what_it_accepted_is_sent(
    server: TeamsServer, sqlite_database: Database, knowledge: KnowledgeBase, clock: StandingClock
) -> None:
    platform = TeamsPlatform(server.settings())
    app = await assemble(
        Settings(), sqlite_database, knowledge, MovedClock(clock), gateways=(platform.gateway,)
    )
    runner = web.AppRunner(web_application(replace(app, platforms=(platform,))), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    held = asyncio.Event()
    server.failures.append(Failure(200, path="/activities$", until=held))
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    signed = {"Authorization": f"Bearer {server.token()}"}
    async with ClientSession() as session:
        asked = server.activity("message_personal", text=BUST)
        async with session.post(address, json=asked, headers=signed) as answer:
            assert answer.status == 200
        stopping = asyncio.create_task(runner.cleanup())
        done, _ = await asyncio.wait([stopping], timeout=0.2)
        assert not done
        held.set()
        await stopping
        async with app.database.reading() as store:
            assert await store.deliveries.counts() == {"sent": 1}
        assert len(server.calls("POST", "/activities$")) == 1
    await app.close()
