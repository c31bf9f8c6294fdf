"""What goes on from the message before, and what stands by itself."""

from __future__ import annotations

import pytest

from knowledge.answer import Answerer, Verdict
from knowledge.library import Library


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer.build(Library.load(), model=None)


@pytest.mark.parametrize(
    "text",
    [
        "how often?",
        "who signs it off",
        "and who approves it?",
        "Is there a template?",
        "what about the staff",
        "and the invoices?",
        "how much notice do i give",
        "sorry, mine is Gold",
    ],
)
def test_what_needs_the_message_before_is_read_with_it(answerer: Answerer, text: str) -> None:
    earlier = "what is an exit plan"
    assert answerer.answer(text, [earlier]).trace.follow_up_to == earlier
    assert answerer.answer(text).trace.follow_up_to is None


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "our supplier has been hacked",
        "show my overdue actions",
        "what is the policy on gifts and hospitality",
        "also, does the living wage apply to cleaners",
    ],
)
def test_what_has_a_subject_of_its_own_stands_by_itself(answerer: Answerer, text: str) -> None:
    after, alone = answerer.answer(text, ["what is an exit plan"]), answerer.answer(text)
    assert (after.verdict, after.article, after.skill) == (alone.verdict, alone.article, alone.skill)
    assert "exit-plans" not in after.choices


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
    assert "governance-structure-model" in {framed.article, *framed.choices}


def test_a_tier_goes_on_from_the_last_message_that_was_about_contracts(answerer: Answerer) -> None:
    earlier = "what must a silver contract have"
    straight = answerer.answer("what about gold?", [earlier])
    assert straight.trace.follow_up_to == earlier
    assert answerer.answer("what about gold?", [earlier, "printer on level 2 is jammed"]) == straight


def test_a_tier_does_not_go_on_from_what_goes_on_itself(answerer: Answerer) -> None:
    straight = answerer.answer("sorry, mine is Platinum", ["what is an exit plan"])
    assert straight.article == "exit-plans"
    assert (
        answerer.answer("sorry, mine is Platinum", ["what is an exit plan", "is there a list?"]) == straight
    )
