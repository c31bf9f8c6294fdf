"""What a question is answered with: an article, a choice between some, a skill of the bot, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from knowledge.article import Article
from knowledge.followup import GoingOn, joined, load_follow_ups
from knowledge.framing import load_framing
from knowledge.judgement import Judgement, load_judgement
from knowledge.naming import Names
from knowledge.neighbours import Neighbour, load_neighbours
from knowledge.search.model import EmbeddingModel
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
    name_of,
)

_LEAST_CHOICES, _CHOICES = 2, 3
_TRACED = 10
_EVEN_CHANCE = 0.5


class Verdict(StrEnum):
    """What is done with a question."""

    ANSWER = "answer"
    CHOOSE = "choose"
    SKILL = "skill"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One subject the question could mean; `id` is an article's slug, `skill:name` or `neighbour:name`.

    `evidence` says by name what speaks for it: cosines, BM25, likeness of letters, and the trained head.
    """

    id: str
    score: float
    evidence: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """Why this answer.

    `read_as` is the question as it was searched for, `corrections` the words changed in it, `follow_up_to` the
    earlier message it was read together with. `in_scope` and `skill` are the chances that an article and that
    a skill is meant, held against `thresholds`. `called` has the articles that are offered whatever the chances,
    since the question is little more than their name.
    """

    read_as: str
    corrections: tuple[tuple[str, str], ...]
    follow_up_to: str | None
    candidates: tuple[Candidate, ...]
    in_scope: float
    skill: float
    thresholds: tuple[tuple[str, float], ...]
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one question.

    For ANSWER, `article` is set and `choices` holds up to three next candidates; for CHOOSE, `choices` holds
    two or three; for SKILL, `skill` is set, and `choices` holds an article where guidance may be meant as well;
    for NONE, `neighbour` names the right place where one is known. `skill_beside` names, for ANSWER and CHOOSE,
    a skill that may be meant as well.
    `confidence` is the chance, 0 to 1, that the verdict's article, skill or refusal is right.
    """

    verdict: Verdict
    article: str | None
    choices: tuple[str, ...]
    skill: str | None
    confidence: float
    neighbour: Neighbour | None
    trace: Trace
    skill_beside: str | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A question considered, with the chances it was given."""

    considered: Considered
    in_scope: float
    skill: float
    right: float

    @property
    def inside(self) -> float:
        return min(self.in_scope + self.skill, 1.0)

    @property
    def sureness(self) -> float:
        return self.in_scope * self.right


class Answerer:
    """Answers questions from a set of articles, beside the bot's skills and the known neighbours."""

    def __init__(
        self, subjects: Subjects, names: Names, going_on: GoingOn, judgement: Judgement, *, has_model: bool
    ) -> None:
        self._subjects = subjects
        self._going_on = going_on
        self._names_of_articles = names
        self._judgement = judgement
        self._neighbours = {one.name: one for one in load_neighbours()}
        self._follow_ups, self._framing = load_follow_ups(), load_framing()
        self.has_model = has_model

    @classmethod
    def build(
        cls,
        articles: Iterable[Article],
        *,
        model: EmbeddingModel | None,
        cache_dir: Path | None = None,
        judgement: Judgement | None = None,
    ) -> Answerer:
        """An answerer over these articles; without a model it answers by words alone, less well."""
        shelf = list(articles)
        subjects = Subjects.build(
            entries_of(shelf, load_skills(), load_neighbours()),
            model=model,
            cache_dir=cache_dir,
            lexicon=lexicon_of(shelf),
            others=load_follow_ups().examples,
        )
        going_on = GoingOn(subjects.index, load_follow_ups(), cache_dir)
        judgement = judgement or load_judgement(with_model=model is not None)
        return cls(subjects, Names(shelf), going_on, judgement, has_model=model is not None)

    def changed(self, articles: Iterable[Article]) -> Answerer | None:
        """An answerer over these articles, at once where only a few are others than here; None where more are.

        What was learned of the rest is not learned anew. `build` does that, and takes seconds.
        """
        shelf = list(articles)
        subjects = self._subjects.changed(
            entries_of(shelf, load_skills(), load_neighbours()), lexicon_of(shelf)
        )
        if subjects is None:
            return None
        return Answerer(subjects, Names(shelf), self._going_on, self._judgement, has_model=self.has_model)

    def answer(self, text: str, previous: Sequence[str] = ()) -> Answer:
        """The verdict on a message; `previous` has the person's last messages, oldest first."""
        framed = self._framing.subject(text)
        # "Can you explain it" has no subject of its own to be taken out.
        said = framed.text if self._follow_ups.own_words(framed.text) else text
        earlier = tuple(self._framing.subject(one).text for one in previous)
        alone = self._judged(said)
        by_itself = self._verdict(alone, None)
        answer = self._with_earlier(said, alone, by_itself, earlier) or by_itself
        return self._as_guidance(answer) if framed.guidance else answer

    def _as_guidance(self, answer: Answer) -> Answer:
        """The answer to a message that asks for guidance: a command is offered, and not done."""
        articles = [one.id for one in answer.trace.candidates if group_of(one.id) == ARTICLE]
        if answer.verdict is not Verdict.SKILL or len(articles) < _LEAST_CHOICES:
            return answer
        choices = tuple(articles[:_CHOICES])
        return replace(answer, verdict=Verdict.CHOOSE, choices=choices, skill=None, skill_beside=answer.skill)

    def _with_earlier(
        self, text: str, alone: _Judged, by_itself: Answer, previous: Sequence[str]
    ) -> Answer | None:
        """The verdict on a message read with the one it goes on from; None where it stands by itself."""
        again = self._another_tier(text, previous)
        if again is not None:
            return again
        share = self._going_on.share(alone.considered.evidence)
        if share < self._follow_ups.least or self._stands_alone(text, share, alone, by_itself):
            return None
        topic = self._topic(previous)
        if topic is None:
            return None
        found = self._verdict(self._together(text, share, alone, *topic), topic[0])
        if share >= self._follow_ups.wholly and not self._follow_ups.own_words(text):
            return found
        return self._either(found, by_itself)

    @staticmethod
    def _either(together: Answer, by_itself: Answer) -> Answer:
        """What a message with a word of its own is answered with, which may go on from the earlier one or not.

        An article that only one of both readings speaks for is offered, and not taken as sure.
        """
        if together.article == by_itself.article or by_itself.verdict not in {Verdict.NONE, Verdict.ANSWER}:
            return together
        articles = [one for one in (together.article, by_itself.article) if one]
        choices = tuple(dict.fromkeys((*articles, *together.choices, *by_itself.choices)))[:_CHOICES]
        return replace(together, verdict=Verdict.CHOOSE, article=None, choices=choices, skill=None)

    def _another_tier(self, text: str, previous: Sequence[str]) -> Answer | None:
        """The verdict on what was asked last about contracts, for another tier; None where none is named."""
        tier = self._follow_ups.tier_alone(text)
        if tier is None:
            return None
        for earlier, _ in self._stood(previous):
            # A tier is one of contracts: it does not go on from "my laptop is broken" in between.
            answer = self._verdict(self._judged(self._follow_ups.for_tier(earlier, tier)), earlier)
            if answer.verdict is not Verdict.NONE:
                return answer
        return None

    def _stands_alone(self, text: str, share: float, alone: _Judged, by_itself: Answer) -> bool:
        """Whether a message is clear by itself: a command, or for somebody else ("is my manager in today")."""
        # What may go on from the message before is a command only where that is as sure as an answer must be.
        command = alone.skill >= self._judgement.limits.sure and share < self._follow_ups.wholly
        elsewhere = by_itself.neighbour is not None and bool(self._follow_ups.own_words(text))
        return command or (elsewhere and by_itself.confidence >= share)

    def _together(self, text: str, share: float, alone: _Judged, earlier: str, topic: _Judged) -> _Judged:
        """A message read with the earlier one, which counts by the `share` to which it goes on from that."""
        beside = (
            (text, 1 - share + share * self._follow_ups.message_beside),
            (earlier, share * self._follow_ups.earlier_beside),
        )
        together = self._judged(joined(earlier, text), beside)
        # What goes on from a question asks for nothing to be done, whatever its words.
        wanted = min(together.skill, topic.skill)
        return replace(together, skill=(1 - share) * alone.skill + share * wanted)

    def _stood(self, previous: Sequence[str]) -> Iterator[tuple[str, _Judged]]:
        """The messages that did not go on from others themselves, the last first."""
        for earlier in reversed(previous):
            judged = self._judged(earlier)
            if self._going_on.share(judged.considered.evidence) < self._follow_ups.wholly:
                yield earlier, judged

    def _topic(self, previous: Sequence[str]) -> tuple[str, _Judged] | None:
        """The last message that stood by itself, where that was about contracts; commands in between do not count."""
        for earlier, judged in self._stood(previous):
            if judged.in_scope > _EVEN_CHANCE:
                return earlier, judged
            if judged.skill < self._judgement.limits.skill:
                return None
        return None

    def _judged(self, text: str, beside: Sequence[tuple[str, float]] = ()) -> _Judged:
        considered = self._subjects.consider(text, beside)
        return _Judged(
            considered,
            self._judgement.in_scope.chance(considered.scope) if ARTICLE in considered.orders else 0.0,
            self._judgement.skill.chance(considered.scope),
            self._judgement.right.chance(considered.standing),
        )

    def _verdict(self, judged: _Judged, earlier: str | None) -> Answer:
        limits = self._judgement.limits
        slugs = self._names(judged, ARTICLE, _CHOICES + 1)
        trace = self._trace(judged, earlier)
        skill = self._names(judged, SKILL, 1)[0]
        likely, ahead = judged.skill >= limits.skill, judged.skill - judged.in_scope
        if likely and ahead > self._subjects.index.settings.skill_ahead:
            offered = slugs[:1] if judged.in_scope >= limits.skill else ()
            return Answer(Verdict.SKILL, None, offered, skill, judged.skill, None, trace)
        beside = skill if likely else None
        if slugs and judged.sureness >= limits.sure:
            return Answer(Verdict.ANSWER, slugs[0], slugs[1:], None, judged.sureness, None, trace, beside)
        if len(slugs) > 1 and judged.inside >= limits.choose:
            return Answer(Verdict.CHOOSE, None, slugs[:_CHOICES], None, judged.sureness, None, trace, beside)
        neighbour = self._next_door(judged)
        called = () if neighbour else self._called(judged)
        if len(called) >= _LEAST_CHOICES:
            trace = replace(trace, called=called)
            return Answer(Verdict.CHOOSE, None, called, None, judged.sureness, None, trace)
        return Answer(Verdict.NONE, None, (), None, 1 - judged.inside, neighbour, trace)

    def _names(self, judged: _Judged, group: str, count: int) -> tuple[str, ...]:
        entries = self._subjects.index.entries
        order = judged.considered.orders.get(group, ())
        return tuple(name_of(entries[int(row)].id) for row in order[:count])

    def _called(self, judged: _Judged) -> tuple[str, ...]:
        """The articles that may be meant by a message that is little more than a name; none where it is not."""
        said = self._follow_ups.own_words(judged.considered.evidence.reading.text)
        ranked = self._names(judged, ARTICLE, len(self._subjects.index.entries))
        return self._names_of_articles.called(said, ranked)[:_CHOICES]

    def _next_door(self, judged: _Judged) -> Neighbour | None:
        """The neighbour the question is for, where one fits better than any article does."""
        scope = judged.considered.scope
        if scope[f"fused_{NEIGHBOUR}"] < scope.get(f"fused_{ARTICLE}", 0.0):
            return None
        return self._neighbours[self._names(judged, NEIGHBOUR, 1)[0]]

    def _trace(self, judged: _Judged, earlier: str | None) -> Trace:
        evidence, limits = judged.considered.evidence, self._judgement.limits
        orders = judged.considered.orders
        rows = [*orders.get(ARTICLE, ())[:_TRACED], *orders[SKILL][:1], *orders[NEIGHBOUR][:1]]
        candidates = (
            Candidate(
                self._subjects.index.entries[int(row)].id,
                float(evidence.fused[row]),
                tuple((name, float(scores[row])) for name, scores in evidence.kinds.items()),
            )
            for row in rows
        )
        return Trace(
            evidence.reading.text,
            evidence.reading.corrections,
            earlier,
            tuple(sorted(candidates, key=lambda one: -one.score)),
            judged.in_scope,
            judged.skill,
            (("sure", limits.sure), ("choose", limits.choose), ("skill", limits.skill)),
        )
