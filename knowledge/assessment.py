"""The self-assessment's question set: its statements, bands and follow-up rules, read strictly from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.shipped import FASTEST, parse_yaml
from storage.contracts import Tier

FILE = Path(__file__).parent / "questions" / "self-assessment.yaml"
LEVELS = (0, 1, 2, 3)

Name = Annotated[str, Field(min_length=1, max_length=40)]
Words = Annotated[str, Field(min_length=3)]


class QuestionSetError(Exception):
    """A question set can't be used: one sentence for each problem, with the file and the line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Statement(_Strict):
    """One statement with its four described levels. `high_risk_only`: other contracts are not asked."""

    id: Name
    ask: Words
    levels: Mapping[int, Words]
    high_risk_only: bool = False


class Area(_Strict):
    """One of the nine areas, with the articles that help with it."""

    id: Name
    name: Words
    articles: tuple[str, ...] = Field(min_length=1)
    statements: tuple[Statement, ...] = Field(min_length=1)


class Band(_Strict):
    """What a share of the possible total is called; whole percents, both ends included."""

    first: int = Field(alias="from", ge=0, le=100)
    last: int = Field(alias="to", ge=0, le=100)
    label: Words


class OwnerRole(StrEnum):
    """Who is asked to see to a follow-up."""

    CSMG_MEMBER = "csmg_member"
    FIRST_CONTACT = "first_contact"
    TEAM_LEADER = "team_leader"


class Basis(StrEnum):
    """Whether a rule is the improvement plan's own or a default of ours."""

    PLAN = "plan"
    DEFAULT = "default"


class Rule(_Strict):
    """When a score asks something of somebody, for each tier of `due_days` (calendar days).

    `statement`: its level counts instead of the area's score. `at_most`: the highest score that opens a
    follow-up, for all tiers or by tier. `without_score`: who is asked is not told the score.
    """

    id: Name
    basis: Basis
    source: Words
    area: Name
    statement: Name | None = None
    action: Words
    owner: OwnerRole
    copy_first_contact: bool = False
    tell_lead: bool = False
    without_score: bool = False
    decision: bool = False
    meeting: bool = False
    reassess_months: int | None = Field(default=None, ge=1, le=24)
    at_most: int | Mapping[Tier, int] = 1
    due_days: Mapping[Tier, Annotated[int, Field(ge=1, le=365)]]

    def threshold(self, tier: Tier) -> int:
        """The highest score that opens it on a contract of a tier."""
        return self.at_most if isinstance(self.at_most, int) else self.at_most.get(tier, 1)


class Definitions(_Strict):
    """Words that the plan uses and does not define."""

    low: Words
    high_risk: Words
    key_contract: Words


class QuestionSet(_Strict):
    """A whole question set."""

    id: Name
    version: int = Field(ge=1)
    title: Words
    minutes: int = Field(ge=1)
    intro: Words
    definitions: Definitions
    levels: Mapping[int, Words]
    bands: tuple[Band, ...]
    areas: tuple[Area, ...] = Field(min_length=1)
    rules: tuple[Rule, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Every statement in order."""
        return tuple(statement for area in self.areas for statement in area.statements)

    def area(self, area_id: str) -> Area:
        """The area with an id."""
        return next(each for each in self.areas if each.id == area_id)


@cache
def load_question_set(path: Path = FILE) -> QuestionSet:
    """The question set in a file. Raises QuestionSetError with every problem in it."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=FASTEST)
        data = parse_yaml(text)
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionSetError([f"{path}: can't be read: {error}"]) from error
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 1
        raise QuestionSetError([f"{path}:{line}: is not valid YAML: {error.problem}"]) from error
    problems = [(node_line, problem) for node_line, problem in _twice(node)]
    found: QuestionSet | None = None
    try:
        found = QuestionSet.model_validate(data)
    except ValidationError as error:
        for each in error.errors():
            where = ".".join(str(part) for part in each["loc"])
            problems.append((_line(node, each["loc"]), f"{where or 'the file'}: {each['msg']}"))
    if found is not None:
        problems += [(_line(node, where), problem) for where, problem in _contradictions(found)]
    if problems or found is None:
        raise QuestionSetError([f"{path}:{line}: {problem}" for line, problem in sorted(problems)])
    return found


@dataclass(frozen=True, slots=True)
class QuestionSets:
    """The set that is asked now, and those that were asked before: what was answered stays with its own."""

    newest: QuestionSet
    earlier: tuple[QuestionSet, ...] = ()

    def of(self, version: int) -> QuestionSet | None:
        """The set of a version, 0 for the newest; None where its file is not kept any more."""
        if version == 0:
            return self.newest
        return next((each for each in (self.newest, *self.earlier) if each.version == version), None)


@cache
def load_question_sets(folder: Path = FILE.parent) -> QuestionSets:
    """The set in `self-assessment.yaml` and the earlier ones beside it, such as `self-assessment-1.yaml`."""
    newest = load_question_set(folder / FILE.name)
    paths = sorted(folder.glob(f"{FILE.stem}-*{FILE.suffix}"))
    earlier = [load_question_set(path) for path in paths]
    problems = []
    taken = {newest.version}
    for path, each in zip(paths, earlier, strict=True):
        if each.id != newest.id:
            problems.append(f"{path}: is of '{each.id}', the others of '{newest.id}'")
        if each.version in taken or each.version > newest.version:
            problems.append(
                f"{path}: version {each.version} is not an earlier one; raise that of {FILE.name}"
            )
        taken.add(each.version)
    if problems:
        raise QuestionSetError(problems)
    return QuestionSets(newest, tuple(earlier))


def _contradictions(found: QuestionSet) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What is well-formed and yet can't be meant."""
    seen: set[str] = set()
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("areas", number), area.id) for number, area in enumerate(found.areas)
    ]
    named += [(("rules", number), rule.id) for number, rule in enumerate(found.rules)]
    for number, area in enumerate(found.areas):
        for place, statement in enumerate(area.statements):
            where: tuple[str | int, ...] = ("areas", number, "statements", place)
            named.append((where, statement.id))
            if tuple(sorted(statement.levels)) != LEVELS:
                yield (*where, "levels"), f"{statement.id} must describe the levels 0, 1, 2 and 3"
    for there, name in named:
        if name in seen:
            yield (*there, "id"), f"'{name}' stands twice; give one of them another id"
        seen.add(name)
    if tuple(sorted(found.levels)) != LEVELS:
        yield ("levels",), "must name the levels 0, 1, 2 and 3"
    covered = [percent for band in found.bands for percent in range(band.first, band.last + 1)]
    if covered != list(range(101)):
        yield ("bands",), "must cover 0 to 100 percent in order, each percent once"
    yield from _lost_rules(found)


def _lost_rules(found: QuestionSet) -> Iterator[tuple[tuple[str | int, ...], str]]:
    statements = {area.id: {each.id for each in area.statements} for area in found.areas}
    for number, rule in enumerate(found.rules):
        if rule.area not in statements:
            yield ("rules", number, "area"), f"there is no area '{rule.area}'"
        elif rule.statement is not None and rule.statement not in statements[rule.area]:
            yield ("rules", number, "statement"), f"{rule.area} has no statement '{rule.statement}'"
        limits = [rule.at_most] if isinstance(rule.at_most, int) else list(rule.at_most.values())
        if any(limit not in LEVELS for limit in limits):
            yield ("rules", number, "at_most"), "a score is 0, 1, 2 or 3"


def _twice(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Names that stand twice in one place, of which YAML would drop one without a word."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, f"'{key.value}' stands twice; keep one"
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(value)


def _line(node: yaml.Node | None, where: tuple[Any, ...]) -> int:
    """The line of what a path of names and numbers leads to, or of the nearest thing above it."""
    line = node.start_mark.line + 1 if node else 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = next((each for each in node.value if each[0].value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
