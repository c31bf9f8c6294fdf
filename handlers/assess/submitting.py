"""An assessment is sent: everything is checked again, kept, followed up and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from handlers.assess.access import Around
from handlers.assess.consequences import Case, Consequence, follow, notices_of
from handlers.assess.questions import COMMENTS, END, END_RIGHT, HIGH_RISK, TIER, Answering, comment_name
from handlers.assess.words import day
from handlers.conversation.message import say
from handlers.conversation.reply import Notice
from handlers.conversation.turn import Turn
from knowledge.assessment import QuestionSet
from knowledge.scoring import asked, score
from storage.assessments import Assessment
from storage.contracts import Contract
from storage.database import Store


def key_of(contract: Contract, person_id: int, params: Answering) -> str:
    """What makes one form one assessment, however often it is sent."""
    return f"{contract.id}:{person_id}:{params.after}"


async def keep(
    turn: Turn,
    store: Store,
    params: Answering,
    values: Mapping[str, str],
    *,
    questions: QuestionSet,
    around: Around,
) -> tuple[Case, list[Consequence], tuple[Notice, ...]]:
    """Keep the answers and what follows from them, under the tier that the register has now."""
    contract = around.contract
    assert turn.person_id is not None, "only somebody in the directory can answer"
    wanted = asked(questions, values[HIGH_RISK], contract.tier)
    # Where the register's tier has changed since the form was begun, one that counts now may not have been asked.
    answers = {each.id: values[each.id] for each in wanted if each.id in values}
    result = score(questions, answers)
    assessment = await store.assessments.add(
        Assessment(
            key=key_of(contract, turn.person_id, params),
            contract_id=contract.id,
            answered_by=turn.person_id,
            submitted_at=turn.received_at,
            question_set=questions.id,
            version=questions.version,
            tier=contract.tier,
            context=_context(contract, values),
            answers=answers,
            comments=_comments(questions, values),
            scores=dict(result.scores),
            total=result.total,
            possible=result.possible,
        )
    )
    case = Case(around, assessment, questions)
    following = await follow(store, case, turn.received_at, turn.today)
    notices = (*notices_of(case, following, "sent"), *_register_notices(case))
    return case, following, notices


def _context(contract: Contract, values: Mapping[str, str]) -> dict[str, str]:
    end = values.get(END, "")
    if values.get(END_RIGHT) == "yes" and contract.ends is not None:
        end = contract.ends.isoformat()
    return {TIER: values[TIER], HIGH_RISK: values[HIGH_RISK], END: end}


def _comments(questions: QuestionSet, values: Mapping[str, str]) -> dict[str, str]:
    wanted = values.get(COMMENTS, "").split(",")
    written = {each.id: values.get(comment_name(each.id), "").strip() for each in questions.areas}
    return {area: text for area, text in written.items() if text and area in wanted}


def _register_notices(case: Case) -> list[Notice]:
    """What the person says differs from the register goes to the first point of contact, else up to the lead."""
    contract, context = case.contract, case.assessment.context
    to = case.around.contact or case.around.lead
    lines = []
    if contract.tier is None:
        said = "" if context[TIER] == "not_sure" else f" The answer given was {context[TIER]}."
        lines.append(f"The register has no tier for it, so only the rule for a senior person was run.{said}")
    elif context[TIER] != contract.tier:
        lines.append(
            f"The register says {contract.tier}, the answer was {context[TIER]}. The register's tier was used."
        )
    registered = contract.ends.isoformat() if contract.ends else ""
    if context[END] and context[END] != registered:
        ends = day(contract.ends) if contract.ends else "not on record"
        lines.append(
            f"Its end is {ends} in the register; the answer was {day(date.fromisoformat(context[END]))}."
        )
    if not lines or to is None or to.id == case.assessment.answered_by:
        return []
    message = say(
        f"Please check the register for {case.name}.", *lines, "Have the CMA record corrected if it is wrong."
    )
    return [Notice(f"assessment:{case.assessment.id}:register", to.id, message, "register check")]


def previous(earlier: Sequence[Assessment], case: Case) -> Assessment | None:
    """The one before, under the same manager: scores are not carried over to the next."""
    since = case.contract.manager_since
    return next(
        (
            each
            for each in earlier
            if each.id < case.assessment.id
            and each.question_set == case.assessment.question_set
            and (since is None or each.day >= since)
        ),
        None,
    )
