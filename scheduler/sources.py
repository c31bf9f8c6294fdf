"""What people are reminded of beside contracts' own dates and the plan's actions, read from its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.assess.showing import due_dates
from handlers.conversation.steps_left import answered
from scheduler.due import Item
from scheduler.ladder import Directory
from scheduler.planning import CATCH_UP
from scheduler.subjects import FURTHEST_AHEAD, day_label
from storage.contracts import Contract
from storage.database import Store
from storage.drafts import KEPT, Draft, DraftState
from storage.experts import ExpertRequest, ExpertState
from storage.followups import FollowUp
from storage.reviews import Activity, Decision, Review, ReviewState, Topic
from storage.rules import Kind

_LONGEST = 120
_BOOKED = "The meeting is booked for that day. Record what came of it."


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """An article of the knowledge base with the day by which it should be reviewed, and by whom."""

    slug: str
    title: str
    next_review: date
    owner_email: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What every source needs: the contracts that are not history, by id, and who works here."""

    contracts: Mapping[int, Contract]
    directory: Directory
    emails: Mapping[str, int]
    today: date
    zone: ZoneInfo

    def day(self, moment: datetime) -> date:
        """The council's day of a moment."""
        return moment.astimezone(self.zone).date()

    def lead(self) -> tuple[int, ...]:
        """The SRM lead, or whoever stands first behind the post."""
        return tuple(self.directory.leadership[:1])


async def other_items(store: Store, around: Around, articles: Sequence[ArticleFacts]) -> list[Item]:
    """Everything of these kinds that is open."""
    contracts = around.contracts
    due = await due_dates(store, list(contracts.values()), around.today)
    follow_ups = [each for each in await store.followups.all_open() if each.contract_id in contracts]
    reviews = [each for each in await store.reviews.unfinished() if each.contract_id in contracts]
    activities = [each for each in await store.reviews.open_activities() if each.contract_id in contracts]
    decided = await store.reviews.decisions_coming_back(around.today, around.today + FURTHEST_AHEAD)
    waiting = await store.experts.in_state(ExpertState.OPEN, ExpertState.CLAIMED)
    left = await store.drafts.left(datetime.combine(around.today - CATCH_UP, time(), around.zone))
    return [
        *_assessments(due, around),
        *_follow_ups(follow_ups, reviews, around),
        *_decisions_wanted(reviews, follow_ups, around),
        *(_activity(each, contracts[each.contract_id]) for each in activities),
        *(_comes_back(decision, contract, day) for decision, contract, day in _newest(decided)),
        *_questions(waiting, await store.experts.handed_up(), around),
        *_articles(articles, around),
        *_drafts(left, around),
    ]


def _assessments(due: Mapping[int, date | None], around: Around) -> Iterator[Item]:
    horizon = around.today + FURTHEST_AHEAD
    for contract_id, day in due.items():
        if day is not None and day <= horizon:
            contract = around.contracts[contract_id]
            subject = f"assessment:{contract.reference}"
            yield _of_contract(subject, Kind.ASSESSMENT, contract, contract.title, day)


def _follow_ups(follow_ups: Sequence[FollowUp], reviews: Sequence[Review], around: Around) -> Iterator[Item]:
    """What low scores ask for. One whose review is booked counts from that day; one that was held, from there."""
    asked = {each.follow_up_id: each for each in reviews}
    topics = {each.rule: each for each in Topic}
    for each in follow_ups:
        review, topic = asked.get(each.id), topics.get(each.rule)
        if review is not None and review.state is ReviewState.DECISION:
            continue
        booked = review.booked_for if review is not None else None
        day = booked or each.due
        owners = (each.owner_id,) if each.owner_id is not None else ()
        yield Item(
            f"review:{review.id}" if review is not None else f"followup:{each.id}",
            Kind.FOLLOWUP,
            f"{around.contracts[each.contract_id].reference}: "
            f"{f'{topic.label} review' if topic else f'follow-up {each.rule}'}",
            day_label(day),
            day,
            day,
            owners,
            around.contracts[each.contract_id].unit_id,
            note=_BOOKED if booked else "",
        )


def _decisions_wanted(
    reviews: Sequence[Review], follow_ups: Sequence[FollowUp], around: Around
) -> Iterator[Item]:
    """Reviews that were held and end in a decision of the Business Unit's, from the day they were held."""
    asked = {each.id: each.owner_id for each in follow_ups}
    for each in reviews:
        if each.state is ReviewState.DECISION and each.held_on is not None:
            contract = around.contracts[each.contract_id]
            owner = asked.get(each.follow_up_id or 0) or around.directory.posted(contract.unit_id)
            yield Item(
                f"review:{each.id}",
                Kind.DECISION_WANTED,
                f"{contract.reference}: {each.topic.label} review",
                day_label(each.held_on),
                each.held_on,
                None,
                (owner,) if owner is not None else (),
                contract.unit_id,
            )


def _activity(activity: Activity, contract: Contract) -> Item:
    day = activity.month.last_day
    return Item(
        f"activity:{activity.id}",
        Kind.ACTIVITY,
        f"Activity {activity.id}: {activity.text[:_LONGEST]} ({contract.reference})",
        activity.month.label,
        day,
        day,
        (activity.owner_id,),
        contract.unit_id,
    )


def _newest(
    decided: Sequence[tuple[Decision, Contract, date]],
) -> Sequence[tuple[Decision, Contract, date]]:
    """Of several decisions on one thing the last, which took the place of those before it."""
    newest: dict[tuple[int, Topic], tuple[Decision, Contract, date]] = {}
    for each in decided:
        key = (each[1].id, each[0].topic)
        if key not in newest or newest[key][0].id < each[0].id:
            newest[key] = each
    return list(newest.values())


def _comes_back(decision: Decision, contract: Contract, day: date) -> Item:
    subject = f"decision:{decision.id}"
    return _of_contract(subject, Kind.DECISION, contract, f"{decision.topic.label}, next contract", day)


def _of_contract(subject: str, kind: Kind, contract: Contract, what: str, day: date) -> Item:
    return Item(
        subject,
        kind,
        f"{contract.reference}: {what}",
        day_label(day),
        day,
        day,
        (contract.manager_id,) if contract.manager_id is not None else (),
        contract.unit_id,
        contract.deputy_id,
    )


def _questions(
    waiting: Sequence[ExpertRequest], handed_up: Mapping[int, datetime], around: Around
) -> Iterator[Item]:
    """Questions that somebody has taken, or that have come to the SRM lead.

    Those that nobody has taken yet are sent round again by a job of their own, so they are left out here.
    """
    for each in waiting:
        owners: tuple[int, ...]
        if each.state is ExpertState.CLAIMED and each.holder_id is not None:
            owners, since = (each.holder_id,), each.claimed_at or each.asked_at
        elif each.with_lead:
            owners, since = around.lead(), handed_up.get(each.id, each.waiting_since or each.asked_at)
        else:
            continue
        yield Item(
            f"expert:{each.id}",
            Kind.EXPERT,
            f"Request {each.id}: {each.question[:_LONGEST]}",
            day_label(around.day(each.asked_at)),
            around.day(since),
            None,
            owners,
        )


def _articles(articles: Sequence[ArticleFacts], around: Around) -> Iterator[Item]:
    """Articles by their review date, to their owner, or to the SRM lead where they have none who is here."""
    for each in articles:
        owner = around.emails.get((each.owner_email or "").casefold())
        yield Item(
            f"article:{each.slug}",
            Kind.ARTICLE,
            each.title,
            day_label(each.next_review),
            each.next_review,
            each.next_review,
            (owner,) if owner is not None else around.lead(),
        )


def _drafts(left: Sequence[Draft], around: Around) -> Iterator[Item]:
    """Forms that somebody has begun: until their last day, and that they have ended, from the day after it."""
    for each in left:
        last = around.day(each.expires_at)
        what, owner = f"Form {each.id}: {each.title}", (each.person_id,)
        if each.state is not DraftState.EXPIRED and last >= around.today:
            note = f"{answered(each)}.".capitalize()
            subject = f"draft:{each.id}"
            yield Item(subject, Kind.DRAFT, what, day_label(last), last, last, owner, note=note)
        over, kept = last + timedelta(days=1), f"{KEPT.days} days"
        yield Item(f"draft:{each.id}:over", Kind.DRAFT_EXPIRED, what, kept, over, None, owner)
