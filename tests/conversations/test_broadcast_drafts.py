"""A broadcast before it goes: what its author fills in, sees, tries and keeps, and what is refused."""

from __future__ import annotations

import pytest

from tests.conftest import Cast
from tests.conversations.test_broadcasts import a_minute_passes, acts, sent, wrote
from tests.driver import House

IMAGE = "https://example.gov.uk/wave.png"


async def test_an_image_needs_words_and_everybody_gets_them(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await lead.says("new broadcast")
    await lead.fills(title="Drop-in", body="Come.", image=IMAGE)
    assert lead.form is not None
    assert "what the image shows" in lead.form.errors["alt"]
    await lead.fills(title="Drop-in", body="Come.", image="ftp://example.gov.uk/x.png", alt="Three waves")
    assert lead.form is not None
    assert "begins with https://" in lead.form.errors["image"]
    await lead.fills(title="Drop-in", body="Come.", image=IMAGE, alt="Three waves over 14 months")
    await sent(lead, house)
    if house.platform in ("memory", "slack"):
        assert "Three waves over 14 months" in (await manager.screen())[-1].text


async def test_a_test_goes_to_its_author_alone_and_counts_nothing(house: House, cast: Cast) -> None:
    lead, manager = await house.person(cast.lead), await house.person(cast.manager)
    await wrote(lead)
    await lead.clicks("Add a button")
    await lead.fills(kind="acknowledge", label="I have read this")
    before = len(await manager.screen())
    (shown,) = await lead.clicks("Send a test to myself")
    assert "a test that only you get" in shown.text
    assert shown.buttons[:2] == ("I have read this", "Reply to the sender")
    await lead.clicks("I have read this")
    async with house.app.database.reading() as store:
        assert not await store.broadcast_readers.clicks(1)
    assert len(await manager.screen()) == before


async def test_every_change_is_saved_at_once_and_on_every_device(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    await wrote(lead, "Half a thought")
    await lead.says("help")
    (listed,) = await lead.says("broadcasts")
    assert "Half a thought" in listed.text
    await lead.clicks("Open 1")
    await lead.clicks("Change the text")
    assert lead.form is not None
    assert lead.form.values["title"] == "Half a thought"


async def test_a_text_written_step_by_step_is_kept_with_each_answer(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    await lead.says("new broadcast")
    (asked,) = await lead.says("answer here")
    assert "Title" in asked.text
    await lead.says("Half a thought")
    await lead.says("Come on *Monday*.")
    await lead.says("save for later")
    assert (await lead.says("resume"))[0].buttons == ("Resume", "Discard")
    (again,) = await lead.says("1")
    assert "image" in again.text
    await lead.says("skip")
    await lead.says("skip")
    (card,) = await lead.says("send")
    assert "half a thought" in card.text.casefold()
    assert "can be reached" in card.text


async def test_templates_are_begun_from_and_duplicates_stand_alone(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    await wrote(lead, "Monthly note")
    await lead.clicks("Keep as a template")
    (listed,) = await lead.says("broadcasts")
    assert "Templates" in listed.text
    await lead.says("broadcast 2")
    (card,) = await lead.clicks("Begin from it")
    assert "Draft: broadcast 3" in card.text
    assert "monthly note" in card.text.casefold()
    (copy,) = await lead.clicks("Duplicate")
    assert "Draft: broadcast 4" in copy.text
    await lead.clicks("Delete")
    (gone,) = await lead.says("broadcast 4")
    assert "I know no broadcast 4" in gone.text
    assert {"duplicate a broadcast", "delete a broadcast's draft"} <= set(await acts(memory_house))


async def test_up_to_five_buttons_that_each_do_what_they_say(memory_house: House, cast: Cast) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await wrote(lead)
    for values in (
        {"kind": "link", "label": "The form", "link": "https://example.gov.uk/form"},
        {"kind": "article", "label": "Insolvency", "article": "supplier-insolvency"},
        {"kind": "command", "label": "Assess", "command": "self-assessment"},
        {"kind": "acknowledge", "label": "I have read this"},
    ):
        await lead.clicks("Add a button")
        await lead.fills(**values)
    for label, values in {
        "link": {"kind": "link", "label": "Bad", "link": "javascript:alert(1)"},
        "kind": {"kind": "acknowledge", "label": "Seen"},
        "label": {"kind": "link", "label": "the FORM", "link": "https://example.gov.uk"},
    }.items():
        await lead.clicks("Add a button")
        await lead.fills(**values)
        assert lead.form is not None
        assert label in lead.form.errors
    (card,) = await lead.fills(kind="link", label="A fifth", link="https://example.gov.uk/5")
    assert "Add a button" not in card.buttons
    await sent(lead, memory_house)
    (given,) = await manager.clicks("The form")
    assert "https://example.gov.uk/form" in given.text
    (article, *_) = await manager.clicks("Insolvency")
    assert "insolven" in article.text.lower()
    (form, *_) = await manager.clicks("Assess")
    assert "ontract" in form.text
    (seen,) = await lead.says("broadcast 1")
    for words in ("Pressed 'The form': 1", "Pressed 'Insolvency': 1", "Pressed 'A fifth': 0"):
        assert words in seen.text


async def test_who_cannot_be_reached_is_told_before_with_the_reason(memory_house: House, cast: Cast) -> None:
    lead = await memory_house.person(cast.lead)
    async with memory_house.app.database.store() as store:
        gone, blocked = [await store.people.by_email(each) for each in (cast.manager, cast.other_manager)]
        assert gone is not None
        assert blocked is not None
        gone.active = False
        for account in await store.accounts.on("memory"):
            if account.person_id == blocked.id:
                account.unreachable = "it was blocked"
    await wrote(lead)
    (card,) = await lead.says("broadcast 1")
    assert "1 blocked or removed Covenant" in card.text
    assert "1 left the council" in card.text
    (named,) = await lead.clicks("Who can't be reached")
    for words in (cast.manager, cast.other_manager, "left the council", "blocked or removed Covenant"):
        assert words in named.text
    (asked,) = await lead.clicks("Send it")
    assert "2 people can't" in asked.text


async def test_a_time_is_on_the_wall_and_the_hour_that_the_clocks_skip_is_refused(
    memory_house: House, cast: Cast
) -> None:
    lead = await memory_house.person(cast.lead)
    await wrote(lead)
    for field, values, words in (
        ("time", {"day": "2027-03-28", "time": "1:30am"}, "The clocks go forward"),
        ("day", {"day": "2026-11-24", "time": "8am"}, "This time has passed"),
        ("day", {"day": "", "time": "8am"}, "Enter the day"),
        ("day", {"day": "", "repeat": "weekly"}, "Enter the first day"),
        ("expires", {"day": "2026-12-04", "expires": "2026-12-01"}, "not before it is sent"),
    ):
        await lead.clicks("Change the time")
        await lead.fills(**values)
        assert lead.form is not None
        assert words in lead.form.errors[field]
    (card,) = await lead.fills(day="2027-07-01", time="2pm", expires="2027-07-02", urgent="yes")
    assert "Thursday 1 July 2027 at 14:00, UK time. Urgent" in card.text


@pytest.mark.parametrize("hours", ["09:00", "19:30"])
async def test_it_goes_within_a_minute_of_its_time(memory_house: House, cast: Cast, hours: str) -> None:
    lead, manager = await memory_house.person(cast.lead), await memory_house.person(cast.manager)
    await wrote(lead)
    await lead.clicks("Change the time")
    await lead.fills(day="2026-11-25", time=hours, urgent="yes")
    (asked,) = await lead.clicks("Send it")
    await lead.clicks(next(each for each in asked.buttons if each.startswith("Schedule")))
    hour, minute = map(int, hours.split(":"))
    # It is 09:30 the day before.
    ahead = 24 * 60 + (hour - 9) * 60 + minute - 30
    await a_minute_passes(memory_house, ahead - 0.1)
    assert not [each for each in await manager.screen() if "Come on" in each.text]
    await a_minute_passes(memory_house, 0.2)
    assert [each for each in await manager.screen() if "Come on" in each.text]
