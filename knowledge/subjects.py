"""Everything a message can be about: the articles, the bot's skills, and the neighbours next door."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.article import Article
from knowledge.neighbours import Neighbour
from knowledge.search import Entry, Index
from knowledge.search.index import Evidence
from knowledge.search.model import EmbeddingModel
from knowledge.search.postings import FloatArray
from knowledge.search.reading import Lexicon
from knowledge.search.standing import Rows, ranked
from knowledge.search.wording import Wording
from knowledge.shipped import read_shipped
from knowledge.skills import Skill

ARTICLE, SKILL, NEIGHBOUR = "article", "skill", "neighbour"
GROUPS = (ARTICLE, SKILL, NEIGHBOUR)
_MARK = ":"
_LEAST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class Considered:
    """A message held against every subject.

    `orders` has the rows of each group, best first; `scope` says which group is meant and `standing` how
    well the first article stands, as figures by name.
    """

    evidence: Evidence
    orders: dict[str, Rows]
    scope: dict[str, float]
    standing: dict[str, float]


class Subjects:
    """One index over articles, skills and neighbours, so that they compete for a message."""

    def __init__(self, index: Index, wording: Wording) -> None:
        """`wording` tells the labels of the index's entries apart."""
        self.index = index
        self._wording = wording
        groups = [group_of(entry.id) for entry in index.entries]
        self._labels: dict[str, list[int]] = {}
        for place, label in enumerate(self._wording.labels):
            self._labels.setdefault(group_of(label), []).append(place)
        self._rows: dict[str, Rows] = {
            group: np.asarray([row for row, one in enumerate(groups) if one == group], dtype=np.intp)
            for group in GROUPS
        }
        self._evidence = np.float32(index.settings.skill_evidence)

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        model: EmbeddingModel | None,
        cache_dir: Path | None,
        lexicon: Lexicon,
        others: Sequence[str] = (),
    ) -> Subjects:
        """The subjects of these entries, as made by `entries_of`; `others` as `Index.build` takes them."""
        index = Index.build(entries, model=model, cache_dir=cache_dir, lexicon=lexicon, others=others)
        wording = Wording(
            [text for _, text in index.asked],
            index.asked_vectors,
            [_label(entry_id) for entry_id, _ in index.asked],
            index.settings.wording,
            cache_dir,
        )
        return cls(index, wording)

    def changed(self, entries: Iterable[Entry], lexicon: Lexicon) -> Subjects | None:
        """The subjects once a few articles are others, as `Index.changed` takes them up; the wording stays learned."""
        index = self.index.changed(entries, lexicon)
        return Subjects(index, self._wording) if index else None

    def consider(self, text: str, beside: Sequence[tuple[str, float]] = ()) -> Considered:
        """The message held against every subject; texts `beside` it count by the share given with each."""
        evidence = self.index.evidence(text, beside)
        orders = {group: ranked(evidence.fused, rows) for group, rows in self._rows.items() if len(rows)}
        wording = self._wording.of(evidence.reading.text, evidence.vector)
        orders[SKILL] = self._skills_in_order(evidence, wording)
        stands = self.index.standing(evidence, orders[ARTICLE]) if ARTICLE in orders else {}
        return Considered(evidence, orders, self._scope(evidence, orders, stands, wording), stands)

    def _skills_in_order(self, evidence: Evidence, wording: FloatArray) -> Rows:
        """Skills have examples and no body, and differ by their verbs as much as by what the verb is about."""
        rows = self._rows[SKILL]
        # The labels of skills come in the order of their entries.
        score = wording[self._labels[SKILL]] + self._evidence * self.index.as_asked(evidence)[rows]
        return rows[np.argsort(-score, kind="stable")]

    def _scope(
        self,
        evidence: Evidence,
        orders: dict[str, Rows],
        stands: dict[str, float],
        wording: FloatArray,
    ) -> dict[str, float]:
        """The best of each group by each kind of evidence, with what the articles' words cover."""
        figures: dict[str, float] = {
            name: stands[name] for name in ("held", "known", "length", "section") if name in stands
        }
        kinds = evidence.kinds
        figures |= {
            f"wording_{group}": float(np.logaddexp.reduce(wording[places]))
            for group, places in self._labels.items()
        }
        for group, order in orders.items():
            figures[f"fused_{group}"] = float(evidence.fused[order[0]])
            figures[f"letters_{group}"] = float(kinds["letters"][order].max())
            figures[f"words_{group}"] = float(np.log1p(kinds["words"][order].max()))
            if "question" in kinds:
                figures[f"question_{group}"] = float(kinds["question"][order].max())
                figures[f"head_{group}"] = float(kinds["head"][order].max())
            figures[f"share_{group}"] = _log_share(evidence.fused, order)
        return figures


def _log_share(fused: FloatArray, order: Rows) -> float:
    """The logarithm of the group's share when all subjects compete by their fused scores."""
    powers = np.exp(fused - fused.max())
    return float(np.log(powers[order].sum() / powers.sum() + _LEAST_SHARE))


def group_of(entry_id: str) -> str:
    """Which group an entry of the subjects belongs to."""
    return entry_id.partition(_MARK)[0] if _MARK in entry_id else ARTICLE


def _label(entry_id: str) -> str:
    """What a message's wording tells apart: each skill by itself, from all articles and from all neighbours."""
    group = group_of(entry_id)
    return entry_id if group == SKILL else f"{group}{_MARK}"


def name_of(entry_id: str) -> str:
    """The slug or name an entry stands for."""
    return entry_id.rpartition(_MARK)[2]


def entries_of(
    articles: Iterable[Article], skills: Iterable[Skill], neighbours: Iterable[Neighbour]
) -> list[Entry]:
    """What is indexed of each."""
    entries = [_article_entry(article) for article in articles]
    entries += [Entry(f"{SKILL}{_MARK}{one.name}", one.summary, one.examples) for one in skills]
    # A neighbour's name is for people; its examples alone say what it is about.
    entries += [
        Entry(f"{NEIGHBOUR}{_MARK}{one.name}", one.examples[0], one.examples[1:]) for one in neighbours
    ]
    return entries


def _article_entry(article: Article) -> Entry:
    about = article.about
    terms = [*about.keywords, *about.acronyms, *about.acronyms.values()]
    body = article.body + ("\n\n## Also called\n\n" + ", ".join(terms) if terms else "")
    return Entry(about.slug, about.title, about.questions, body)


def lexicon_of(articles: Iterable[Article]) -> Lexicon:
    """The house's short forms and synonyms, with the articles' own short forms over them."""
    shared = _shared_lexicon()
    acronyms = {name.casefold(): long for name, long in shared.acronyms.items()}
    for article in articles:
        acronyms |= {name.casefold(): long for name, long in article.about.acronyms.items()}
    return Lexicon(acronyms, shared.synonyms, shared.shorthand)


@cache
def _shared_lexicon() -> Lexicon:
    read = read_shipped("synonyms.yaml")
    return Lexicon(read["acronyms"], read["synonyms"], read["shorthand"])


def without_questions(entries: Sequence[Entry], left_out: Iterable[tuple[int, int]]) -> list[Entry]:
    """The entries without some of their questions, given as (entry, question) numbers: to ask those instead."""
    gone = set(left_out)
    return [
        Entry(
            entry.id,
            entry.title,
            tuple(text for place, text in enumerate(entry.questions) if (row, place) not in gone),
            entry.body,
        )
        for row, entry in enumerate(entries)
    ]
