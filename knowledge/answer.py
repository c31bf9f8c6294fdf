"""What a question is answered with: an article, a choice between some, a skill of the bot, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from knowledge.article import Article
from knowledge.followup import Leaning, joined, load_follow_ups
from knowledge.framing import load_framing
from knowledge.judgement import Judgement, load_judgement
from knowledge.naming import Names
from knowledge.neighbours import Neighbour, load_neighbours
from knowledge.search.model import EmbeddingModel
from knowledge.search.text import stem
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

    def __init__(self, subjects: Subjects, names: Names, judgement: Judgement, *, has_model: bool) -> None:
        self._subjects = subjects
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
        )
        judgement = judgement or load_judgement(with_model=model is not None)
        return cls(subjects, Names(shelf), judgement, has_model=model is not None)

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
        leaning = self._follow_ups.leaning(text)
        if not previous or leaning is Leaning.NOT:
            return None
        earlier = self._topic(previous)
        again = self._follow_ups.another_tier(earlier, text)
        if again is not None:
            answer = self._verdict(self._judged(again), earlier)
            # A tier is one of contracts: it does not go on from "my laptop is broken" in between.
            further_back = previous[:-1] if answer.verdict is Verdict.NONE else ()
            return self._with_earlier(text, alone, by_itself, further_back) or answer
        if self._stands_alone(text, leaning, alone, by_itself):
            return None
        if leaning is Leaning.WHOLLY:
            return self._after_topic(text, earlier)
        found = self._weighed(text, alone, earlier)
        if found and found.article and by_itself.verdict is Verdict.NONE:
            # The earlier message alone speaks for the article, so it is asked whether that is meant.
            choices = (found.article, *found.choices)[:_CHOICES]
            return replace(found, verdict=Verdict.CHOOSE, article=None, choices=choices)
        return found

    def _stands_alone(self, text: str, leaning: Leaning, alone: _Judged, by_itself: Answer) -> bool:
        """Whether a message is clear by itself: a command, or for somebody else ("is my manager in today")."""
        own_words = bool(self._follow_ups.own_words(text))
        # What may go on from the message before is a command only where that is as sure as an answer must be.
        command = alone.skill >= self._judgement.limits.sure and (own_words or leaning is Leaning.PERHAPS)
        return command or (own_words and by_itself.neighbour is not None)

    def _after_topic(self, text: str, earlier: str) -> Answer | None:
        """The verdict on a message without a subject of its own: it is about what the earlier one was about."""
        topic = self._judged(earlier)
        if topic.in_scope < self._judgement.limits.choose:
            return None
        shares = ((text, self._follow_ups.message_beside), (earlier, self._follow_ups.earlier_beside))
        return self._verdict(self._judged(joined(earlier, text), shares), earlier)

    def _weighed(self, text: str, alone: _Judged, earlier: str) -> Answer | None:
        """The verdict on a message that may stand by itself or go on from the earlier one."""
        limits = self._judgement.limits
        # A word that points back may be empty ("is it right to ..."), so a part of the evidence is the message's
        # own: the earlier one must not drag in an article that this one has nothing to do with.
        together = self._judged(joined(earlier, text), ((text, self._follow_ups.message_beside),))
        if not self._follow_ups.points_back(text):
            return self._elliptic(text, alone, together, earlier)
        if together.sureness >= min(limits.sure, alone.sureness):
            return self._verdict(together, earlier)
        if alone.sureness >= limits.sure and together.inside >= limits.choose:
            return self._either(together, alone, earlier)
        return None

    def _elliptic(self, text: str, alone: _Judged, together: _Judged, earlier: str) -> Answer | None:
        """The verdict on a short message that names one thing only ("how much notice do i give")."""
        limits = self._judgement.limits
        known = all(self._subjects.index.words.known(stem(word)) for word in self._follow_ups.own_words(text))
        if not known or alone.sureness >= limits.sure or together.sureness < limits.sure:
            return None
        return self._either(together, alone, earlier) or self._verdict(together, earlier)

    def _either(self, together: _Judged, alone: _Judged, earlier: str) -> Answer | None:
        """A choice, where a message is clear by itself and yet may go on from the earlier one."""
        first = self._names(together, ARTICLE, _CHOICES - 1)
        slugs = tuple(dict.fromkeys((first[0], *self._names(alone, ARTICLE, 1), *first)))
        if first[0] == self._names(alone, ARTICLE, 1)[0]:
            return None
        trace = self._trace(together, earlier)
        return Answer(Verdict.CHOOSE, None, slugs[:_CHOICES], None, together.sureness, None, trace)

    def _topic(self, previous: Sequence[str]) -> str:
        """The last message that stood by itself: "what about Gold?" goes on from what was asked before it."""
        for earlier in reversed(previous):
            if self._follow_ups.leaning(earlier) is not Leaning.WHOLLY and not self._follow_ups.points_back(
                earlier
            ):
                return earlier
        return previous[-1]

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
