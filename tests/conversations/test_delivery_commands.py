"""The SRM lead watches deliveries, pauses and resumes them, and sends again what failed."""

from __future__ import annotations

from datetime import timedelta

from handlers.conversation.message import say, to_json
from scheduler.outbox import Later, Refused
from storage.deliveries import Delivery, Priority
from tests.conftest import Cast
from tests.driver import House


async def queue(house: House, *keys: str, batch: str | None = None, to: str = "somebody") -> None:
    now = house.app.clock.now()
    async with house.app.database.store() as store:
        await store.deliveries.add_many(
            [
                Delivery(
                    key=key,
                    person_id=None,
                    platform="memory",
                    workspace="test",
                    conversation=f"{to}-{key}",
                    thread="",
                    message=to_json(say(f"Message {key}")),
                    cause="test",
                    created_at=now,
                    not_before=now,
                    priority=Priority.BULK,
                    batch=batch,
                )
                for key in keys
            ]
        )


async def acts(house: House) -> list[str]:
    async with house.app.database.reading() as store:
        return [each.act for each in await store.audit.latest()]


async def test_the_lead_sees_what_waits_and_what_failed_and_sends_it_again(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await queue(house, "a", "b")
    house.gateway.failures = [Refused("the channel is archived")]
    await house.app.outbox.sweep()
    (state,) = await lead.says("deliveries")
    assert "0 messages waiting, 1 failed." in state.text
    assert "the channel is archived" in state.text
    (again,) = await lead.clicks("Retry what failed")
    assert "1 message that failed will be sent again." in again.text
    await house.app.outbox.sweep()
    (state,) = await lead.says("deliveries")
    assert "0 messages waiting, 0 failed." in state.text
    assert "retry failed deliveries" in await acts(house)


async def test_a_pause_holds_everything_but_its_own_words(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await queue(house, "a")
    (paused,) = await lead.says("pause sending")
    assert "All sending is paused" in paused.text
    assert await manager.says("help") == []
    await house.app.outbox.sweep()
    assert "somebody-a" not in house.gateway.sent
    (state,) = await lead.says("deliveries")
    assert "All sending is paused." in state.text
    assert "0 messages waiting" not in state.text
    (resumed,) = await lead.clicks("Resume sending")
    assert "Sending goes on." in resumed.text
    await house.app.outbox.sweep()
    assert len(house.gateway.sent["somebody-a"]) == 1
    assert (await acts(house))[:2] == ["resume sending", "pause sending"]


async def test_a_group_of_messages_is_paused_resumed_and_cancelled(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await queue(house, "a", "b", batch="broadcast:1")
    await queue(house, "c", batch="broadcast:2")
    await lead.says("deliveries")
    await lead.clicks("Pause broadcast:1")
    await house.app.outbox.sweep()
    assert {"somebody-c"} == {each for each in house.gateway.sent if each.startswith("somebody")}
    await lead.clicks("Resume broadcast:1")
    house.gateway.failures = [Later("busy")]
    await house.app.outbox.sweep()
    await lead.says("deliveries")
    (cancelled,) = await lead.clicks("Cancel broadcast:1")
    assert "1 message of broadcast:1 cancelled." in cancelled.text
    assert {"cancel deliveries", "pause deliveries", "resume deliveries"} <= set(await acts(house))


async def test_the_lead_sees_who_cannot_be_reached(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (nobody,) = await lead.says("unreachable")
    assert "Everybody with an account can be reached." in nobody.text
    async with house.app.database.store() as store:
        person = await store.people.by_email(cast.manager)
        assert person is not None
        account = await store.accounts.reachable_of(person.id)
        assert account is not None
        account.unreachable = "the person has blocked Covenant"
    (listed,) = await lead.says("unreachable")
    assert person.name in listed.text
    assert "the person has blocked Covenant" in listed.text


async def test_nobody_else_learns_or_changes_anything(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    for words in ("deliveries", "pause sending", "resume sending", "retry deliveries", "unreachable"):
        (refused,) = await manager.says(words)
        assert "Only the SRM lead" in refused.text
    async with house.app.database.reading() as store:
        assert await store.holds.in_force(house.app.clock.now() + timedelta(days=1)) == []
