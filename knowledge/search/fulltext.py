"""Words of very many entries: a full-text search finds candidates, and only those get a figure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from knowledge.search.lexical import rarity_of, saturated
from knowledge.search.postings import FloatArray
from knowledge.search.text import stem
from storage.fulltext import FullTextTable

_CANDIDATES = 200
# A stem in more entries than these finds no candidates: to go through so many would take most of the time.
_MOST = 5_000


class FullText:
    """Okapi BM25 over stems for the best entries of a question; may be asked from several threads."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        """From the words of each document, which are read once and not kept."""
        self.counted: Counter[str] = Counter()
        """How often each word stands in the documents."""
        # A stem is written as its number, so that it is one word to the table whatever is in it.
        self._numbers: dict[str, int] = {}
        self._holding: list[int] = []
        self._row_count = 0
        self._table = FullTextTable(self._numbered(documents))
        self._rarity = rarity_of(np.asarray(self._holding, dtype=np.int64), self._row_count).tolist()
        self._average = max(self.counted.total() / max(self._row_count, 1), 1.0)
        self._unseen = math.log(1 + self._row_count + 0.5)

    def scores(self, weights: Mapping[str, float]) -> FloatArray:
        """BM25 of the candidates for the stems of a question and the weight of each; nothing for the others."""
        known = [term for term in weights if self.known(term)]
        counts = {str(self._numbers[term]): weights[term] * self.rarity(term) for term in known}
        held: list[tuple[int, float, int, int]] = []
        for row, said in self._candidates(known):
            stems = said.split()
            held += [
                (row, counts[stem], often, len(stems))
                for stem, often in Counter(stems).items()
                if stem in counts
            ]
        rows, count, often, lengths = np.asarray(held, dtype=np.float64).reshape(-1, 4).T
        scores = count * saturated(often, lengths / self._average)
        return np.bincount(rows.astype(np.int64), scores, self._row_count).astype(np.float32)

    def rarity(self, term: str) -> float:
        """Inverse document frequency; a stem no document holds counts as the rarest."""
        return float(self._rarity[self._numbers[term]]) if self.known(term) else self._unseen

    def known(self, term: str) -> bool:
        """Whether any document holds the stem."""
        return term in self._numbers

    def holds(self, row: int, term: str) -> bool:
        """Whether the document at `row` holds the stem."""
        return self.known(term) and self._table.holds(row, str(self._numbers[term]))

    def _candidates(self, known: Sequence[str]) -> list[tuple[int, str]]:
        """The row and the stems of the documents that the table puts first."""
        if not known:
            return []
        telling = [term for term in known if self._often(term) <= _MOST]
        finding = telling or [min(known, key=self._often)]
        return self._table.best([str(self._numbers[term]) for term in finding], _CANDIDATES)

    def _often(self, term: str) -> int:
        return self._holding[self._numbers[term]]

    def _numbered(self, documents: Iterable[Sequence[str]]) -> Iterator[str]:
        stems: dict[str, int] = {}  # of the words met so far
        for words in documents:
            self.counted.update(words)
            said = [stems[word] if word in stems else self._number(word, stems) for word in words]
            for number in set(said):
                self._holding[number] += 1
            self._row_count += 1
            yield " ".join(map(str, said))

    def _number(self, word: str, stems: dict[str, int]) -> int:
        root = stem(word)
        if root not in self._numbers:
            self._numbers[root] = len(self._holding)
            self._holding.append(0)
        stems[word] = self._numbers[root]
        return stems[word]
