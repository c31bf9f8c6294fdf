"""The follow-up rules, the definitions and the schedule in force: the file's, with what the SRM lead has changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.assessment import QuestionSet, Rule
from knowledge.scoring import triggered
from storage.contracts import Contract, Tier
from storage.database import Store

_RULE = "follow-up rule "
_DEFINITION = "definition "
DEFINED = {"low": "Low score", "high_risk": "High risk contract", "key_contract": "Key contract"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the SRM lead can change in a rule: by tier the highest score that opens it, and its due days."""

    on: bool
    at_most: Mapping[Tier, int]
    due_days: Mapping[Tier, int]

    @classmethod
    def of(cls, rule: Rule) -> Terms:
        """The terms that a rule states."""
        return cls(
            bool(rule.due_days), {tier: rule.threshold(tier) for tier in rule.due_days}, dict(rule.due_days)
        )

    def applied(self, rule: Rule) -> Rule:
        """The rule under these terms; one that is off asks nothing of any tier."""
        return rule.model_copy(
            update={"at_most": dict(self.at_most), "due_days": dict(self.due_days) if self.on else {}}
        )

    def to_json(self) -> str:
        """As a preference keeps them."""
        return json.dumps({"on": self.on, "at_most": dict(self.at_most), "due_days": dict(self.due_days)})

    @classmethod
    def from_json(cls, text: str) -> Terms:
        """The terms written by `to_json`."""
        data = json.loads(text)
        return cls(
            data["on"],
            {Tier(tier): score for tier, score in data["at_most"].items()},
            {Tier(tier): days for tier, days in data["due_days"].items()},
        )


async def terms_of(store: Store, rule: Rule) -> Terms:
    """The terms of a rule that are in force."""
    text = await store.preferences.get(_RULE + rule.id)
    return Terms.from_json(text) if text else Terms.of(rule)


async def rules_in_force(store: Store, questions: QuestionSet) -> tuple[Rule, ...]:
    """Every rule with its terms in force."""
    return tuple([(await terms_of(store, rule)).applied(rule) for rule in questions.rules])


async def set_terms(store: Store, rule: Rule, terms: Terms) -> None:
    """Put terms in force."""
    await store.preferences.put(_RULE + rule.id, terms.to_json())


async def would_open(store: Store, questions: QuestionSet, rule: Rule, contracts: Sequence[Contract]) -> int:
    """On how many contracts a rule is set off by the newest answers."""
    newest = await store.assessments.newest()
    return sum(
        bool(triggered(questions, [rule], newest[each.id].answers, each.tier))
        for each in contracts
        if each.id in newest
    )


async def definition(store: Store, questions: QuestionSet, name: str) -> tuple[str, bool]:
    """What a word means here, and whether that is only the default."""
    own = await store.preferences.get(_DEFINITION + name)
    return (own, False) if own else (getattr(questions.definitions, name), True)


async def set_definition(store: Store, name: str, text: str) -> None:
    """Say what a word means here."""
    await store.preferences.put(_DEFINITION + name, text)
