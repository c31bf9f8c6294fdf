"""What an assessment came to, as a message: nine area scores, what follows, who was told, where to read on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from handlers.ask import SHOW, ShowArticle
from handlers.assess.consequences import Case, Consequence, ends_soon, told_of
from handlers.assess.contact import ASK_CONTACT, AboutArea
from handlers.assess.words import day, level, plural
from handlers.conversation.message import (
    Block,
    Bullets,
    Buttons,
    Fact,
    Facts,
    Image,
    Message,
    Note,
    Table,
    Text,
    bold,
    spans,
)
from handlers.experts.view import expert_button
from handlers.services import AreaScores, Pictures
from knowledge.assessment import Area, QuestionSet
from knowledge.library import Library
from knowledge.scoring import Result, band, lowest
from storage.assessments import Assessment
from storage.contracts import Tier

_ARTICLES = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """What an assessment is shown beside: the one before it, and the Business Unit's medians by area."""

    before: Assessment | None
    medians: Mapping[str, float]


def result_message(
    case: Case, compared: Compared, following: Sequence[Consequence], library: Library, pictures: Pictures
) -> Message:
    """The whole result, of an assessment just sent or of one looked at again."""
    assessment, questions = case.assessment, case.questions
    title = f"Self-assessment of {case.name}, {day(assessment.day)}"
    blocks: list[Block] = [Text(spans([bold(f"{title}.")])), _table(case, compared)]
    picture = _picture(case, compared, pictures)
    blocks += [picture] if picture else []
    blocks.append(Note(spans(_total(questions, assessment))))
    blocks += _what_follows(case, following)
    if assessment.comments:
        comments = assessment.comments.items()
        blocks.append(
            Facts(
                tuple(Fact(f"Comment: {questions.area(area).name}", spans(text)) for area, text in comments)
            )
        )
    blocks += _help(case, following, library)
    return Message(f"{title}: {assessment.total} of {assessment.possible}", tuple(blocks))


def _table(case: Case, compared: Compared) -> Table:
    scores, before = case.assessment.scores, compared.before
    columns = ["Area", "Score, 0 to 3"]
    columns += [f"Change since {day(before.day)}"] if before else []
    columns += ["Median of your Business Unit"] if compared.medians else []
    rows = []
    for area in case.questions.areas:
        row = [area.name, level(case.questions, scores[area.id])]
        row += [_change(scores[area.id], before.scores.get(area.id))] if before else []
        row += [_half(compared.medians.get(area.id))] if compared.medians else []
        rows.append(tuple(row))
    return Table("Area scores", tuple(columns), tuple(rows))


def _change(now: int | None, before: int | None) -> str:
    if now is None or before is None:
        return "Can't be told"
    if now == before:
        return "Same"
    return f"{'Up' if now > before else 'Down'} {abs(now - before)}, from {before}"


def _half(value: float | None) -> str:
    return "Fewer than five" if value is None else f"{value:g}"


def _picture(case: Case, compared: Compared, pictures: Pictures) -> Image | None:
    order = [each.id for each in case.questions.areas]
    before = compared.before.scores if compared.before else {}
    address = pictures.address(
        AreaScores(
            tuple(case.assessment.scores[each] for each in order),
            tuple(before.get(each) for each in order),
            tuple(compared.medians.get(each) for each in order),
        )
    )
    if address is None:
        return None
    said = "; ".join(
        _in_words(each, case.assessment.scores[each.id], compared) for each in case.questions.areas
    )
    return Image(address, f"Bar chart of the area scores, 0 to 3: {said}.")


def _in_words(area: Area, score: int | None, compared: Compared) -> str:
    """An area's bar and marks for who does not see them."""
    before = compared.before.scores.get(area.id) if compared.before else None
    median = compared.medians.get(area.id)
    words = f"{area.name} {'unknown' if score is None else score}"
    words += "" if before is None else f", last time {before}"
    return words if median is None else f"{words}, median {median:g}"


def _total(questions: QuestionSet, assessment: Assessment) -> str:
    result = Result(assessment.scores, assessment.total, assessment.possible, 0)
    unsure = sum(not each.isdigit() for each in assessment.answers.values())
    counted = f" Answered not sure: {plural(unsure, 'statement')}, counted as nothing." if unsure else ""
    return (
        f"Total {result.total} of {result.possible} ({band(questions, result.percent)}).{counted} The total is for "
        "information only: follow-ups come from the area scores. An area's score is its lowest statement."
    )


def _what_follows(case: Case, following: Sequence[Consequence]) -> list[Block]:
    if not following:
        bronze = case.contract.tier is Tier.BRONZE and lowest(case.questions, case.assessment.scores)
        words = "Nothing has to follow for a Bronze contract. The articles below may help." if bronze else ""
        return [Text(spans(words or "No follow-up is open from this assessment."))]
    lines = tuple(spans(_follow_up(case, each)) for each in following)
    blocks: list[Block] = [Text(spans([bold("What follows")])), Bullets(lines)]
    end = ends_soon(case)
    if end is not None and any(each.rule.decision for each in following):
        blocks.append(
            Text(spans(f"It {_ends(end, case.assessment.day)}: each decision is best for the next contract."))
        )
    vacant = [each.rule.id for each in following if each.follow_up.owner_id is None]
    if vacant:
        blocks.append(
            Text(spans(f"Nobody holds the post that is asked for {', '.join(vacant)}, so it waits."))
        )
    return blocks


def _ends(end: date, today: date) -> str:
    return f"ended on {day(end)}" if end < today else f"ends on {day(end)}, in less than three months"


def _follow_up(case: Case, each: Consequence) -> str:
    own = case.assessment.answered_by
    people = [person.name for person in told_of(case.around, each.rule) if person.id != own]
    told = f" Told: {', '.join(people)}." if people else ""
    state = (
        f"By {day(each.follow_up.due)}."
        if each.new
        else f"Open already, due {day(each.follow_up.due)}; noted."
    )
    return f"{each.rule.id}: {each.rule.action}. {state}{told}"


def _help(case: Case, following: Sequence[Consequence], library: Library) -> list[Block]:
    low = lowest(case.questions, case.assessment.scores, len(case.questions.areas))
    slugs = dict.fromkeys(case.questions.area(area).articles[0] for area in low)
    articles = [article for slug in slugs if (article := library.get(slug))][:_ARTICLES]
    if not low:
        return []
    buttons = [SHOW.button(each.title, ShowArticle(each.slug)) for each in articles]
    followed = {each.rule.area for each in following}
    alone = next((area for area in low if area not in followed), None)
    contact = case.around.contact
    if alone is not None and contact is not None and contact.id != case.assessment.answered_by:
        about = AboutArea(case.contract.reference, alone)
        buttons.append(ASK_CONTACT.button("Ask the first point of contact", about))
    return [Buttons((*buttons, expert_button(None)), "Help with the lowest areas")]
