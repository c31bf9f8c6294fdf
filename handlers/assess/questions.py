"""The self-assessment as a form: what the register says first, then the statements, then comments."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.assess.words import day
from handlers.conversation.acts import FormAction
from handlers.conversation.form import NOT_SURE, YES, Field, Form, Kind, Option, When
from knowledge.assessment import LEVELS, Area, QuestionSet, Statement
from knowledge.scoring import counts_as_high_risk
from storage.contracts import Contract, Tier

LONGEST_COMMENT = 500
TIER, HIGH_RISK, END_RIGHT, END, COMMENTS = "tier", "high_risk", "end_right", "end_date", "comments"


@dataclass(frozen=True, slots=True)
class Answering:
    """The assessment of one contract. `after` is the person's last one of it, so that one form makes one.

    `question_set` is the version of the questions it was begun with, 0 for one that begins now.
    """

    reference: str
    after: int = 0
    question_set: int = 0


ANSWERS = FormAction("assess.answers", Answering)


def assessment_form(questions: QuestionSet, contract: Contract, params: Answering, high_risk: str) -> Form:
    """The whole form. `high_risk` says what high risk means here."""
    return Form(
        ANSWERS.name,
        f"Assess {contract.reference}",
        (
            *_about_the_contract(contract, high_risk),
            *(
                _asked(questions, area, each, contract.tier)
                for area in questions.areas
                for each in area.statements
            ),
            *_comments(questions),
        ),
        submit="Submit",
        params=ANSWERS.carried(params),
        steps=True,
        version=questions.version,
        intro=f"{contract.title}, {contract.supplier}. {questions.intro}",
    )


def comment_name(area: str) -> str:
    """The name of an area's comment."""
    return f"comment:{area}"


def _about_the_contract(contract: Contract, high_risk: str) -> tuple[Field, ...]:
    said = f"The register says this contract is {contract.tier}. Is that right?"
    ended = f"The register says it ends on {day(contract.ends)}. Is that right?" if contract.ends else ""
    risky = contract.high_risk or contract.tier is Tier.PLATINUM
    end = Field(
        END,
        "When does it end?",
        Kind.DATE,
        required=bool(ended),
        help="" if ended else "The register has no end date. Leave it empty if you do not know.",
        when=(When(END_RIGHT, ("no",)),) if ended else (),
    )
    return (
        Field(
            TIER,
            said if contract.tier else "The register has no tier for this contract. Which is it?",
            Kind.ONE_OF,
            options=tuple(
                Option(each.value, f"Yes, {each.value}" if each is contract.tier else each.value)
                for each in sorted(Tier, key=lambda each: each is not contract.tier)
            ),
            initial=contract.tier or "",
            not_sure=contract.tier is None,
        ),
        Field(
            HIGH_RISK,
            "Is this contract treated as high risk?",
            Kind.YES_NO,
            help=f"High risk means: {high_risk}",
            initial=YES if risky else "",
            not_sure=True,
        ),
        *((Field(END_RIGHT, ended, Kind.YES_NO, initial=YES),) if ended else ()),
        end,
    )


def _asked(questions: QuestionSet, area: Area, statement: Statement, tier: Tier | None) -> Field:
    levels = tuple(Option(str(level), questions.levels[level], statement.levels[level]) for level in LEVELS)
    unsure = (NOT_SURE,) if counts_as_high_risk(NOT_SURE, tier) else ()
    return Field(
        statement.id,
        statement.ask,
        Kind.SCALE,
        options=levels,
        help=area.name,
        not_sure=True,
        when=(When(HIGH_RISK, (YES, *unsure)),) if statement.high_risk_only else (),
    )


def _comments(questions: QuestionSet) -> tuple[Field, ...]:
    wanted = Field(
        COMMENTS,
        "Which areas do you want to add a comment to?",
        Kind.SEVERAL_OF,
        required=False,
        options=tuple(Option(each.id, each.name) for each in questions.areas),
        help="Skip this to add none.",
        aside=True,
    )
    return (
        wanted,
        *(
            Field(
                comment_name(each.id),
                f"Comment on {each.name[:1].lower()}{each.name[1:]}",
                Kind.LONG_TEXT,
                required=False,
                help="Do not write personal data about anybody.",
                longest=LONGEST_COMMENT,
                when=(When(COMMENTS, (each.id,)),),
            )
            for each in questions.areas
        ),
    )
