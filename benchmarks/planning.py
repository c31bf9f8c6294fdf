"""How long planning reminders takes, from the records' facts to everybody's messages, on one core.

The target: 10,000 contracts, 5,000 actions and 2,000 people in under 2 s, growing as they grow.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from scheduler.calendar import WorkCalendar
from scheduler.ladder import Colleague, Directory, Posts
from scheduler.planning import Plan, Planned, Situation
from scheduler.subjects import ActionFacts, ContractFacts, action_items, contract_items
from storage.months import Month
from storage.rules import shipped_rules

_CONTRACTS, _ACTIONS, _PEOPLE, _UNITS = 10_000, 5_000, 2_000, 40
_TODAY = date(2026, 11, 24)
_AHEAD = timedelta(days=30)
_YESTERDAY = _TODAY - timedelta(days=1)
_TARGET_SECONDS = 2.0
_ROUNDS = 3


def run() -> None:
    """Measure and print."""
    calendar = WorkCalendar(ZoneInfo("Europe/London"))
    seconds = {}
    for scale in (0.5, 1, 2):
        day = _planned(scale, lambda found: Plan(found, calendar, _TODAY, _TODAY).on(_TODAY))
        seconds[scale] = day
        ahead = _planned(scale, lambda found: Plan(found, calendar, _TODAY, _TODAY + _AHEAD).ahead())
        print(f"{_size(scale)}: a day in {day:.2f} s of one core, the next 30 days in {ahead:.2f} s")
    verdict = "kept" if seconds[1] < _TARGET_SECONDS else "MISSED"
    print(
        f"target of {_TARGET_SECONDS:.0f} s {verdict}; twice the size takes {seconds[2] / seconds[1]:.1f} times as long, "
        f"half of it {seconds[0.5] / seconds[1]:.1f} times"
    )


def _size(scale: float) -> str:
    counts = (round(each * scale) for each in (_CONTRACTS, _ACTIONS, _PEOPLE))
    return "{:,} contracts, {:,} actions, {:,} people".format(*counts)


def _planned(scale: float, plan: Callable[[Situation], list[Planned]]) -> float:
    """The best of some rounds, in seconds of processor time."""
    contracts, actions, directory = _facts(scale)
    best = float("inf")
    for _ in range(_ROUNDS):
        begun = time.process_time()
        items = [*contract_items(contracts, _TODAY), *action_items(actions, date(2026, 5, 1))]
        told = dict.fromkeys(directory.people, _YESTERDAY)
        messages = plan(Situation(items, shipped_rules(), directory, told=told, began=date(2026, 5, 1)))
        best = min(best, time.process_time() - begun)
        assert messages, "a plan without messages measures nothing"
    return best


def _facts(scale: float) -> tuple[list[ContractFacts], list[ActionFacts], Directory]:
    """Facts as a large council might have them; the same ones each time."""
    chance = random.Random(1)  # noqa: S311  # a sample that can be made again, no secret
    people = round(_PEOPLE * scale)
    units = round(_UNITS * scale)

    def somebody() -> int:
        return chance.randrange(1, people + 1)

    def day() -> date:
        return _TODAY + timedelta(days=chance.randrange(-300, 700))

    directory = Directory(
        [
            Colleague(
                each,
                f"Person {each}",
                each % units + 1,
                somebody(),
                *((_TODAY, _TODAY + timedelta(days=9)) if each % 15 == 0 else (None, None)),
            )
            for each in range(1, people + 1)
        ],
        [Posts(each, f"Unit {each}", None, somebody(), somebody()) for each in range(1, units + 1)],
        [1],
        [2],
    )
    contracts = [
        ContractFacts(
            f"CMA-{each}",
            "Something bought",
            each % units + 1,
            somebody() if each % 20 else None,
            somebody() if each % 7 else None,
            None,
            each % 9 == 0,
            day(),
            6,
            12,
            day(),
            day(),
            day(),
        )
        for each in range(round(_CONTRACTS * scale))
    ]
    actions = [
        ActionFacts(
            f"action:{each}",
            "Something to do",
            tuple(somebody() for _ in range(each % 3 + 1)),
            Month(2026, chance.randrange(3, 13)),
            each % units + 1,
        )
        for each in range(round(_ACTIONS * scale))
    ]
    return contracts, actions, directory


if __name__ == "__main__":
    run()
