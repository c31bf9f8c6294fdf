"""Calibration of the answering on the knowledge base itself: `covenant knowledge calibrate`.

The procedure, which anyone can repeat after changing articles:

1. The alternate questions of the articles, and the examples of the skills and neighbours, are parted into four.
   Four times, one part is left out of the index and asked (people who put it in a way nobody wrote down), and it
   and a quarter of the rest are asked with a slip of the keyboard or as their rarest words (people who nearly did).
2. Four times, a quarter of the articles is left out and some of their questions are asked: the first article
   found cannot be right.
3. Requests that have nothing to do with contracts (data/generic-requests.txt, never indexed) are asked each time.
4. Three logistic regressions over the figures of `knowledge.subjects` give the chances that a message is about an
   article, that it is one of the bot's skills, and that the first article is right.
5. The limits are the lowest that keep the wanted shares below. They are then held between bounds, since a base
   of a strange shape could otherwise silence the assistant or make it answer everything.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge.article import Article
from knowledge.judgement import Judgement, Limits
from knowledge.neighbours import load_neighbours
from knowledge.search import Entry
from knowledge.search.lessons import held_in, terse
from knowledge.search.logistic import fit
from knowledge.search.model import EmbeddingModel
from knowledge.search.typing_slips import slip
from knowledge.shipped import read_shipped
from knowledge.skills import load_skills
from knowledge.subjects import (
    ARTICLE,
    NEIGHBOUR,
    SKILL,
    Considered,
    Subjects,
    entries_of,
    group_of,
    lexicon_of,
    without_questions,
)

_HEAD = """\
# How sure Covenant may be. Written by `covenant knowledge calibrate`; the procedure is told in knowledge/calibrate.py.
"""
PARTS = 4
Builder = Callable[[Sequence[Entry]], Subjects]
# The same requests are asked in each part, and most of what people ask does have an article.
_GENERIC_COUNTS = 2.0 / PARTS
_NEAR_MISS_COUNTS = 0.3
# There are two example requests for three example questions, but people ask for something to be done less often.
_SKILL_COUNTS = 0.75


class Wanted(BaseModel):
    """What the limits must keep to on the calibration's own questions, and the bounds they are held between."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wrong_as_sure: float
    outside_as_sure: float
    outside_refused: float
    taken_for_skill: float
    sure: tuple[float, float]
    choose: tuple[float, float]
    skill: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """One question asked: which group it is of, whether the first of the group was right, and what it counts."""

    group: str
    right: bool
    missing: bool
    counts: float
    considered: Considered


def calibrate(
    articles: Iterable[Article], *, model: EmbeddingModel | None, cache_dir: Path | None = None
) -> Judgement:
    """The judgement that fits these articles."""
    return judgement_of(
        list(samples(list(articles), model, cache_dir)), load_wanted(with_model=model is not None)
    )


def write(path: Path, *, with_model: Judgement, without_model: Judgement) -> None:
    """Write both judgements to a file that `knowledge.judgement.load_judgement` reads."""
    found = {"with_model": with_model.to_data(), "without_model": without_model.to_data()}
    path.write_text(_HEAD + yaml.safe_dump(found, sort_keys=False), encoding="utf-8")


def load_wanted(*, with_model: bool) -> Wanted:
    """What is wanted of the limits, from the settings file."""
    read = read_shipped("data/settings.yaml")["wanted"]
    return Wanted.model_validate(read["with_model" if with_model else "without_model"])


def samples(
    articles: Sequence[Article], model: EmbeddingModel | None, cache_dir: Path | None
) -> Iterator[Sample]:
    """Every question of the procedure, asked."""
    entries = entries_of(articles, load_skills(), load_neighbours())
    lexicon = lexicon_of(articles)
    dice = random.Random(len(entries))  # noqa: S311 - makes slips of the keyboard, guards nothing

    def build(some: Sequence[Entry]) -> Subjects:
        return Subjects.build(some, model=model, cache_dir=cache_dir, lexicon=lexicon)

    for part in range(PARTS):
        yield from _asked(entries, part, dice, build)
        yield from _near_misses(entries, part, build)


def _asked(entries: Sequence[Entry], part: int, dice: random.Random, build: Builder) -> Iterator[Sample]:
    places = [(row, place) for row, entry in enumerate(entries) for place in range(len(entry.questions))]
    left_out = [one for one in places if sum(one) % PARTS == part]
    kept = [one for one in places if sum(one) % PARTS == (part + 1) % PARTS]
    subjects = build(without_questions(entries, left_out))
    for row, place in left_out:
        yield _sample(subjects, entries[row].id, entries[row].questions[place], 1.0)
    for some in (left_out, kept):
        asked = [entries[row].questions[place] for row, place in some]
        held = held_in(asked)
        for number, ((row, _), question) in enumerate(zip(some, asked, strict=True)):
            text = terse(question, held) if number % 2 else slip(question, dice)
            yield _sample(subjects, entries[row].id, text, 1.0)
    for text in generic_requests():
        yield _sample(subjects, f"{NEIGHBOUR}:", text, _GENERIC_COUNTS)


def _near_misses(entries: Sequence[Entry], part: int, build: Builder) -> Iterator[Sample]:
    gone = [
        entry for row, entry in enumerate(entries) if row % PARTS == part and group_of(entry.id) == ARTICLE
    ]
    kept = [entry for entry in entries if entry not in gone]
    subjects = build(kept)
    for entry in gone:
        for text in entry.questions[::PARTS]:
            yield Sample(ARTICLE, False, True, _NEAR_MISS_COUNTS, subjects.consider(text))


def _sample(subjects: Subjects, wanted: str, text: str, counts: float) -> Sample:
    considered = subjects.consider(text)
    group = group_of(wanted)
    first = subjects.index.entries[int(considered.orders[group][0])].id
    often = _SKILL_COUNTS if group == SKILL else 1.0
    return Sample(group, first == wanted, False, counts * often, considered)


def generic_requests() -> list[str]:
    """Requests about nothing that Covenant knows."""
    text = resources.files("knowledge").joinpath("data/generic-requests.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def judgement_of(found: Sequence[Sample], wanted: Wanted) -> Judgement:
    """The chances fitted to the samples, and the lowest limits that keep to what is wanted."""
    known = [one for one in found if not one.missing]
    scopes, counts = [one.considered.scope for one in known], [one.counts for one in known]
    in_scope = fit(scopes, [one.group == ARTICLE for one in known], counts)
    skill = fit(scopes, [one.group == SKILL for one in known], counts)
    inside = [one for one in found if one.group == ARTICLE]
    right = fit(
        [one.considered.standing for one in inside],
        [one.right for one in inside],
        [one.counts for one in inside],
    )
    draft = Judgement(in_scope, skill, right, Limits(1.0, 1.0, 0.5))
    return Judgement(in_scope, skill, right, _limits(draft, known, wanted))


def _limits(draft: Judgement, known: Sequence[Sample], wanted: Wanted) -> Limits:
    inside = [one for one in known if one.group == ARTICLE]
    outside = [one for one in known if one.group == NEIGHBOUR]
    wrong = [_sureness(draft, one) for one in inside if not one.right]
    sure = max(
        lowest(wrong, wanted.wrong_as_sure * len(inside)),
        lowest([_sureness(draft, one) for one in outside], wanted.outside_as_sure * len(outside)),
    )
    scoped = [draft.inside(one.considered.scope) for one in outside]
    choose = lowest(scoped, (1 - wanted.outside_refused) * len(outside))
    commanded = [draft.skill.chance(one.considered.scope) for one in inside]
    skill = lowest(commanded, wanted.taken_for_skill * len(inside))
    return Limits(_held(sure, wanted.sure), _held(choose, wanted.choose), _held(skill, wanted.skill))


def _sureness(draft: Judgement, one: Sample) -> float:
    return draft.confidence(one.considered.scope, one.considered.standing)


def lowest(chances: Sequence[float], let_through: float) -> float:
    """The lowest limit that lets no more than so many of these through."""
    falling = sorted(chances, reverse=True)
    return falling[int(let_through)] if int(let_through) < len(falling) else 0.0


def _held(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
