"""One person, many accounts: matched by the email that a platform vouches for, and reported when in doubt."""

from __future__ import annotations

import pytest

from bot.app import App
from handlers.conversation.message import Inputs
from handlers.conversation.turn import (
    Clicked,
    Closed,
    Forms,
    HomeOpened,
    Said,
    Searched,
    Submitted,
)
from storage.accounts import Account
from storage.addresses import Address
from tests.conftest import Cast
from tests.driver import House, MemoryChat, MemoryGateway


@pytest.fixture
async def lead(app: App, gateway: MemoryGateway, cast: Cast) -> MemoryChat:
    """The SRM lead alone has an account; nobody else is linked yet."""
    async with app.database.store() as store:
        person = await store.people.by_email(cast.lead)
        assert person is not None
        store.people.add(
            Account(
                person_id=person.id,
                platform="memory",
                workspace="test",
                user_id=person.email,
                conversation=person.email,
            )
        )
    return MemoryChat(app, gateway, person)


def stranger(app: App, gateway: MemoryGateway, user: str = "U1") -> MemoryChat:
    chat = MemoryChat(app, gateway, None)
    chat.user = user
    return chat


async def test_a_first_contact_is_linked_by_its_email(
    app: App, gateway: MemoryGateway, cast: Cast, lead: MemoryChat
) -> None:
    newcomer = stranger(app, gateway)
    (me,) = await newcomer.sends(Said("who am I"), "first-contact", email=cast.manager.upper())
    assert cast.manager in me.text
    (again,) = await newcomer.says("who am I")
    assert cast.manager in again.text
    assert await lead.screen() == []


async def test_an_unknown_person_can_ask_and_the_lead_is_told_once(
    app: App, gateway: MemoryGateway, lead: MemoryChat
) -> None:
    visitor = stranger(app, gateway)
    for number in range(2):
        (answer,) = await visitor.sends(
            Said("our contractor has gone bust what now"), f"visit-{number}", email="nobody@example.com"
        )
        assert "insolven" in answer.text
    (told,) = await lead.screen()
    assert "not in the directory" in told.text
    assert "nobody@example.com" in told.text


async def test_a_second_account_with_the_same_email_is_reported_and_not_linked(
    app: App, gateway: MemoryGateway, cast: Cast, lead: MemoryChat
) -> None:
    await stranger(app, gateway, "U1").sends(Said("who am I"), "one", email=cast.manager)
    (refused,) = await stranger(app, gateway, "U2").sends(Said("who am I"), "two", email=cast.manager)
    assert "can't find you" in refused.text
    (told,) = await lead.screen()
    assert "A second account" in told.text


async def test_removing_covenant_makes_a_person_unreachable_until_they_write_again(
    app: App, gateway: MemoryGateway, cast: Cast, lead: MemoryChat
) -> None:
    person = stranger(app, gateway)
    await person.sends(Said("who am I"), "hello", email=cast.manager)
    assert await person.sends(Closed("removed the app"), "bye") == []
    async with app.database.reading() as store:
        account = await store.accounts.one("memory", "test", "U1")
        assert account is not None
        assert account.unreachable == "removed the app"
        assert await store.accounts.reachable_of(account.person_id) is None
    await person.says("who am I")
    async with app.database.reading() as store:
        assert await store.accounts.reachable_of(account.person_id) is not None


async def test_a_contact_in_a_shared_place_is_reached_in_their_own(
    app: App, gateway: MemoryGateway, cast: Cast
) -> None:
    person = stranger(app, gateway)
    await person.sends(Said("who am I"), "in-channel", email=cast.manager, direct=False)
    async with app.database.reading() as store:
        account = await store.accounts.one("memory", "test", "U1")
        assert account is not None
        assert account.conversation == "user:U1"
        (delivery,) = [await store.deliveries.get(1)]
        assert delivery is not None
        assert delivery.only_for == "U1"


async def test_where_a_dialog_needs_a_click_a_button_opens_it(
    app: App, gateway: MemoryGateway, cast: Cast
) -> None:
    person = stranger(app, gateway)
    (offer,) = await person.sends(Said("ask an expert"), "typed", email=cast.manager, forms=Forms.BUTTON)
    assert offer.buttons == ("Ask an expert", "Answer here")
    await person.clicks("Ask an expert")
    assert person.form is not None
    assert person.form.title == "Ask an expert"


async def test_where_forms_stand_in_messages_it_comes_as_one(
    app: App, gateway: MemoryGateway, cast: Cast
) -> None:
    person = stranger(app, gateway)
    (shown,) = await person.sends(Said("ask an expert"), "typed", email=cast.manager, forms=Forms.MESSAGE)
    assert "Your question" in shown.text
    assert "Answer here" in shown.buttons
    block = gateway.sent["U1"][-1].blocks[0]
    assert isinstance(block, Inputs)
    form = block.form
    (sent,) = await person.sends(
        Submitted(form.name, {"question": "Who keeps the bond?"}, form.params), "filled"
    )
    assert "as request 1" in sent.text


async def test_the_home_page_shows_what_waits_and_is_not_sent(
    app: App, gateway: MemoryGateway, cast: Cast, lead: MemoryChat
) -> None:
    assert await lead.sends(HomeOpened(), "home", in_response=True) == []
    (home,) = lead.in_response
    assert "Your actions".casefold() in home.text.casefold()
    assert "W1-02" in home.text
    assert "My actions" in home.buttons
    visitor = stranger(app, gateway)
    await visitor.sends(HomeOpened(), "home-of-nobody", in_response=True)
    assert "Ask me about managing a contract" in visitor.in_response[0].text


async def test_a_search_gives_articles_and_keeps_nothing(app: App, gateway: MemoryGateway) -> None:
    visitor = stranger(app, gateway)
    await visitor.sends(Searched("insolvent supplier"), "search", in_response=True)
    assert "If a supplier becomes insolvent".casefold() in visitor.in_response[0].text.casefold()
    assert 1 <= len(visitor.in_response) <= 5
    await visitor.sends(Searched("  "), "empty-search", in_response=True)
    assert visitor.in_response == []
    async with app.database.reading() as store:
        assert await store.questions.count() == 0


async def test_a_message_of_somebody_is_sent_to_an_expert_or_suggested(
    app: App, gateway: MemoryGateway, cast: Cast, lead: MemoryChat
) -> None:
    person = stranger(app, gateway)
    about = {"text": "We agreed a bond of 10%."}
    await person.sends(Clicked("experts.about_message", about), "about", email=cast.manager)
    assert person.form is not None
    assert person.form.values["question"] == "We agreed a bond of 10%."
    suggest = {"kind": "exemplar", "text": "We agreed a bond of 10%."}
    await person.sends(Clicked("curate.suggest", suggest), "suggest")
    (thanks,) = await person.fills()
    assert "Your suggestion is kept" in thanks.text
    assert "Exemplar practice" in (await lead.screen())[-1].text
    (listed,) = await lead.says("suggestions")
    assert "We agreed a bond of 10%." in listed.text
    (refused,) = await person.says("suggestions")
    assert "Only the SRM lead" in refused.text


async def test_what_a_platform_leaves_behind_is_found_again(app: App, gateway: MemoryGateway) -> None:
    visitor = stranger(app, gateway)
    address = Address("memory", "test", "U1")
    assert not await app.runner.takes_part(address)
    for number, service in enumerate(("https://one.example", "https://two.example")):
        await visitor.sends(Said("what is a bond"), f"ref-{number}", reference={"service": service})
    assert await app.runner.takes_part(Address("memory", "test", "U1"))
    assert await app.runner.reference(address) == {"service": "https://two.example"}


async def test_the_welcome_says_what_is_stored(house: House, cast: Cast) -> None:
    person = await house.person(cast.manager)
    (welcome,) = await person.opens()
    assert "I keep your questions" in welcome.text
