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
SCORECARD = "the scorecard of a platinum contract"
WHO = "who gets the monthly progress report"


@pytest.fixture(scope="session")
def doubtful(services: Services) -> Services:
    """The real knowledge base, answered from by words, that thinks of a command sooner than it would."""
    judgement = load_judgement(with_model=False)
    limits = replace(judgement.limits, skill=0.3)
    library = services.library
    return Services(library, Answerer.build(library, model=None, judgement=replace(judgement, limits=limits)))


@pytest.fixture
def knowledge(doubtful: Services) -> KnowledgeBase:
    return KnowledgeBase(ARTICLES, None, None, "left out of tests", doubtful, stamps_of(ARTICLES))


async def test_what_was_done_comes_with_the_guidance_that_may_have_been_meant(
    house: House, cast: Cast
) -> None:
    lead = await house.person(cast.lead)
    (*_, done) = await lead.says(REPORT)
    assert "How things stand".casefold() in done.text.casefold()
    assert "Monthly progress reporting to CSMG" in done.buttons
    (article,) = await lead.clicks("Monthly progress reporting to CSMG")
    assert "Each month the SRM" in article.text


async def test_a_choice_has_the_command_that_may_have_been_meant(house: House, cast: Cast) -> None:
    manager = await house.person(cast.manager)
    (choice,) = await manager.says(SCORECARD)
    assert "Did you mean one of these?" in choice.text
    (shown, *_) = await manager.clicks("See and record the scorecard of a contract")
    assert "corecard" in shown.text
    assert "Did you mean" not in shown.text


async def test_an_article_has_the_command_that_may_have_been_meant(house: House, cast: Cast) -> None:
    lead = await house.person(cast.lead)
    (article,) = await lead.says(WHO)
    assert "Ask an expert" in article.buttons
    (shown, *_) = await lead.clicks("Monthly progress pack and summaries")
    assert "How things stand".casefold() in shown.text.casefold()
