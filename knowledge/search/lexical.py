"""Word evidence: BM25 over whole entries, and likeness by character n-grams."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from knowledge.search.postings import FloatArray, Postings
from knowledge.search.text import ngrams, stems

# The usual saturation of repeated words, and a length correction softer than the usual 0.75:
# a long article is long because it covers more, not because it is padded.
_K1 = 1.2
_B = 0.6


class Bm25:
    """Okapi BM25 over stems, one row a document."""

    def __init__(self, documents: Sequence[str]) -> None:
        counts = [Counter(stems(document)) for document in documents]
        lengths = [sum(count.values()) for count in counts]
        average = sum(lengths) / max(len(lengths), 1) or 1.0
        holding: Counter[str] = Counter()
        for count in counts:
            holding.update(count.keys())
        total = len(documents)
        self._idf = {term: math.log(1 + (total - n + 0.5) / (n + 0.5)) for term, n in holding.items()}
        self._unseen = math.log(1 + total + 0.5)
        self._postings = Postings(
            {
                term: self._idf[term] * n * (_K1 + 1) / (n + _K1 * (1 - _B + _B * length / average))
                for term, n in count.items()
            }
            for count, length in zip(counts, lengths, strict=True)
        )
        self._words = [frozenset(count) for count in counts]

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """BM25 of each document for the stems of a question and the weight of each."""
        return self._postings.scores(weights)

    def rarity(self, term: str) -> float:
        """Inverse document frequency; a stem no document holds counts as the rarest."""
        return self._idf.get(term, self._unseen)

    def known(self, term: str) -> bool:
        """Whether any document holds the stem."""
        return term in self._idf

    def holds(self, row: int, term: str) -> bool:
        """Whether the document at `row` holds the stem."""
        return term in self._words[row]


class CharacterLikeness:
    """Cosine of TF-IDF weights over character n-grams: finds a word through its misspelling."""

    def __init__(self, texts: Sequence[str], shortest: int, longest: int) -> None:
        self._sizes = (shortest, longest)
        counts = [Counter(ngrams(text, shortest, longest)) for text in texts]
        holding: Counter[str] = Counter()
        for count in counts:
            holding.update(count.keys())
        total = len(texts)
        self._idf = {term: math.log((1 + total) / (1 + n)) + 1 for term, n in holding.items()}
        self._postings = Postings(self._unit(count) for count in counts)

    def scores(self, text: str) -> FloatArray:
        """Cosine with each text, 0 to 1."""
        count = Counter(ngrams(text, *self._sizes))
        return self._postings.scores(self._unit(count))

    def _unit(self, count: Counter[str]) -> dict[str, float]:
        # An n-gram no text holds still lengthens the question: what it says is not here.
        unseen = math.log(1 + len(self._idf))
        weights = {term: (1 + math.log(n)) * self._idf.get(term, unseen) for term, n in count.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {term: weight / length for term, weight in weights.items()}
