"""A conversation in the Playground's own pages, in Chromium, with screenshots."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page, Route, async_playwright

_HERE = frozenset({"127.0.0.1", "localhost"})


async def in_pages(base: str, pictures: Path, question: str) -> None:
    """Ask, open the form, leave it incomplete, send it; a picture after each."""
    async with async_playwright() as playwright:
        # The machine's own Chromium where there is one; otherwise Playwright's.
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = await browser.new_page(viewport={"width": 1300, "height": 1100})
        await page.route("**/*", _this_machine_only)
        await page.goto(base)
        await page.get_by_role("textbox").first.wait_for()
        await _say(page, question)
        await page.get_by_text("Was this helpful?").last.wait_for()
        await page.screenshot(path=pictures / "1-answer.png")
        await page.get_by_role("button", name="Ask an expert").last.click()
        send = page.get_by_role("button", name="Send to an expert").last
        await send.wait_for()
        await page.get_by_role("textbox", name="Your question").last.fill("")
        await send.click()
        await page.get_by_text("Enter your question").last.wait_for()
        await page.screenshot(path=pictures / "2-form.png")
        await page.get_by_role("textbox", name="Your question").last.fill("Who keeps the *bond*?")
        await send.click()
        await page.get_by_text("you sent this").last.wait_for()
        await page.get_by_text("Who keeps the *bond*?").last.wait_for()
        await page.screenshot(path=pictures / "3-sent.png")
        await browser.close()


async def _say(page: Page, text: str) -> None:
    await page.get_by_role("textbox").first.click()
    await page.keyboard.type(text)
    await page.locator('[aria-label="Send Message"]').click()


async def _this_machine_only(route: Route) -> None:
    if urlsplit(route.request.url).hostname in _HERE:
        await route.continue_()
    else:
        await route.abort()
