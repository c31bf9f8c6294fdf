"""Messages as cards: whole, under the limits, and with what was typed as it was typed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.platforms.teams.card_json import CardTooLarge, size
from bot.platforms.teams.form_card import Filled, filled
from bot.platforms.teams.render import activities_of, cards_of
from bot.platforms.teams.responses import dialog, results, sent_card, wrong_card, wrong_dialog
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Button, Inputs, Message, Span, SpanKind, Text, say, spans
from tests.platforms.teams.room import actions_in, inputs_in, text_in, walk
from tests.platforms.teams.samples import EMOJI, FILLED, FORM, HOSTILE, LONG, MESSAGES, WRONG

_LARGEST = 28 * 1024


def words(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", MESSAGES)
def test_every_limit_holds(name: str) -> None:
    for activity in activities_of(MESSAGES[name]):
        assert 0 < len(activity["summary"]) <= 330
        assert size(activity) < _LARGEST
    for card in cards_of(MESSAGES[name]):
        assert card["version"] == "1.5"
        assert card["fallbackText"]
        assert card["body"]
        for each in walk(card):
            assert len(each.get("actions", ())) <= 5
            if str(each.get("type", "")).startswith("Input."):
                assert each["label"]
                assert not each.get("isRequired") or each["errorMessage"]
            if each.get("type") == "Image":
                assert each["altText"]
            if each.get("type") == "Action.Execute":
                assert each["fallback"]["data"] == each["data"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("long text", LONG),
        ("long word", "x" * 20_000),
        ("long emoji", EMOJI),
        ("long bold", LONG + "x" * 4000),
        ("long heading", "Heading " * 1000),
        ("table of long cells", "A: short" + "B: " + LONG),
        ("a long summary", LONG),
        ("only a summary", "Nothing but *words*"),
        ("image without https", "Picture: Three waves (http://example.gov.uk/wave.png)"),
        ("progress", "Wave 1: 3 of 9 (33%)Wave 2: 0 of 0"),
    ],
)
def test_nothing_is_dropped(name: str, text: str) -> None:
    whole = "".join(text_in(card) for card in cards_of(MESSAGES[name]))
    assert words(text) in words(whole)


def test_long_lists_keep_every_item() -> None:
    facts = "".join(text_in(card) for card in cards_of(MESSAGES["long facts"]))
    assert all(f"Request {number}: " in facts for number in range(40))
    cells = "".join(text_in(card) for card in cards_of(MESSAGES["long table"]))
    assert cells.count("cell *x*") == 1600
    assert cells.count("Column 0") == len(cards_of(MESSAGES["long table"]))
    buttons = actions_in(cards_of(MESSAGES["many buttons"]))
    assert [each["title"] for each in buttons] == [f"Article {number}" for number in range(1, 200)]


def test_words_are_cut_between_words() -> None:
    for card in cards_of(MESSAGES["long text"]):
        for each in text_in(card).split("\n"):
            assert each.strip().split()[0] in LONG.split()
            assert each.strip().split()[-1] in LONG.split()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_typed_stays_text(text: str) -> None:
    (card,) = cards_of(Message("x", (Text(spans(text)),)))
    assert text_in(card).strip() == text.strip()
    assert all(each["type"] != "TextBlock" for each in walk(card) if "type" in each)
    assert not any("{{" in each.get("text", "") for each in walk(card))


def test_only_web_addresses_can_be_clicked() -> None:
    for address, clickable in (("https://www.gov.uk/", True), ("javascript:alert(1)", False), (None, False)):
        (card,) = cards_of(Message("x", (Text((Span("a link", SpanKind.LINK, address),)),)))
        assert any("selectAction" in each for each in walk(card)) is clickable


def test_a_button_carries_its_action_and_asks_first() -> None:
    (card,) = cards_of(say("Sure?", buttons=[Button("Delete", "x.delete", {"id": 1}, confirm="Delete all?")]))
    opened = next(each for each in walk(card) if each.get("type") == "Action.ShowCard")
    assert opened["title"] == "Delete"
    assert "Delete all?" in text_in(opened["card"])
    (action,) = actions_in([card])
    assert action["data"] == {"action": "x.delete", "params": {"id": 1}}
    assert action["title"] == "Yes: Delete"


def test_params_that_are_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="the params of the button 'Show' are over"):
        cards_of(say("x", buttons=[Button("Show", "x.show", {"text": "x" * 2000})]))


def test_a_form_comes_back_as_it_went() -> None:
    (card,) = cards_of(Message("Form", (Inputs(FORM),)))
    (action,) = actions_in([card])
    back = filled({**action["data"], "field.name": "Amira", "field.story": None, "other": "x"})
    assert back is not None
    assert (back.name, back.values, back.params) == (
        "sample.form",
        {"name": "Amira", "story": ""},
        {"number": 7},
    )
    assert back.form is not None
    assert [each.name for each in back.form.fields] == [each.name for each in FORM.fields]
    months = [each for each in inputs_in(card) if each["id"] == "field.month"]
    assert months[0]["errorMessage"] == "Enter review month"


def test_required_inputs_do_not_hold_up_other_buttons() -> None:
    (card,) = cards_of(MESSAGES["form"])
    send, other = actions_in([card])
    assert "associatedInputs" not in send
    assert other["associatedInputs"] == "none"


@pytest.mark.parametrize("data", [None, 5, [], {}, {"form": 5}, {"form": "x", "definition": {"fields": 5}}])
def test_odd_data_is_no_form(data: object) -> None:
    back = filled(data)
    assert back is None or back.form is None


def test_errors_stand_beside_their_fields() -> None:
    card = wrong_card(FILLED, {**WRONG, "elsewhere": "Something else is wrong"})
    assert card is not None
    text = text_in(card)
    for error in ("There is a problem", "Error: Enter your name", "Something else is wrong"):
        assert error in text
    values = {each["id"]: each.get("value") for each in inputs_in(card)}
    assert values["field.story"] == "*All* of it"
    assert values["field.tier"] == "gold"
    assert size(wrong_dialog(FILLED, WRONG).body) < _LARGEST


def test_text_that_would_be_cut_is_left_to_the_client() -> None:
    long = {**FILLED.values, "story": "x" * 2001}
    assert wrong_card(filled_with(long), WRONG) is None
    initial = Form("f", "F", (Field("a", "A", Kind.LONG_TEXT, initial="x" * 20_000),))
    assert dialog(initial).body is not None
    (card,) = cards_of(Message("F", (Inputs(initial),)))
    assert "The text had 20,000 characters. The first 2,000 are kept" in text_in(card)


def test_what_was_sent_always_fits_one_card() -> None:
    for character in ("x", "李", "👩‍👩‍👧‍👦", "\x01"):
        card = sent_card(filled_with({each.name: character * 2000 for each in FORM.fields}))
        assert size(card) < _LARGEST
    card = sent_card(FILLED)
    assert card is not None
    assert "Tier: Gold" in text_in(card)
    assert "Contract: Not given" in text_in(card)


def test_a_form_that_fits_no_card_is_refused_in_words() -> None:
    fields = tuple(Field(f"f{number}", "x" * 2000) for number in range(20))
    with pytest.raises(CardTooLarge):
        cards_of(Message("F", (Inputs(Form("f", "F", fields)),)))
    told = dialog(Form("f", "F", fields)).body
    assert told is not None
    assert "too long for a dialog" in told["task"]["value"]


def test_a_long_result_says_that_it_goes_on() -> None:
    found = results([MESSAGES["long facts"], MESSAGES["hostile text"]]).body
    assert found is not None
    first, second = found["composeExtension"]["attachments"]
    assert "Ask Covenant in chat to read the rest" in text_in(first["content"])
    assert size(first["content"]) < _LARGEST
    assert "<script>" not in second["preview"]["content"]["text"]


def filled_with(values: Mapping[str, str]) -> Filled:
    return Filled(FILLED.name, values, FILLED.params, FILLED.form)
