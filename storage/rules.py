"""The rules of reminding: one row of data for each kind of thing, shipped as a file and changed in chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked
from sqlalchemy import JSON, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Record

RULES_FILE = Path(__file__).parent / "seed" / "reminder-rules.yaml"


class Kind(StrEnum):
    """A kind of thing that people are reminded of."""

    ACTION = "action"
    ACTION_ONGOING = "action_ongoing"
    CONTRACT_REVIEW = "contract_review"
    CONTRACT_NOTICE = "contract_notice"
    CONTRACT_EXTENSION = "contract_extension"
    CONTRACT_END = "contract_end"
    CONTRACT_INSURANCE = "contract_insurance"
    CONTRACT_CONTINUITY = "contract_continuity"
    CONTRACT_SCORECARD = "contract_scorecard"
    CONTRACT_SRO = "contract_sro"
    CONTRACT_PEOPLE = "contract_people"
    ASSESSMENT = "assessment"
    FOLLOWUP = "followup"
    ACTIVITY = "activity"
    DECISION_WANTED = "decision_wanted"
    DECISION = "decision"
    ARTICLE = "article"
    EXPERT = "expert"
    DRAFT = "draft"
    DRAFT_EXPIRED = "draft_expired"
    DIGEST = "digest"

    @property
    def label(self) -> str:
        """The kind as people write it."""
        return _LABELS[self]

    @property
    def personal(self) -> bool:
        """Whether it is nobody else's: no one stands in, and it goes to no one above."""
        return self in (Kind.DRAFT, Kind.DRAFT_EXPIRED)


_LABELS = {
    Kind.ACTION: "Actions of the plan",
    Kind.ACTION_ONGOING: "Ongoing actions",
    Kind.CONTRACT_REVIEW: "Contract reviews",
    Kind.CONTRACT_NOTICE: "Notice dates",
    Kind.CONTRACT_EXTENSION: "Extension decisions",
    Kind.CONTRACT_END: "Contract ends",
    Kind.CONTRACT_INSURANCE: "Insurance",
    Kind.CONTRACT_CONTINUITY: "Continuity tests",
    Kind.CONTRACT_SCORECARD: "Scorecards",
    Kind.CONTRACT_SRO: "Missing SROs",
    Kind.CONTRACT_PEOPLE: "Missing managers and deputies",
    Kind.ASSESSMENT: "Self-assessments",
    Kind.FOLLOWUP: "Follow-ups",
    Kind.ACTIVITY: "Agreed activities",
    Kind.DECISION_WANTED: "Decisions to record",
    Kind.DECISION: "Decisions that come back",
    Kind.ARTICLE: "Article reviews",
    Kind.EXPERT: "Expert questions",
    Kind.DRAFT: "Forms in progress",
    Kind.DRAFT_EXPIRED: "Expired forms",
    Kind.DIGEST: "Digests",
}


class Channel(StrEnum):
    """Where a kind of reminder comes."""

    MESSAGE = "message"
    DIGEST = "digest"
    OFF = "off"

    @property
    def label(self) -> str:
        """As people read it."""
        return {"message": "In people's own chat", "digest": "Only in the digest", "off": "Nowhere"}[self]


@checked(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class Rule:
    """When a kind of reminder comes and how far it goes up; every number is days (see the shipped file)."""

    before: tuple[int, ...] = ()
    on_the_day: bool = True
    after: tuple[int, ...] = ()
    every: int = 0
    contact: int = 0
    escalate: tuple[int, ...] = ()
    until: int = 0
    channel: Channel = Channel.MESSAGE
    statutory: bool = False
    urgent: bool = False


Rules = Mapping[Kind, Rule]
_RULES: TypeAdapter[dict[Kind, Rule]] = TypeAdapter(dict[Kind, Rule])
_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


@cache
def shipped_rules() -> Rules:
    """The rules as they ship."""
    rules = _RULES.validate_python(yaml.safe_load(RULES_FILE.read_text(encoding="utf-8")))
    missing = set(Kind) - set(rules)
    assert not missing, f"{RULES_FILE.name} has no row for {', '.join(sorted(missing))}"
    return rules


class RuleRow(Record):
    """A rule that was changed here; kinds without a row follow the shipped file."""

    __tablename__ = "reminder_rules"

    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReminderRules:
    """The rules in force."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> Rules:
        """The rule of every kind."""
        rules = dict(shipped_rules())
        for row in await self._session.scalars(select(RuleRow)):
            rules[Kind(row.kind)] = _RULE.validate_python(row.rule)
        return rules

    async def put(self, kind: Kind, rule: Rule) -> None:
        """Change a rule; one that is as it ships leaves no row behind."""
        await self._session.execute(delete(RuleRow).where(RuleRow.kind == kind.value))
        if rule != shipped_rules()[kind]:
            self._session.add(RuleRow(kind=kind.value, rule=_RULE.dump_python(rule, mode="json")))


def changes(before: Rule, after: Rule) -> dict[str, tuple[object, object]]:
    """What differs between two rules, by name."""
    old, new = asdict(before), asdict(after)
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}
