"""A question is answered, asked back, taken for a skill, or refused."""

from __future__ import annotations

import pytest

from knowledge.answer import Answer, Answerer, Verdict
from knowledge.library import Library
from knowledge.search.model import EmbeddingModel
from knowledge.search.settings import load_settings
from knowledge.skills import load_skills

SHELF = {
    "csmg-remit",
    "tupe-basics",
    "kpi-design",
    "exit-plans",
    "extensions-and-renewals",
    "supplier-insolvency",
    "price-increases",
    "balanced-scorecard",
    "conflicts-of-interest",
    "contract-review-meetings",
    "glossary-of-terms",
    "handover-checklist",
}


@pytest.fixture(scope="module")
def by_words() -> Answerer:
    return Answerer.build(Library.load(), model=None)


@pytest.fixture(scope="module")
def by_meaning() -> Answerer:
    return Answerer.build(
        [article for article in Library.load() if article.slug in SHELF], model=EmbeddingModel.load()
    )


def offered(answer: Answer) -> set[str]:
    return {answer.article or "", *answer.choices}


def test_it_says_whether_it_has_a_model(by_words: Answerer, by_meaning: Answerer) -> None:
    assert by_meaning.has_model
    assert not by_words.has_model


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("what does TUPE mean for the staff when a contract moves", "tupe-basics"),
        ("our supplier has gone into administration", "supplier-insolvency"),
        ("the contractor wants a price increase because of inflation", "price-increases"),
        ("what should an exit plan have in it", "exit-plans"),
    ],
)
def test_a_clear_question_is_answered(by_meaning: Answerer, text: str, slug: str) -> None:
    answer = by_meaning.answer(text)
    assert (answer.verdict, answer.article) == (Verdict.ANSWER, slug)
    assert slug not in answer.choices
    assert 1 <= len(answer.choices) <= 3
    assert 0 < answer.confidence <= 1


def test_words_alone_still_find_it(by_words: Answerer) -> None:
    assert "exit-plans" in offered(by_words.answer("what should an exit plan contain"))


def test_a_misspelt_question_is_understood_and_the_change_is_told(by_meaning: Answerer) -> None:
    answer = by_meaning.answer("what hapens if the suplier becomes insovlent")
    assert "supplier-insolvency" in offered(answer)
    assert ("suplier", "supplier") in answer.trace.corrections
    assert "supplier" in answer.trace.read_as


def test_a_vague_question_is_asked_back(by_meaning: Answerer) -> None:
    answer = by_meaning.answer("how do we deal with the end of a contract")
    assert answer.verdict is Verdict.CHOOSE
    assert answer.article is None
    assert 2 <= len(answer.choices) <= 3


@pytest.mark.parametrize(
    ("text", "neighbour"),
    [
        ("my laptop screen is broken", "it"),
        ("how many days of annual leave do i get", "hr"),
        ("is my payslip wrong this month", "payroll"),
        ("do i need planning permission for a shed", "planning"),
        ("when are the bins collected", "residents"),
        ("good morning, how are you", "smalltalk"),
    ],
)
def test_what_belongs_next_door_is_refused_with_the_right_place(
    by_meaning: Answerer, text: str, neighbour: str
) -> None:
    answer = by_meaning.answer(text)
    assert answer.verdict is Verdict.NONE
    assert answer.article is None
    assert answer.neighbour is not None
    assert answer.neighbour.name == neighbour
    assert answer.neighbour.where.endswith(".")


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("please start a self-assessment for me", "assess"),
        ("show me my open actions", "actions"),
        ("mark W2-03 as finished", "action_update"),
        ("show my contracts", "contracts"),
        ("book a review with the contract manager", "reviews"),
        ("send an announcement to the community of practice", "broadcast"),
        ("generate the monthly report", "report"),
        ("remind me on monday", "remind"),
        ("i want to speak to a human", "escalate"),
        ("what can you do?", "help"),
    ],
)
def test_a_command_in_other_words_is_a_skill(
    by_words: Answerer, by_meaning: Answerer, text: str, skill: str
) -> None:
    for answerer in (by_words, by_meaning):
        answer = answerer.answer(text)
        assert (answer.verdict, answer.skill) == (Verdict.SKILL, skill)


def test_every_skill_has_its_own_examples() -> None:
    examples = [example for skill in load_skills() for example in skill.examples]
    assert len(examples) == len(set(examples))
    assert {skill.name for skill in load_skills()} == {
        "assess", "actions", "action_update", "contracts", "reviews",
        "broadcast", "report", "remind", "escalate", "help",
        "briefings", "exemplars", "intelligence", "scorecards", "handovers",
    }  # fmt: skip


def test_a_follow_up_is_read_with_the_message_before(by_meaning: Answerer) -> None:
    answer = by_meaning.answer("and who fills it in?", ["what is a balanced scorecard"])
    assert "balanced-scorecard" in offered(answer)
    assert answer.trace.follow_up_to == "what is a balanced scorecard"


def test_another_tier_asks_the_same_again(by_meaning: Answerer) -> None:
    before = by_meaning.answer("how often should i meet a gold supplier")
    answer = by_meaning.answer("what about Platinum?", ["how often should i meet a silver supplier"])
    assert answer.trace.read_as.casefold() == "how often should i meet a platinum supplier"
    assert offered(before) & offered(answer)


@pytest.mark.parametrize("text", ["thanks", "my laptop is broken", "show my actions"])
def test_what_stands_by_itself_does_not_go_on(by_meaning: Answerer, text: str) -> None:
    answer = by_meaning.answer(text, ["what is a balanced scorecard"])
    assert answer.trace.follow_up_to is None
    assert answer.verdict in {Verdict.NONE, Verdict.SKILL}


def test_a_follow_up_without_a_subject_of_its_own_is_answered_as_sure(by_meaning: Answerer) -> None:
    alone, after = (
        by_meaning.answer("when does it meet"),
        by_meaning.answer("when does it meet", ["what is CSMG"]),
    )
    assert alone.article != "csmg-remit"
    assert (after.verdict, after.article) == (Verdict.ANSWER, "csmg-remit")


def test_the_trace_says_what_was_weighed(by_meaning: Answerer) -> None:
    trace = by_meaning.answer("choosing kpis").trace
    assert dict(trace.thresholds).keys() == {"sure", "choose", "skill"}
    assert "kpi-design" in {candidate.id for candidate in trace.candidates[:3]}
    assert {"words", "head", "section"} <= dict(trace.candidates[0].evidence).keys()


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("exit", "exit-plans"),
        ("close out", "exit-plans"),
        ("the leaving", "handover-checklist"),
    ],
)
def test_what_is_little_more_than_a_name_is_asked_back(by_meaning: Answerer, text: str, slug: str) -> None:
    answer = by_meaning.answer(text)
    assert answer.verdict in {Verdict.CHOOSE, Verdict.ANSWER}
    assert slug in {answer.article, *answer.choices}


def test_a_command_about_as_likely_as_an_article_is_offered_beside_it(by_words: Answerer) -> None:
    either = by_words.answer("exemplar list")
    assert abs(either.trace.skill - either.trace.in_scope) < load_settings().skill_ahead
    assert (either.verdict, either.skill_beside) == (Verdict.CHOOSE, "exemplars")
    assert by_words.answer("show me the handovers").skill == "handovers"


def test_articles_offered_by_name_are_told_in_the_trace(by_meaning: Answerer) -> None:
    answer = by_meaning.answer("close out")
    assert answer.verdict is Verdict.CHOOSE
    assert answer.trace.in_scope < dict(answer.trace.thresholds)["choose"]
    assert answer.trace.called == answer.choices


@pytest.mark.parametrize("text", ["payroll", "passwords", "minutes or lunch for thirty people", "pizza"])
def test_another_place_more_words_and_no_name_are_refused_all_the_same(
    by_meaning: Answerer, text: str
) -> None:
    assert by_meaning.answer(text).verdict is Verdict.NONE


@pytest.mark.parametrize(
    "text", ["", " \n", "\0\0", "😀😀😀", "مرحبا بالعالم", "<!channel> <b>hi</b>", "?" * 40_000, "z" * 40_000]
)
def test_nothing_that_can_be_read_is_refused(by_words: Answerer, by_meaning: Answerer, text: str) -> None:
    for answerer in (by_words, by_meaning):
        answer = answerer.answer(text)
        assert answer.verdict is Verdict.NONE
        assert 0 <= answer.confidence <= 1


def test_a_bare_shelf_refuses_and_still_has_its_skills() -> None:
    answerer = Answerer.build([], model=None)
    assert answerer.answer("what is an exit plan").verdict in {Verdict.NONE, Verdict.SKILL}
    assert answerer.answer("show my actions").skill == "actions"


@pytest.mark.parametrize("fixture", ["by_words", "by_meaning"])
def test_a_new_way_to_ask_is_answered_at_once(fixture: str, request: pytest.FixtureRequest) -> None:
    answerer: Answerer = request.getfixturevalue(fixture)
    strange = "does the purple elephant sign it"
    shelf = [article for article in Library.load() if not answerer.has_model or article.slug in SHELF]
    assert answerer.answer(strange).article is None
    changed = answerer.changed(Library(shelf).overlaid((), [("exit-plans", strange)]))
    assert changed is not None
    assert changed.answer(strange).article == "exit-plans"
    assert changed.answer("what does TUPE mean for the staff when a contract moves").article == "tupe-basics"
    assert answerer.answer(strange).article is None
