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


@pytest.mark.parametrize(
    "text",
    [
        "it's too cold in the office",
        "there's a pothole outside the primary school",
        "printer on level 2 is jammed, who fixes it",
        "no thanks",
    ],
)
def test_what_is_for_somebody_else_stays_so_in_the_middle_of_a_conversation(
    answerer: Answerer, text: str
) -> None:
    alone = answerer.answer(text)
    assert alone.verdict is Verdict.NONE
    assert alone.neighbour is not None
    assert answerer.answer(text, ["what is an exit plan"]) == alone


def test_what_only_the_earlier_message_speaks_for_is_asked_back(answerer: Answerer) -> None:
    earlier = "who is the first point of contact for highways?"
    answer = answerer.answer("what if nobodys been named", [earlier])
    assert answerer.answer("what if nobodys been named").verdict is Verdict.NONE
    assert answer.verdict is Verdict.CHOOSE
    assert "first-point-of-contact" in answer.choices


def test_the_subject_of_the_earlier_message_is_what_stood_between_its_courtesies(answerer: Answerer) -> None:
    bare = answerer.answer("how often does it have to meet?", ["contract boards"])
    framed = answerer.answer("how often does it have to meet?", ["hi, tell me about contract boards please"])
    assert bare.trace.follow_up_to == "contract boards"
    assert framed.trace.follow_up_to == "what is contract boards"
    assert "contract-board-terms-of-reference" in {framed.article, *framed.choices}


def test_a_tier_goes_on_from_the_last_message_that_was_about_contracts(answerer: Answerer) -> None:
    earlier = "what must a silver contract have"
    straight = answerer.answer("what about gold?", [earlier])
    assert straight.trace.follow_up_to == earlier
    assert answerer.answer("what about gold?", [earlier, "printer on level 2 is jammed"]) == straight
