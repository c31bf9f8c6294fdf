"""Spelling is put right towards the entries' own words, by the likeliest slip; real words and names stay."""

from __future__ import annotations

import pytest

from knowledge.search import Entry, Index
from knowledge.search.reading import Reading


@pytest.fixture(scope="module")
def index() -> Index:
    questions = [
        "what do you want to think about when the card exchange is planned",
        "what card do I want, and what is what when it comes to cards",
        "this scoring applies to this supplier, which we guarantee",
        "why don't two products go into one backfill pilot",
        "who runs the tender that is pending with the supplier",
    ]
    return Index.build([Entry(str(n), "", [text], "") for n, text in enumerate(questions)], model=None)


def read(index: Index, text: str) -> Reading:
    return index.evidence(text).reading


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("suplier", "supplier"),
        ("supplire", "supplier"),
        # Swapped letters before another letter, and one left out before another, although "what" and "this" are
        # more frequent.
        ("i wnat it", "i want it"),
        ("i thik so", "i think so"),
        ("exchang", "exchange"),
        ("exchangge", "exchange"),
        ("productts", "products"),
        ("my crd", "my card"),
        ("i donn't know", "i don't know"),
        ("a seperate thing", "a separate thing"),
        # A letter struck twice, although the word meant is a short one.
        ("whoo runs it", "who runs it"),
        # A short word that the entries lack, where it is one that is typed much.
        ("the frew one", "the free one"),
        ("WHO IS THE SUPLIER", "WHO IS THE supplier"),
    ],
)
def test_a_slip_is_put_right_towards_the_likeliest_word(index: Index, typed: str, meant: str) -> None:
    assert read(index, typed).text == meant


@pytest.mark.parametrize(
    "text",
    [
        "the intranet and a guarantor",  # beside "internet" and "guarantee"
        "snoring does backfire, a gist to pivot on",  # beside "scoring", "backfill", "gift" and "pilot"
        "a tenner for the planner",
        "products, planning, cards and exchanges",
        "the supplier's card",
        "the kpi of an sro",
        "the contract with Pennine Care",
        "42 x1 b2b",
    ],
)
def test_a_word_that_is_one_stays(index: Index, text: str) -> None:
    assert read(index, text).corrections == ()
    assert read(index, text).text == text


def test_a_rare_word_beside_a_frequent_one_of_the_entries_is_a_slip_of_it() -> None:
    entries = [Entry(str(n), "", ["the manager decides, and the manager signs"], "") for n in range(2_000)]
    index = Index.build([*entries, Entry("once", "", ["a planner plans it"], "")], model=None)
    assert read(index, "the manger away").text == "the manager away"
    assert read(index, "a planter and a plane").corrections == (), "as rare in the entries as it is elsewhere"
    assert read(index, "ask Manger").corrections == (), "a name"


def test_a_name_one_slip_from_a_word_of_the_entries_is_taken_for_it(index: Index) -> None:
    assert read(index, "what about Suplier").corrections == (("Suplier", "supplier"),)
