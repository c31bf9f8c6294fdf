"""The local chat in a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from bot.app import App
from bot.platforms.web.inbound import add_accounts
from tests.conftest import Cast
from tests.driver import served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BUST = "our contractor has gone bust what now"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("REQUIRE_BROWSER"),
        reason="there is no Chromium on this machine; install it with 'apt-get install chromium'",
    ),
]


@pytest.fixture
async def page(app: App) -> AsyncIterator[Page]:
    """The first persona's chat in a browser; nothing may go wrong in its console."""
    async with app.database.store() as store:
        await add_accounts(store)
    assert CHROMIUM is not None, "REQUIRE_BROWSER is set, and there is no Chromium"
    async with served(app) as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(base_url=base)
        wrong: list[str] = []
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto("/")
        yield page
        await browser.close()
    assert wrong == []


async def ask(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def pick(page: Page, name: str) -> None:
    await page.get_by_role("navigation").get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name=name)).to_be_attached()


async def name_of(app: App, email: str) -> str:
    async with app.database.reading() as store:
        person = await store.people.by_email(email)
    assert person is not None
    return person.name


async def test_asking_following_up_and_seeing_the_other_side(page: Page, app: App, cast: Cast) -> None:
    lead = await name_of(app, cast.lead)
    await ask(page, BUST)
    log = page.get_by_role("log")
    await expect(log.get_by_role("heading", name="If a supplier becomes insolvent")).to_be_visible()
    await expect(log.get_by_text("Source:").last).to_be_visible()
    await log.get_by_role("button", name="Monitoring a supplier's financial health").click()
    await expect(log.get_by_role("heading", name="Monitoring a supplier's financial health")).to_be_visible()

    await log.get_by_role("button", name="Ask an expert").last.click()
    await expect(page.get_by_label("Your question")).to_be_focused()
    await expect(page.get_by_label("Your question")).to_have_value(BUST)
    await page.get_by_role("button", name="Send to an expert").click()
    await expect(log.get_by_text(f"has gone to {lead}")).to_be_visible()

    there = page.get_by_role("navigation").get_by_role("link", name=lead)
    await expect(there.get_by_text("New message")).to_be_visible()
    await pick(page, lead)
    await expect(log.get_by_text("asks an expert").last).to_be_visible()
    await expect(log.get_by_text(BUST)).to_be_visible()


async def test_a_form_with_a_mistake_says_so_and_is_reached_by_keyboard_alone(page: Page) -> None:
    await ask(page, "ask an expert")
    await expect(page.get_by_label("Your question")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type("The contract is Platinum.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").get_by_text("Enter your question")).to_be_visible()
    await expect(page.get_by_label("Your question")).to_be_focused()
    await expect(page.get_by_label("Anything that helps")).to_have_value("The contract is Platinum.")
    await page.keyboard.type("Who checks the bond?")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").get_by_text("as request 1")).to_be_visible()
    await expect(page.get_by_label("Your message")).to_be_focused()


async def test_the_clock_moves_and_more_is_overdue(page: Page) -> None:
    await expect(page.get_by_text("Tuesday 24 November 2026")).to_be_visible()
    await page.get_by_role("button", name="Forward a week").click()
    await expect(page.get_by_text("Tuesday 1 December 2026")).to_be_visible()
    await page.get_by_label("To a date").fill("2027-05-03")
    await page.get_by_role("button", name="Go").click()
    await expect(page.get_by_text("Monday 3 May 2027")).to_be_visible()
    await ask(page, "overdue")
    await expect(page.get_by_role("row", name="W1-13")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390, 320])
async def test_the_page_meets_the_accessibility_rules_at_every_width(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await ask(page, BUST)
    await expect(page.get_by_role("button", name="Yes, this helped")).to_be_visible()
    await ask(page, "all actions")
    await expect(page.get_by_role("row", name="W3-06")).to_be_visible()
    await ask(page, "ask an expert")
    await expect(page.get_by_role("button", name="Send to an expert")).to_be_visible()
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = await Axe().run(page, options=rules)
    assert found.response["violations"] == [], found.generate_report()
    overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


async def test_what_a_person_types_is_never_run(page: Page) -> None:
    await ask(page, "<img src=x onerror=alert(1)> <script>document.title='broken'</script> bust")
    await expect(page.get_by_role("log").get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert "broken" not in await page.title()
