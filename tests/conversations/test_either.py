"""A message that may ask for guidance or for something to be done is answered with both at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.knowledge_base import KnowledgeBase
from handlers.services import Services
from knowledge.answer import Answerer
from knowledge.judgement import load_judgement
from knowledge.library import ARTICLES, stamps_of
from tests.conftest import Cast
from tests.driver import House

REPORT = "progress report for csmg this month"
WHO = "who gets the monthly progress report"


def _knowledge(services: Services, **limits: float) -> KnowledgeBase:
    """The real knowledge base, answered from by words, with other limits."""
    judgement = load_judgement(with_model=False)
    judgement = replace(judgement, limits=replace(judgement.limits, **limits))
    answerer = Answerer.build(services.library, model=None, judgement=judgement)
    own = Services(services.library, answerer)
    return KnowledgeBase(ARTICLES, None, None, "left out of tests", own, stamps_of(ARTICLES))


@pytest.fixture
def knowledge(request: pytest.FixtureRequest, services: Services) -> KnowledgeBase:
    """It thinks of a command sooner than it would; a test's parameter says how sure it must be to answer."""
    sure = getattr(request, "param", None)
    return _knowledge(services, skill=0.2) if sure is None else _knowledge(services, skill=0.2, sure=sure)


async def test_what_was_done_comes_with_the_guidance_that_may_have_been_meant(
    house: House, cast: Cast
) -> None:
    lead = await house.person(cast.lead)
    (*_, done) = await lead.says(REPORT)
    assert "How things stand".casefold() in done.text.casefold()
    assert "Monthly progress reporting to CSMG" in done.buttons
    (article,) = await lead.clicks("Monthly progress reporting to CSMG")
    assert "Each month the SRM" in article.text


@pytest.mark.parametrize("knowledge", [0.999], indirect=True)
async def test_a_choice_has_the_command_that_may_have_been_meant(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (choice,) = await lead.says(WHO)
    assert "Did you mean one of these?" in choice.text
    (shown, *_) = await lead.clicks("Monthly progress pack and summaries")
    assert "How things stand".casefold() in shown.text.casefold()


async def test_an_article_has_the_command_that_may_have_been_meant(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (article,) = await lead.says(WHO)
    assert "Ask an expert" in article.buttons
    (shown, *_) = await lead.clicks("Monthly progress pack and summaries")
    assert "How things stand".casefold() in shown.text.casefold()
