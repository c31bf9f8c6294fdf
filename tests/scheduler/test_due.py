"""What is due under the rules, and who is told: pure planning."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendar import WorkCalendar
from scheduler.due import Item, Step, occasions, steps
from scheduler.ladder import Because, Colleague, Directory, Posts, Told
from scheduler.planning import Plan, Planned, Situation, Wishes
from scheduler.subjects import ActionFacts, ContractFacts, action_items, contract_items, months_before
from storage.manners import Cadence
from storage.months import Month
from storage.rules import Channel, Kind, Rule, shipped_rules
from storage.scorecards import Every, Period

CALENDAR = WorkCalendar(ZoneInfo("Europe/London"))
OWNER, DEPUTY, CONTACT, MEMBER, LEAD, STAND_IN = range(1, 7)
UNIT = Posts(1, "Adult Social Care", None, MEMBER, CONTACT)
ON = date(2027, 3, 1)
RULE = Rule(before=(30, 7), every=7, contact=14, escalate=(14, 28, 56))


def directory(*changed: Colleague, units: tuple[Posts, ...] = (UNIT,)) -> Directory:
    people = {each: Colleague(each, f"Person {each}", 1) for each in range(1, 7)}
    people |= {each.id: each for each in changed}
    return Directory(people.values(), units, [LEAD], [STAND_IN])


def item(due: date = ON, **about: object) -> Item:
    fields = {"owners": (OWNER,), "unit_id": 1} | about
    return Item("contract:CMA-1:review", Kind.CONTRACT_REVIEW, "CMA-1", str(due), due, due, **fields)  # type: ignore[arg-type]


def told(
    person_id: int, day: date, *, people: Directory | None = None, about: Item | None = None
) -> list[Told]:
    found = occasions(
        [about or item()], {Kind.CONTRACT_REVIEW: RULE}, people or directory(), CALENDAR, (day, day)
    )
    return [each.told for each in found if each.told.person_id == person_id]


def test_the_owner_hears_before_on_the_day_and_weekly_after() -> None:
    days = [ON + timedelta(days=each) for each in range(-40, 60)]
    heard = [(day - ON).days for day in days if CALENDAR.works(day) and told(OWNER, day)]
    # 30 days before the first of March is a Saturday, and Good Friday and Easter Monday are days off.
    assert heard == [-31, -7, 0, 7, 14, 21, 24, 35, 42, 49, 56]


def test_it_goes_up_by_the_ladder() -> None:
    assert told(CONTACT, ON + timedelta(days=14), about=item()) != []
    # The day is Easter Monday: nobody above is told before it.
    assert told(MEMBER, date(2027, 3, 25)) == []
    assert told(MEMBER, date(2027, 3, 30)) == [Told(MEMBER, Because.GOES_UP)]
    assert told(LEAD, ON + timedelta(days=56)) == [Told(LEAD, Because.GOES_UP)]
    with_deputy = item(deputy_id=DEPUTY)
    assert told(DEPUTY, ON + timedelta(days=14), about=with_deputy) == [Told(DEPUTY, Because.GOES_UP)]


def test_a_vacant_post_is_skipped_upwards() -> None:
    empty = directory(units=(Posts(1, "Adult Social Care"),))
    assert told(LEAD, date(2027, 3, 15), people=empty) == [Told(LEAD, Because.GOES_UP, skipped=True)]
    assert [post for _, post in empty.vacant] == ["CSMG member", "first point of contact"]
    assert told(CONTACT, ON, about=item(owners=())) == [Told(CONTACT, Because.VACANT)]


def test_leave_goes_to_the_deputy_and_silence_to_the_next() -> None:
    away = Colleague(OWNER, "Owner", 1, DEPUTY, ON, ON)
    assert told(DEPUTY, ON, people=directory(away)) == [Told(DEPUTY, Because.ON_LEAVE, OWNER)]
    both = directory(away, Colleague(DEPUTY, "Deputy", 1, leave_from=ON))
    assert told(CONTACT, ON, people=both) == [Told(CONTACT, Because.ON_LEAVE, OWNER)]
    lost = Colleague(OWNER, "Owner", 1, reachable=False)
    assert told(CONTACT, ON, people=directory(lost)) == [Told(CONTACT, Because.OUT_OF_REACH, OWNER)]


def test_a_month_is_due_on_its_last_day_and_late_from_the_first_of_the_next() -> None:
    facts = [
        ActionFacts("action:W1-01", "W1-01", (OWNER,), Month(2026, 10)),
        ActionFacts("action:W2-07", "W2-07", (OWNER,), None, ongoing=True),
        ActionFacts("action:W1-02", "W1-02", (OWNER,), None),
    ]
    assert list(action_items(facts, None)) == []
    october, ongoing = action_items(facts, date(2026, 5, 1))
    assert (october.due, october.when) == (date(2026, 10, 31), "October 2026")
    assert (ongoing.due, ongoing.kind) == (None, Kind.ACTION_ONGOING)


def test_a_plan_confirmed_late_does_not_flood() -> None:
    late = [ActionFacts(f"action:W1-{each:02}", "W1", (OWNER,), Month(2026, 1)) for each in range(1, 30)]
    items = list(action_items(late, date(2026, 11, 4)))
    plan = Plan(
        Situation(items, shipped_rules(), directory()), CALENDAR, date(2026, 11, 4), date(2026, 11, 30)
    )
    own = [each for each in plan.ahead() if each.person_id == OWNER]
    # One message a week, and each thing once in it.
    assert [len(each.lines) for each in own] == [29] * len(own)
    assert len(own) == 4


def test_contracts_give_their_dates_and_their_gaps() -> None:
    quarter = Period(Month(2026, 12), Every.QUARTER)
    contract = ContractFacts(
        "CMA-1", "Care", 1, OWNER, None, None, True, date(2027, 9, 30), 6, 12, ON, ON, ON, quarter
    )
    found = {each.kind: each.due for each in contract_items([contract], ON)}
    assert found == {
        Kind.CONTRACT_REVIEW: ON,
        Kind.CONTRACT_INSURANCE: ON,
        Kind.CONTRACT_CONTINUITY: ON,
        Kind.CONTRACT_END: date(2027, 9, 30),
        Kind.CONTRACT_NOTICE: date(2027, 3, 30),
        Kind.CONTRACT_EXTENSION: date(2026, 12, 30),
        Kind.CONTRACT_SRO: None,
        Kind.CONTRACT_PEOPLE: None,
        Kind.CONTRACT_SCORECARD: None,
    }
    assert months_before(date(2027, 8, 31), 6) == date(2027, 2, 28)


def messages(situation: Situation, first: date, last: date) -> list[Planned]:
    return [each for each in Plan(situation, CALENDAR, first, last).ahead() if each.person_id == OWNER]


def test_weekly_people_hear_once_a_week_unless_it_is_urgent() -> None:
    weekly = {OWNER: Wishes(hour=14, cadence=Cadence.WEEKLY)}
    situation = Situation([item(date(2027, 3, 3))], {Kind.CONTRACT_REVIEW: RULE}, directory(), weekly)
    days = [
        (each.day.weekday(), each.hour) for each in messages(situation, date(2027, 3, 1), date(2027, 3, 31))
    ]
    # The last Monday of that March is Easter Monday.
    assert days == [(0, 14)] * 4 + [(1, 14)]
    urgent = Situation(
        [item(date(2027, 3, 3))], {Kind.CONTRACT_REVIEW: Rule(urgent=True)}, directory(), weekly
    )
    (only,) = messages(urgent, date(2027, 3, 1), date(2027, 3, 31))
    assert (only.day, only.hour) == (date(2027, 3, 3), 7)


def test_a_weekly_message_that_reached_nobody_comes_on_the_next_day() -> None:
    weekly = {OWNER: Wishes(cadence=Cadence.WEEKLY)}
    lost = frozenset({(OWNER, ON)})
    situation = Situation([item()], {Kind.CONTRACT_REVIEW: RULE}, directory(), weekly, began=ON, lost=lost)
    tuesday = ON + timedelta(days=1)
    assert [each.day for each in messages(situation, tuesday, tuesday)] == [tuesday]


def test_what_begins_to_wait_on_a_day_off_is_told_on_the_next_working_day() -> None:
    # The first of January 2027 is a holiday and a Friday: on the day before, it was not there yet.
    waiting = Item(
        "contract:CMA-1:people", Kind.CONTRACT_PEOPLE, "CMA-1", "", date(2027, 1, 1), None, (OWNER,)
    )
    situation = Situation([waiting], {Kind.CONTRACT_PEOPLE: Rule()}, directory(), began=date(2026, 12, 1))
    (told_on,) = messages(situation, date(2026, 12, 29), date(2027, 1, 8))
    assert told_on.day == date(2027, 1, 4)


def test_a_snooze_is_quiet_until_its_day_and_comes_back() -> None:
    until = ON + timedelta(days=9)
    snoozed = {(OWNER, "contract:CMA-1:review"): until}
    situation = Situation(
        [item()], {Kind.CONTRACT_REVIEW: RULE}, directory(), snoozed=snoozed, told={OWNER: ON}, began=ON
    )
    assert messages(situation, ON, ON + timedelta(days=12))[0].day == until


def test_a_kind_switched_off_is_silent_unless_it_is_statutory() -> None:
    muted = {OWNER: Wishes(muted=frozenset({Kind.CONTRACT_REVIEW}))}
    assert not messages(Situation([item()], {Kind.CONTRACT_REVIEW: RULE}, directory(), muted), ON, ON)
    firm = {Kind.CONTRACT_REVIEW: Rule(statutory=True)}
    assert messages(Situation([item()], firm, directory(), muted), ON, ON)


def test_a_rule_for_the_digest_alone_makes_no_message() -> None:
    for channel in (Channel.DIGEST, Channel.OFF):
        quiet = {Kind.CONTRACT_REVIEW: Rule(every=1, channel=channel)}
        assert not messages(Situation([item()], quiet, directory()), ON, ON + timedelta(days=9))


RULES = st.builds(
    Rule,
    before=st.lists(st.integers(1, 90), max_size=3).map(tuple),
    on_the_day=st.booleans(),
    after=st.lists(st.integers(1, 30), max_size=2).map(tuple),
    every=st.integers(0, 30),
    contact=st.integers(0, 30),
    escalate=st.lists(st.integers(7, 90), max_size=3).map(lambda days: tuple(sorted(days))),
    until=st.integers(0, 60),
)


@given(RULES, st.integers(0, 200), st.integers(0, 250), st.integers(0, 40))
def test_a_window_gives_what_its_days_give_one_by_one(rule: Rule, anchor: int, low: int, width: int) -> None:
    whole = sorted(steps(rule, anchor, low, low + width))
    single = sorted(pair for day in range(low, low + width + 1) for pair in steps(rule, anchor, day, day))
    assert whole == single


@given(RULES)
def test_an_owner_hears_of_it_before_it_goes_up(rule: Rule) -> None:
    days = list(steps(rule, 1000, 0, 2000))
    up = [day for day, step in days if step is Step.DEPUTY]
    own = [day for day, step in days if step is Step.OWN]
    assert all(any(1000 <= heard < day for heard in own) for day in up)
