"""What goes on from the message before, and what stands by itself."""

from __future__ import annotations

import pytest

from knowledge.answer import Answerer, Verdict
from knowledge.followup import Leaning, load_follow_ups
from knowledge.library import Library

FOLLOW_UPS = load_follow_ups()


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer.build(Library.load(), model=None)


@pytest.mark.parametrize(
    "text", ["how often?", "who signs it off", "and who approves it?", "Is there a template?"]
)
def test_a_message_without_a_subject_leans_wholly(text: str) -> None:
    assert FOLLOW_UPS.leaning(text) is Leaning.WHOLLY


@pytest.mark.parametrize("text", ["what about minutes", "and TUPE?", "how much notice do i give"])
def test_a_message_with_one_word_of_its_own_may_lean(text: str) -> None:
    assert FOLLOW_UPS.leaning(text) is not Leaning.NOT


@pytest.mark.parametrize(
    "text", ["", "thanks", "yes", "our supplier has been hacked", "show my overdue actions", "how " * 40]
)
def test_a_message_with_its_own_subject_does_not_lean(text: str) -> None:
    assert FOLLOW_UPS.leaning(text) is Leaning.NOT


def test_the_subject_comes_from_the_last_message_that_had_one(answerer: Answerer) -> None:
    previous = ["what is an exit plan", "who writes it?"]
    answer = answerer.answer("when is it due?", previous)
    assert answer.trace.follow_up_to == "what is an exit plan"
    assert "exit-plans" in {answer.article, *answer.choices}


def test_nothing_follows_on_small_talk(answerer: Answerer) -> None:
    answer = answerer.answer("how often?", ["good morning, lovely weather"])
    assert answer.trace.follow_up_to is None
    assert answer.verdict is not Verdict.ANSWER


def test_a_command_stays_a_command(answerer: Answerer) -> None:
    answer = answerer.answer("remind me about it on friday", ["what is an exit plan"])
    assert (answer.verdict, answer.skill) == (Verdict.SKILL, "remind")
