"""Any set of entries can be indexed and searched."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.search import Entry, Hit, Index
from knowledge.search.model import EmbeddingModel
from knowledge.search.reading import Lexicon
from knowledge.search.settings import load_settings

LIBRARY = [
    Entry("hours", "Opening hours", ("when are you open", "what time do you close on Saturday")),
    Entry(
        "fines",
        "Late returns",
        ("how much is a fine for a late book", "i forgot to bring a book back"),
        "A late book costs 20p a day.\n\n## Lost books\n\nYou pay the price of a replacement copy.",
    ),
    Entry("cards", "Library cards", ("how do i join", "i lost my membership card")),
    Entry("rooms", "Meeting rooms", ("can i hire a room for a club", "book a study space")),
    Entry("printing", "Printing and copying", ("how do i print", "price of photocopies")),
]


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    return EmbeddingModel.load()


@pytest.fixture(scope="module", params=["few", "very many"])
def by_words(request: pytest.FixtureRequest) -> Index:
    """The library, searched as it is and as if it were too large for all but its words."""
    settings = load_settings()
    if request.param == "very many":
        settings = replace(settings, large=len(LIBRARY) - 1)
    return Index.build(LIBRARY, model=None, settings=settings)


@pytest.fixture(scope="module")
def by_meaning(model: EmbeddingModel) -> Index:
    return Index.build(LIBRARY, model=model)


def first(index: Index, text: str) -> str:
    return index.search(text)[0].id


def test_an_example_question_finds_its_entry(by_words: Index) -> None:
    for entry in LIBRARY:
        for question in entry.questions:
            assert first(by_words, question) == entry.id


def test_a_word_of_the_body_finds_its_entry(by_words: Index) -> None:
    assert first(by_words, "do i pay for a replacement copy") == "fines"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("photocpies", "printing"),
        ("memberhsip crad", "cards"),
        ("late boook fine", "fines"),
        ("stduy space", "rooms"),
    ],
)
def test_spelling_does_not_matter(by_words: Index, typed: str, wanted: str) -> None:
    assert first(by_words, typed) == wanted


def test_meaning_is_found_where_no_word_is_shared(by_meaning: Index) -> None:
    assert first(by_meaning, "penalty for overdue novels") == "fines"
    assert first(by_meaning, "a place for our chess group to gather") == "rooms"


def test_all_of_a_long_body_is_read(model: EmbeddingModel) -> None:
    padding = "The committee meets in the town hall and the minutes are kept by its clerk. " * 30
    entries = [
        Entry("long", "Meetings", [], padding + "If the vendor goes bust, ring the finance team."),
        Entry("short", "Meetings", [], padding),
    ]
    index = Index.build(entries, model=model)
    nearest = index.evidence("our supplier is insolvent").kinds["section"]
    assert nearest[0] > nearest[1] + 0.1


def test_scores_are_chances_in_falling_order(by_words: Index, by_meaning: Index) -> None:
    for index in (by_words, by_meaning):
        hits = index.search("how much is the fine for a late book")
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_a_question_that_fits_scores_above_one_that_does_not(by_meaning: Index) -> None:
    fits = by_meaning.search("what time do you close")[0].score
    assert fits > by_meaning.search("my car needs new tyres")[0].score


def test_a_question_next_door_is_less_likely_in_scope(by_words: Index, by_meaning: Index) -> None:
    for index in (by_words, by_meaning):
        title = index.entries[0].title
        assert 0 <= index.in_scope("can my cat fly a plane to jupiter") < index.in_scope(title) <= 1
        assert index.in_scope("?") == 0


def test_the_limit_is_kept(by_words: Index) -> None:
    assert len(by_words.search("book", limit=2)) == 2
    assert by_words.search("book", limit=0) == []


def test_many_threads_ask_at_once(by_words: Index) -> None:
    questions = [question for entry in LIBRARY for question in entry.questions] * 20
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(by_words.search, questions)) == [by_words.search(one) for one in questions]


@pytest.mark.parametrize(
    "text",
    ['fine" OR *', "fine NEAR/2 (late", "fine AND NOT late", "-fine:late^2", "'; DROP TABLE entry; fine"],
)
def test_what_a_search_engine_would_read_as_orders_is_text(by_words: Index, text: str) -> None:
    assert first(by_words, text) == "fines"


@pytest.mark.parametrize("text", ["", "   ", "\0", "😀 🎉", "?!"])
def test_nothing_said_finds_nothing(by_words: Index, text: str) -> None:
    assert by_words.search(text) == []


@pytest.mark.parametrize(
    "text", ["x" * 40_000, "late " * 8_000, "<b>late</b> *book*", "كتاب متأخر", "la\0te bo\x07ok"]
)
def test_odd_text_is_borne(by_words: Index, by_meaning: Index, text: str) -> None:
    for index in (by_words, by_meaning):
        assert all(0 <= hit.score <= 1 for hit in index.search(text))


def test_no_entries_no_hits(model: EmbeddingModel) -> None:
    assert Index.build([], model=model).in_scope("hello") == 0
    assert Index.build([], model=model).search("anything") == []


def test_one_entry_without_questions_is_enough(model: EmbeddingModel) -> None:
    assert Index.build([Entry("only", "The only one", ())], model=model).search("only")[0].id == "only"


def test_the_packaged_model_is_used_unless_told_otherwise() -> None:
    assert first(Index.build(LIBRARY), "penalty for overdue novels") == "fines"


@pytest.mark.parametrize("large", [20_000, 1])
def test_acronyms_shorthand_and_synonyms_are_understood(large: int) -> None:
    lexicon = Lexicon(
        acronyms={"ILL": "inter library loan"}, synonyms={"tome": "book"}, shorthand={"membshp": "membership"}
    )
    entries = [*LIBRARY, Entry("loans", "Inter library loans", ("get a title from another library",))]
    settings = replace(load_settings(), large=large)
    index = Index.build(entries, model=None, lexicon=lexicon, settings=settings)
    assert first(index, "ill") == "loans"
    assert first(index, "membshp") == "cards"
    assert first(index, "late tome") == "fines"


def test_a_second_build_from_the_cache_gives_the_same(model: EmbeddingModel, tmp_path: Path) -> None:
    built = Index.build(LIBRARY, model=model, cache_dir=tmp_path)
    again = Index.build(LIBRARY, model=model, cache_dir=tmp_path)
    assert again.search("lost card") == built.search("lost card")


def test_a_damaged_cache_is_made_anew(model: EmbeddingModel, tmp_path: Path) -> None:
    wanted = Index.build(LIBRARY, model=model, cache_dir=tmp_path).search("lost card")
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:100])
    assert Index.build(LIBRARY, model=model, cache_dir=tmp_path).search("lost card") == wanted


def test_a_cache_that_cannot_be_written_is_done_without(model: EmbeddingModel, tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("")
    index = Index.build(LIBRARY, model=model, cache_dir=in_the_way)
    assert first(index, "lost card") == "cards"


def test_entries_with_questions_do_not_drown_those_without(model: EmbeddingModel) -> None:
    ragged = [
        *LIBRARY,
        Entry("toilets", "Where the toilets are", (), "On the ground floor, beside the lift."),
    ]
    hits = Index.build(ragged, model=model).search("is there a toilet")
    assert hits[0] == Hit("toilets", hits[0].score)
