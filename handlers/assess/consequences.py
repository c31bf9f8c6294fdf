"""What follows from an assessment: follow-ups are opened or noted, and those who are asked are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.assess.access import Around, Directory
from handlers.assess.rules import rules_in_force
from handlers.assess.words import all_of, day, level
from handlers.conversation.acts import AGAIN, SayAgain
from handlers.conversation.message import Block, Bullets, Button, Buttons, Message, Note, Text, bold, spans
from handlers.conversation.reply import Notice
from knowledge.assessment import QuestionSet, QuestionSets, Rule
from knowledge.scoring import effective_tier, level_of, triggered
from storage.assessments import Assessment
from storage.contracts import Contract
from storage.database import Store
from storage.followups import FollowUp
from storage.months import months_after
from storage.people import Person

# The rule that asks for a senior person to be named, which naming one settles.
ASKS_FOR_SRO = "FU-SRO"
_SOON_OVER_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Consequence:
    """A follow-up with its rule. `new`: it was opened just now, else it was open and has a note more."""

    follow_up: FollowUp
    rule: Rule
    new: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One assessment of one contract, and the people around it."""

    around: Around
    assessment: Assessment
    questions: QuestionSet

    @property
    def contract(self) -> Contract:
        return self.around.contract

    @property
    def name(self) -> str:
        """The contract as people call it."""
        return f"{self.contract.reference} {self.contract.title}"


async def follow(
    store: Store, case: Case, now: datetime, today: date, *, note_open: bool = True
) -> list[Consequence]:
    """Open what the answers ask for under the register's tier. What is open already gets a note instead."""
    known = await store.followups.of_contract(case.contract.id)
    found = []
    rules = await rules_in_force(store, case.questions)
    for rule in triggered(case.questions, rules, case.assessment.answers, case.contract.tier):
        if any(each.rule == rule.id and each.assessment_id == case.assessment.id for each in known):
            continue
        under_way = next((each for each in known if each.rule == rule.id and each.state.is_open), None)
        if under_way is None:
            opened = await store.followups.add(_opened(case, rule, now, today))
            await store.reviews.open_for_follow_up(opened, now)
            found.append(Consequence(opened, rule, new=True))
        elif note_open:
            under_way.add_note(f"Low again in the self-assessment of {day(today)}.")
            found.append(Consequence(under_way, rule, new=False))
    return found


async def after_tier_change(
    store: Store, sets: QuestionSets, contracts: Iterable[Contract], now: datetime
) -> list[Notice]:
    """Run the rules again on the newest answers of contracts whose tier has changed; only new follow-ups open."""
    newest = await store.assessments.newest()
    directory = await Directory.read(store)
    notices: list[Notice] = []
    for contract in contracts:
        assessment = newest.get(contract.id)
        questions = sets.of(assessment.version) if assessment else None
        if assessment is None or questions is None:
            continue
        case = Case(directory.around(contract), assessment, questions)
        found = await follow(store, case, now, now.date(), note_open=False)
        notices += notices_of(case, found, f"tier:{contract.tier or 'none'}")
    return notices


def notices_of(case: Case, found: Sequence[Consequence], why: str) -> list[Notice]:
    """One message for each person who is asked or told, whatever number of follow-ups it is about."""
    told: dict[int, tuple[Person, list[Consequence]]] = {}
    for each in found:
        for person in told_of(case.around, each.rule):
            told.setdefault(person.id, (person, []))[1].append(each)
    return [
        Notice(
            f"assessment:{case.assessment.id}:{why}:{person.id}",
            person.id,
            _told(case, person, mine),
            "follow-up",
        )
        for person, mine in told.values()
        if person.id != case.assessment.answered_by
    ]


def told_of(around: Around, rule: Rule) -> list[Person]:
    """Who hears of a rule's follow-up: whoever is asked, and who is copied or flagged."""
    asked = around.owner(rule.owner)
    copied = around.contact if rule.copy_first_contact else None
    lead = around.lead if rule.tell_lead else None
    people = {each.id: each for each in (asked, copied, lead) if each is not None}
    return list(people.values())


def ends_soon(case: Case) -> date | None:
    """The contract's end, where it is less than three months after the assessment; the date answered counts."""
    written = case.assessment.context.get("end_date")
    end = date.fromisoformat(written) if written else case.contract.ends
    soon = months_after(case.assessment.day, _SOON_OVER_MONTHS)
    return end if end is not None and end < soon else None


def _opened(case: Case, rule: Rule, now: datetime, today: date) -> FollowUp:
    tier = effective_tier(rule, case.contract.tier)
    assert tier is not None, "a rule is set off under some tier's terms"
    owner = case.around.owner(rule.owner)
    copied = case.around.contact if rule.copy_first_contact else None
    end = ends_soon(case) if rule.decision else None
    return FollowUp(
        rule=rule.id,
        contract_id=case.contract.id,
        area=rule.area,
        opened_at=now,
        due=today + timedelta(days=rule.due_days[tier]),
        assessment_id=case.assessment.id,
        owner_id=owner.id if owner else None,
        copied_id=copied.id if copied else None,
        note=f"The contract {'ended' if end < today else 'ends'} on {day(end)}: decide for the next contract."
        if end
        else "",
        reassess_months=rule.reassess_months,
    )


def _told(case: Case, person: Person, mine: Sequence[Consequence]) -> Message:
    summary = f"Follow-up on {case.name}"
    blocks: list[Block] = [Text(spans([bold(f"{summary}.")]))]
    for asked, title in ((True, "You are asked to see to this:"), (False, "For your information:")):
        lines = [_line(case, each) for each in mine if (each.follow_up.owner_id == person.id) is asked]
        if lines:
            blocks += [Text(spans(title)), Bullets(tuple(spans(each) for each in lines))]
    meetings = [each for each in mine if each.rule.meeting and each.follow_up.owner_id == person.id]
    if len(meetings) > 1:
        rules = all_of([each.rule.id for each in meetings])
        blocks.append(
            Text(
                spans(f"One meeting with the contract manager can serve {rules}; each keeps its own record.")
            )
        )
    manager = case.around.manager
    blocks.append(Note(spans(f"Contract manager: {manager.name if manager else 'none on record'}.")))
    blocks.append(
        Buttons(_next(case, [each for each in mine if each.follow_up.owner_id == person.id]), "Next")
    )
    return Message(f"{summary}: {', '.join(each.rule.id for each in mine)}", tuple(blocks))


def _next(case: Case, asked: Sequence[Consequence]) -> tuple[Button, ...]:
    """What somebody can do about what they are asked for, and the list of it."""
    buttons = []
    if any(each.rule.id == ASKS_FOR_SRO for each in asked):
        reference = case.contract.reference
        buttons.append(AGAIN.button("Name an SRO", SayAgain(f"name an sro for {reference}")))
    if any(each.rule.meeting for each in asked):
        buttons.append(AGAIN.button("See the reviews", SayAgain("reviews")))
    return (*buttons, AGAIN.button("See the follow-ups", SayAgain("follow-ups")))


def _line(case: Case, each: Consequence) -> str:
    area = case.questions.area(each.rule.area)
    state = f"by {day(each.follow_up.due)}" if each.new else f"open already, due {day(each.follow_up.due)}"
    note = f" {each.follow_up.note.splitlines()[0]}" if each.new and each.follow_up.note else ""
    scored = "" if each.rule.without_score else f" ({area.name}, {_scored(case, each.rule)})"
    return f"{each.rule.id}: {each.rule.action}{scored}, {state}.{note}"


def _scored(case: Case, rule: Rule) -> str:
    if rule.statement is None:
        return f"score {level(case.questions, case.assessment.scores[rule.area])}".lower()
    answer = case.assessment.answers[rule.statement]
    found = next(each for each in case.questions.statements if each.id == rule.statement)
    return "not sure" if not answer.isdigit() else f"'{found.levels[level_of(answer)]}'"
