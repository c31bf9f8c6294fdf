"""Assessing a contract as a person does in chat: one question after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.app import App
from knowledge.assessment import load_question_set
from storage.assessments import Assessment
from storage.contracts import Contract
from storage.followups import FollowUp
from tests.driver import Chat, House, Shown

PRIYA = "priya.nair@example.gov.uk"
LEAD = "helen.marlowe@example.gov.uk"
CHECK = "check your answers"
_STATEMENTS = load_question_set().statements
_QUESTION = re.compile(r"Question \d+ of \d+: (.+)")
_ABOUT = {
    "contract is": "tier",
    "no tier": "tier",
    "high risk": "high_risk",
    "it ends on": "end_right",
    "When does it end": "end_date",
    "Which areas": "comments",
    "Comment on": "comment",
}
_SAID = {"yes": "Yes", "no": "No", "not_sure": "Not sure"}


def answers(high_risk: str = "no", tier: str = "Gold", **levels: str) -> dict[str, str]:
    """Level 3 for every statement that is not named here."""
    said = {"tier": tier, "high_risk": high_risk, "end_right": "yes"}
    return said | {each.id: "3" for each in _STATEMENTS} | levels


def asked_in(shown: Shown) -> str:
    """The name of the question that a message asks."""
    found = _QUESTION.search(shown.text)
    assert found is not None, f"no question in {shown.text!r}"
    statement = next((each.id for each in _STATEMENTS if each.ask in found[1]), None)
    return statement or next(name for words, name in _ABOUT.items() if words in found[1])


async def answer_all(chat: Chat, first: Shown, values: Mapping[str, str]) -> tuple[Shown, list[str]]:
    """Answer every question from this one on; the summary, and what was asked."""
    shown, asked = first, []
    while CHECK not in shown.text:
        asked.append(asked_in(shown))
        value = values[asked[-1]]
        shown = (await chat.says(_SAID.get(value, value)))[-1]
    return shown, asked


async def assess(chat: Chat, reference: str, **values: str) -> Shown:
    """Assess a contract question by question; the result."""
    (first,) = (await chat.says(f"assess {reference}"))[-1:]
    await answer_all(chat, first, values)
    return (await chat.clicks("Submit"))[-1]


async def contract_of(app: App, reference: str) -> Contract:
    async with app.database.reading() as store:
        found = await store.contracts.by_reference(reference)
    assert found is not None
    return found


async def kept(app: App, reference: str) -> tuple[list[Assessment], list[FollowUp]]:
    """A contract's assessments and follow-ups."""
    contract = await contract_of(app, reference)
    async with app.database.reading() as store:
        return (
            await store.assessments.of_contract(contract.id),
            await store.followups.of_contract(contract.id),
        )


async def holder(app: App, reference: str, post: str = "csmg_member_id") -> str:
    """The email of who holds a post in a contract's unit."""
    contract = await contract_of(app, reference)
    async with app.database.reading() as store:
        unit = next(each for each in await store.people.units() if each.id == contract.unit_id)
        person = next(each for each in await store.people.all() if each.id == getattr(unit, post))
    return person.email


async def told(house: House, email: str) -> str:
    """The last thing that somebody was told."""
    return (await (await house.person(email)).screen())[-1].text
