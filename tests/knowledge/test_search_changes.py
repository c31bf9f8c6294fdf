"""An index takes up a few changed entries at once, and finds then what one that is built would find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.search import Entry, Index
from knowledge.search.model import EmbeddingModel
from knowledge.search.settings import load_settings

WORDS = ("bond", "bonds", "lot", "insurance", "renew", "café", "it's", "ünïcode", "a", "2026", "SRO")
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
ENTRIES = st.builds(
    Entry,
    st.just(""),
    TEXTS,
    st.lists(TEXTS, max_size=3),
    st.lists(TEXTS, max_size=3).map("\n\n## bond\n\n".join),
)
BASES = st.lists(ENTRIES, min_size=1, max_size=6)
ASKED = ("renew the bond", "insurnce lots", "café 2026", "zebra", "")

LIBRARY = [
    Entry("hours", "Opening hours", ("when are you open", "what time do you close on Saturday")),
    Entry("fines", "Late returns", ("how much is a fine", "i forgot a book"), "A late book costs 20p a day."),
    Entry("cards", "Library cards", ("how do i join", "i lost my membership card")),
    Entry("rooms", "Meeting rooms", ("can i hire a room for a club",), "## Price\n\nClubs pay nothing."),
    Entry("printing", "Printing and copying", ("how do i print", "price of photocopies")),
]


def numbered(entries: Sequence[Entry]) -> list[Entry]:
    return [replace(entry, id=str(number)) for number, entry in enumerate(entries)]


@given(before=BASES, others=BASES, kept=st.lists(st.booleans(), min_size=6, max_size=6), at=st.integers(0, 6))
def test_words_count_as_if_built(before: list[Entry], others: list[Entry], kept: list[bool], at: int) -> None:
    """Some entries stay, some go, some say something else, and new ones stand between them."""
    first = numbered(before)
    now = [entry for entry, stays in zip(first, kept, strict=False) if stays]
    now[at:at] = [replace(entry, id=f"new {number}") for number, entry in enumerate(others)]
    now = [replace(entry, title="another title") if entry.id == "1" else entry for entry in now]
    changed = Index.build(first, model=None).changed(now)
    built = Index.build(now, model=None)
    assert changed is not None
    for question in (*ASKED, now[0].title):
        found, wanted = changed.evidence(question), built.evidence(question)
        assert found.reading == wanted.reading
        for kind, scores in wanted.kinds.items():
            np.testing.assert_allclose(found.kinds[kind], scores, atol=1e-5)


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    return EmbeddingModel.load()


@pytest.fixture(scope="module")
def index(model: EmbeddingModel) -> Index:
    return Index.build(LIBRARY, model=model)


def first(index: Index, text: str) -> str:
    return index.search(text)[0].id


def test_a_new_way_to_ask_is_found_and_the_old_ones_still(index: Index) -> None:
    now = [*LIBRARY[:-1], replace(LIBRARY[-1], questions=(*LIBRARY[-1].questions, "the toner is empty"))]
    changed = index.changed(now)
    assert changed is not None
    assert first(changed, "no toner in the machine") == "printing"
    assert all(first(changed, text) == entry.id for entry in now for text in entry.questions)


def test_a_new_entry_is_found_by_its_meaning_and_one_that_is_gone_is_not(index: Index) -> None:
    parking = Entry("parking", "Car park", ("where do i leave my car", "is there a charge to park"))
    now = [LIBRARY[0], parking, *LIBRARY[2:]]
    changed = index.changed(now)
    assert changed is not None
    assert first(changed, "somewhere to put my vehicle") == "parking"
    assert "fines" not in {hit.id for hit in changed.search("how much is a fine", len(now))}
    assert all(first(changed, text) == entry.id for entry in now for text in entry.questions)


def test_vectors_are_those_of_an_index_that_is_built(index: Index, model: EmbeddingModel) -> None:
    now = [LIBRARY[0], replace(LIBRARY[1], body="## Lost\n\nYou pay for a copy."), *LIBRARY[3:]]
    changed, built = index.changed(now), Index.build(now, model=model)
    assert changed is not None
    found, wanted = changed.evidence("lost a book"), built.evidence("lost a book")
    for kind in ("title", "question", "section"):
        np.testing.assert_allclose(found.kinds[kind], wanted.kinds[kind], atol=0.02)
    assert changed.asked == built.asked


def test_the_index_changed_from_is_as_it_was(index: Index) -> None:
    before = index.search("i lost my membership card")
    index.changed([replace(entry, title="Something else") for entry in LIBRARY])
    assert index.search("i lost my membership card") == before


@pytest.mark.parametrize(
    "now",
    [
        pytest.param([*reversed(LIBRARY)], id="another order"),
        pytest.param([], id="nothing left"),
        pytest.param([Entry(str(number), "New", ("what",)) for number in range(11)], id="all new"),
    ],
)
def test_a_base_that_is_quite_another_is_to_be_built(index: Index, now: list[Entry]) -> None:
    assert index.changed(now) is None


def test_a_very_large_base_is_to_be_built() -> None:
    large = replace(load_settings(), large=len(LIBRARY) - 1)
    assert Index.build(LIBRARY, model=None, settings=large).changed(LIBRARY) is None
    small = replace(load_settings(), large=len(LIBRARY))
    grown = [*LIBRARY, Entry("new", "New", ("what is new",))]
    assert Index.build(LIBRARY, model=None, settings=small).changed(grown) is None
