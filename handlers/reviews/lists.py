"""Lists of reviews and of agreed activities, and one review with all that is on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers.contracts import words
from handlers.contracts.finding import units_by_id, visible
from handlers.conversation.message import (
    Block,
    Bullets,
    Button,
    Buttons,
    Fact,
    Facts,
    Message,
    Note,
    Table,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.turn import Turn
from handlers.reviews.questions import FINDINGS
from handlers.reviews.view import DONE, SHOW, OneActivity, OneReview, Opened, asked_of, buttons_for, seen
from storage.contracts import Contract, leads
from storage.database import Store
from storage.reviews import Review

_SHOWN = 20
_BUTTONS = 5


async def reviews(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The reviews to be done on the contracts that this person may see."""
    if turn.person is None:
        return reply(
            say("I can't find you in the council's directory, so I can't tell which reviews are yours.")
        )
    contracts = {each.id: each for each in await visible(turn, store)}
    waiting = [each for each in await store.reviews.unfinished() if each.contract_id in contracts]
    if not waiting:
        return private(say("No review is waiting on the contracts you may see."))
    units = await units_by_id(store)
    shown = waiting[:_SHOWN]
    rows = tuple((str(each.id), *_row(each, contracts[each.contract_id])) for each in shown)
    late = sum(each.due is not None and each.due < turn.today for each in waiting)
    rest = f" The {len(shown)} most urgent are shown." if len(waiting) > len(shown) else ""
    count = f"Reviews waiting: {len(waiting)}" + (f", {late} past their date." if late else ".")
    blocks: list[Block] = [
        Text(spans([bold(count), rest])),
        Table("Reviews", ("Review", "Contract", "Title", "Tier", "About"), rows),
    ]
    mine = [each for each in shown if leads(turn.profile, contracts[each.contract_id].unit_id, units)]
    buttons: list[Button] = []
    for each in mine[:_BUTTONS]:
        buttons += buttons_for(each, short=f" {each.topic.label} {contracts[each.contract_id].reference}")[:1]
    if not mine:
        buttons = [SHOW.button(f"Show review {each.id}", OneReview(each.id)) for each in shown[:_BUTTONS]]
    blocks += [Buttons(tuple(buttons), "Next"), Note(spans("Type 'review' and its number to open one."))]
    return private(Message(count, tuple(blocks)))


def _row(review: Review, contract: Contract) -> tuple[str, str, str, str]:
    return contract.reference, contract.title, contract.tier or "Not set", review.line


async def show_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """One review by its typed number."""
    return await show(turn, store, OneReview(int(args["number"])))


async def show(turn: Turn, store: Store, params: OneReview) -> Reply:
    """One review: what was found, agreed and decided, and what can be done next."""
    found = await seen(turn, store, params.review_id)
    return found if isinstance(found, Reply) else private(await review_message(turn, store, found))


async def review_message(turn: Turn, store: Store, found: Opened) -> Message:
    """All that is on record of a review."""
    review = found.review
    people = {each.id: each for each in await store.people.everyone()}
    facts = [("Contract", f"{found.contract.title}, {found.contract.supplier}"), ("State", review.line)]
    asked = await store.followups.get(review.follow_up_id) if review.follow_up_id else None
    if asked is not None and found.held.worked_by(turn):
        facts.append(
            ("Asked for by", ". ".join([f"{asked.rule}, after a low score", *asked.note.splitlines()]))
        )
    if review.held_on is not None:
        facts.append(("Held on", words.day(review.held_on)))
    facts += [
        (question.label, question.label_of(str(review.findings[question.name])))
        for question in FINDINGS[review.topic]
        if question.name in review.findings
    ]
    for decision in await store.reviews.decisions(found.contract.id):
        if decision.review_id == review.id:
            maker = words.person(decision.maker_id, people)
            facts += [
                ("Decision", f"{decision.choice.label.capitalize()}: {decision.reason}"),
                ("Decided by", f"{maker}, on {words.day(decision.decided_on)}"),
                ("Next step", decision.next_step.label),
            ]
    blocks: list[Block] = [
        Text(spans([bold(f"{found.title} (review {review.id})")])),
        Facts(tuple(Fact(name, spans(value)) for name, value in facts)),
    ]
    activities = await store.reviews.activities(review.id)
    if activities:
        blocks.append(
            Bullets(
                tuple(
                    spans(
                        f"{each.text}: {words.person(each.owner_id, people)}, {each.month.label}"
                        f"{', done' if each.done_at else ''}"
                    )
                    for each in activities
                )
            )
        )
    mine = found.held.led_by(turn) or await asked_of(turn, store, review)
    buttons = buttons_for(review) if mine else []
    if buttons:
        blocks.append(Buttons(tuple(buttons), "Next"))
    return Message(found.title, tuple(blocks))


async def activities(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What was agreed at reviews and is not done, of this person and of the contracts they may see."""
    if turn.person is None:
        return reply(say("I can't find you in the council's directory, so I can't tell what you agreed."))
    contracts = {each.id: each for each in await visible(turn, store)}
    own = turn.person.id
    found = [
        each
        for each in await store.reviews.open_activities()
        if each.contract_id in contracts or each.owner_id == own
    ]
    if not found:
        return private(say("No agreed activity is open."))
    people = {each.id: each for each in await store.people.everyone()}
    shown = found[:_SHOWN]
    rows = []
    for each in shown:
        contract = contracts.get(each.contract_id) or await store.contracts.get(each.contract_id)
        late = ", overdue" if each.overdue(turn.today) else ""
        rows.append(
            (
                str(each.id),
                contract.reference if contract else "",
                each.text,
                words.person(each.owner_id, people),
                f"{each.month.label}{late}",
            )
        )
    rest = f" The {len(shown)} due first are shown." if len(found) > len(shown) else ""
    return private(
        Message(
            f"Agreed activities: {len(found)}.",
            (
                Text(spans([bold(f"Agreed activities: {len(found)}."), rest])),
                Table("Agreed activities", ("Number", "Contract", "What", "Owner", "Due"), tuple(rows)),
                Buttons(_done_buttons([each.id for each in shown]), "Done"),
            ),
        )
    )


def _done_buttons(ids: Sequence[int]) -> tuple[Button, ...]:
    return tuple(DONE.button(f"Activity {each} is done", OneActivity(each)) for each in ids[:_BUTTONS])
