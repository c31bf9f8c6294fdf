"""What stands around the subject of a message is taken off it, and nothing else."""

from __future__ import annotations

import pytest

from knowledge.answer import Answerer, Verdict
from knowledge.framing import load_framing
from knowledge.library import Library

FRAMING = load_framing()


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer.build(Library.load(), model=None)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Tell me about KPIs", "what is KPIs"),
        ("hi there, can you tell me about exit plans please?", "what is exit plans"),
        ("anything on open book?", "what is open book?"),
        ("I need some info on ending a contract early. Thanks!", "ending a contract early"),
        ("Good morning all, show me my actions", "show me my actions"),
        ("remind me about it on friday, cheers", "remind me about it on friday"),
        ("what do we have on insurance", "what is insurance"),
        ("help me with my self-assessment", "my self-assessment"),
        ("@Covenant, quick question - who signs it off? Many thanks in advance", "who signs it off"),
        ("URGENT: our supplier is insolvent, thanks very much. Regards", "our supplier is insolvent"),
    ],
)
def test_greetings_thanks_and_openings_go(text: str, subject: str) -> None:
    framed = FRAMING.subject(text)
    assert framed.text == subject
    assert not framed.guidance


@pytest.mark.parametrize(
    "text", ["explain TUPE", "any guidance on TUPE", "Could you please talk me through TUPE?"]
)
def test_what_asks_for_guidance_is_told(text: str) -> None:
    framed = FRAMING.subject(text)
    assert framed.text.rstrip("?") == "what is TUPE"
    assert framed.guidance


@pytest.mark.parametrize(
    "text",
    ["", "hi", "hi there", "thanks", "explain", "guidance", "himalayan salt", "please", "tell me about"],
)
def test_where_nothing_else_is_left_all_stays(text: str) -> None:
    assert FRAMING.subject(text).text == text


@pytest.mark.parametrize(
    "opening", ["{}", "tell me about {}", "hello, explain {}", "what do you know about {}"]
)
def test_a_subject_is_found_however_it_is_asked_for(answerer: Answerer, opening: str) -> None:
    answer = answerer.answer(opening.format("KPIs"))
    assert "kpi-design" in {answer.article, *answer.choices}
    assert answer.verdict is not Verdict.SKILL


def test_a_command_asked_for_as_guidance_is_offered_and_not_done(answerer: Answerer) -> None:
    asked = answerer.answer("guidance on my self-assessment")
    assert (asked.verdict, asked.skill, asked.skill_beside) == (Verdict.CHOOSE, None, "assess")
    assert "self-assessment-how-to" in asked.choices
    assert answerer.answer("start my self-assessment please").skill == "assess"
    assert answerer.answer("help me with my self-assessment").skill == "assess"
