"""The buttons and forms of reviews, and who may use them."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.contracts.finding import Held, held, not_yours, units_by_id
from handlers.conversation.acts import ClickAction, FormAction
from handlers.conversation.message import Button, ButtonStyle, Message, say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.turn import Turn
from storage.contracts import Contract
from storage.database import Store
from storage.people import Role
from storage.reviews import Review, ReviewState

LEADS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})
LEADERS = LEADS | {Role.CSMG_MEMBER, Role.FIRST_CONTACT}


@dataclass(frozen=True, slots=True)
class OneReview:
    """One review by its id."""

    review_id: int


@dataclass(frozen=True, slots=True)
class OneActivity:
    """One agreed activity by its id."""

    activity_id: int


SHOW = ClickAction("reviews.show", OneReview)
BOOK = ClickAction("reviews.book", OneReview)
BOOK_FORM = FormAction("reviews.book.form", OneReview)
RECORD = ClickAction("reviews.record", OneReview)
RECORD_FORM = FormAction("reviews.record.form", OneReview)
DECIDE = ClickAction("reviews.decide", OneReview)
DECIDE_FORM = FormAction("reviews.decide.form", OneReview)
AGREE = ClickAction("reviews.agree", OneReview)
AGREE_FORM = FormAction("reviews.agree.form", OneReview)
DONE = ClickAction("reviews.activity.done", OneActivity)


@dataclass(frozen=True, slots=True)
class Opened:
    """A review with its contract, as this person may see or change it."""

    review: Review
    held: Held

    @property
    def contract(self) -> Contract:
        """The contract that is reviewed."""
        return self.held.contract

    @property
    def title(self) -> str:
        """`Risk review of CMA-2015`."""
        label = self.review.topic.label
        return f"{label[:1].upper()}{label[1:]} review of {self.contract.reference}"


async def seen(turn: Turn, store: Store, review_id: int) -> Opened | Reply:
    """A review that the person may see, or the words where there is none."""
    review = await store.reviews.get(review_id)
    contract = await store.contracts.get(review.contract_id) if review else None
    if review is None or contract is None:
        return reply(_gone())
    if await asked_of(turn, store, review):
        return Opened(review, Held(contract, await units_by_id(store)))
    found = await held(turn, store, contract.reference)
    return reply(_gone()) if isinstance(found, Reply) else Opened(review, found)


async def asked_of(turn: Turn, store: Store, review: Review) -> bool:
    """Whether the review is asked of this person, who may be neither the manager nor anybody who leads."""
    if turn.person_id is None:
        return False
    follow_up = await store.followups.get(review.follow_up_id) if review.follow_up_id else None
    passed = [each.to_id for each in await store.item_lines.of(f"review:{review.id}") if each.to_id]
    return turn.person_id in (follow_up.owner_id if follow_up else None, *passed[-1:])


async def changing(turn: Turn, store: Store, review_id: int, *states: ReviewState) -> Opened | Reply:
    """A review that the person may change and that is in one of these states."""
    found = await seen(turn, store, review_id)
    if isinstance(found, Reply):
        return found
    if not found.held.led_by(turn) and not await asked_of(turn, store, found.review):
        return reply(not_yours(found.contract))
    if found.review.state not in states:
        return reply(say(f"{found.title} is {_STATES[found.review.state]} already. Nothing was changed."))
    return found


_STATES = {
    ReviewState.OPEN: "open",
    ReviewState.BOOKED: "booked",
    ReviewState.DECISION: "recorded",
    ReviewState.DONE: "finished",
    ReviewState.CANCELLED: "called off",
}


def buttons_for(review: Review, *, short: str = "") -> list[Button]:
    """What can be done next with a review; `short` stands behind the label where there are several."""
    one = OneReview(review.id)
    match review.state:
        case ReviewState.OPEN:
            return [BOOK.button(f"Book{short}", one), RECORD.button(f"Record{short}", one)]
        case ReviewState.BOOKED:
            return [
                RECORD.button(f"Record{short}", one, style=ButtonStyle.PRIMARY),
                BOOK.button(f"Move{short}", one),
            ]
        case ReviewState.DECISION:
            return [DECIDE.button(f"Record the decision{short}", one, style=ButtonStyle.PRIMARY)]
        case _:
            return []


def _gone() -> Message:
    return say(
        "That review is not among those you may see. Nothing was changed. Type 'reviews' for the list."
    )
