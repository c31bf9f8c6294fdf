"""The words everything is written in: every renderer shows all of a message, and text stays text."""

from __future__ import annotations

import json
import types
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

import bot.platforms.web
from bot.platforms.terminal import as_text
from handlers.conversation import message as vocabulary
from handlers.conversation.form import Field, Form, Kind, Option, check
from handlers.conversation.markdown import blocks_of
from handlers.conversation.message import (
    VERSION,
    Block,
    Bullets,
    Button,
    Buttons,
    ButtonStyle,
    Divider,
    Fact,
    Facts,
    Heading,
    Image,
    Inputs,
    Message,
    Note,
    Progress,
    Span,
    SpanKind,
    Table,
    Text,
    from_json,
    link,
    say,
    spans,
    text_of,
    to_json,
)

# A busy machine is no fault of the renderers.
steady = settings(deadline=None, max_examples=60)

# Printable characters of many scripts, mark-up signs among them; odd spaces are a matter of their own.
CHARACTERS = st.one_of(
    st.sampled_from("ab Z09<>&\"'*_`{}[]()#|\\/%"),
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")),
)
TEXTS = st.text(CHARACTERS, min_size=1, max_size=20).filter(lambda each: each.strip() != "")
ADDRESSES = st.text("abcdef/?=&", max_size=10).map(lambda each: f"https://example.gov.uk/{each}")
SPANS = st.one_of(
    st.builds(Span, TEXTS, st.sampled_from([each for each in SpanKind if each is not SpanKind.LINK])),
    st.builds(link, TEXTS, ADDRESSES),
)
RUNS = st.lists(SPANS, min_size=1, max_size=3).map(tuple)


def _tuple(of: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, min_size=1, max_size=most).map(tuple)


PARAMS = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS, max_size=2)
BUTTONS = st.builds(Button, TEXTS, TEXTS, PARAMS, st.sampled_from(ButtonStyle), st.none() | TEXTS)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.builds(
        Table,
        TEXTS,
        st.tuples(*[TEXTS] * width),
        st.lists(st.tuples(*[TEXTS] * width), max_size=3).map(tuple),
    )
)
OPTIONS = st.builds(Option, TEXTS, TEXTS)
FIELDS = st.builds(Field, TEXTS, TEXTS, st.sampled_from(Kind), st.booleans(), _tuple(OPTIONS), TEXTS, TEXTS)
FORMS = st.builds(Form, TEXTS, TEXTS, _tuple(FIELDS), TEXTS, PARAMS)
BLOCKS: dict[type, st.SearchStrategy[Block]] = {
    Text: st.builds(Text, RUNS),
    Heading: st.builds(Heading, TEXTS),
    Facts: st.builds(Facts, _tuple(st.builds(Fact, TEXTS, RUNS))),
    Bullets: st.builds(Bullets, _tuple(RUNS), st.booleans(), st.integers(1, 50)),
    Table: TABLES,
    Image: st.builds(Image, ADDRESSES, TEXTS),
    Progress: st.integers(0, 40).flatmap(
        lambda total: st.builds(Progress, TEXTS, st.integers(0, total), st.just(total))
    ),
    Note: st.builds(Note, RUNS),
    Divider: st.builds(Divider),
    Buttons: st.builds(Buttons, _tuple(BUTTONS), TEXTS),
    Inputs: st.builds(Inputs, FORMS),
}
MESSAGES = st.builds(Message, TEXTS, st.lists(st.one_of(list(BLOCKS.values())), max_size=5).map(tuple))


def words_of(block: Block) -> list[str]:  # noqa: C901, PLR0911  # one line for each kind of block
    """Every piece of text that a reader of the block must get to see."""
    match block:
        case Text(runs) | Note(runs):
            return [run.text for run in runs]
        case Heading(text):
            return [text]
        case Facts(facts):
            return [word for fact in facts for word in (fact.name, *(run.text for run in fact.value))]
        case Bullets(items):
            return [run.text for item in items for run in item]
        case Table(title, columns, rows):
            return [title, *columns, *(cell for row in rows for cell in row)]
        case Image(_, alt):
            return [alt]
        case Progress(label, done, total):
            return [label, str(done), str(total)]
        case Divider():
            return []
        case Buttons(buttons, label):
            return [label, *(button.label for button in buttons)]
        case Inputs(form):
            return [form.title, *(field.label for field in form.fields)]


def targets_of(block: Block) -> list[str]:
    """The addresses that a reader must be able to get at."""
    runs: list[Span] = []
    match block:
        case Text(spans_) | Note(spans_):
            runs = list(spans_)
        case Facts(facts):
            runs = [run for fact in facts for run in fact.value]
        case Bullets(items):
            runs = [run for item in items for run in item]
        case Image(address, _):
            return [address]
        case _:
            return []
    return [run.target for run in runs if run.kind is SpanKind.LINK and run.target]


def squeezed(text: str) -> str:
    """The text without its spaces, which wrapping may change, and whatever its capitals."""
    return "".join(text.split()).casefold()


def page_of(message: Message) -> BeautifulSoup:
    """The message as the local chat's template shows it."""
    return BeautifulSoup(_html(message), "html.parser")


def _environment() -> Environment:
    folder = Path(bot.platforms.web.__file__).parent / "templates"
    pages = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals["new_key"] = lambda: "0123456789abcdef"
    pages.globals["kinds"] = SpanKind
    return pages


_PAGES: list[Environment] = []


def _html(message: Message) -> str:
    if not _PAGES:
        _PAGES.append(_environment())
    return (
        _PAGES[0]
        .get_template("line.html")
        .render(
            line=types.SimpleNamespace(id=7, version=9, content=""),
            message=message,
            at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
            person=types.SimpleNamespace(id=3, name="Amira"),
            text_of=text_of,
        )
    )


# Renderers


def test_every_kind_of_block_is_tried_here() -> None:
    assert set(get_args(Block)) == set(BLOCKS)


@steady
@given(MESSAGES)
def test_the_terminal_drops_nothing(message: Message) -> None:
    for width in (40, 88, 10_000):
        shown = squeezed(as_text(message, width))
        if not message.blocks:
            assert shown == squeezed(message.summary)
        for block in message.blocks:
            for word in (*words_of(block), *targets_of(block)):
                assert squeezed(word.upper() if isinstance(block, Heading) else word) in shown, block


@steady
@given(MESSAGES)
def test_the_page_drops_nothing_and_text_stays_text(message: Message) -> None:
    page = page_of(message)
    shown = squeezed(page.get_text() + "".join(str(each["alt"]) for each in page.select("img")))
    links = {str(each["href"]) for each in page.select("a")} | {str(e["src"]) for e in page.select("img")}
    if not message.blocks:
        assert squeezed(message.summary) in shown
    for block in message.blocks:
        for word in words_of(block):
            assert squeezed(word) in shown, block
        assert set(targets_of(block)) <= links
    known = "article p time h2 dl div dt dd ol ul li table caption thead tbody tr th td img label progress hr"
    known += " form input button strong em code a"
    assert {each.name for each in page.find_all()} <= set(known.split())


@steady
@given(MESSAGES)
def test_the_buttons_have_the_same_numbers_everywhere(message: Message) -> None:
    page = page_of(message)
    numbers = [str(each["value"]) for each in page.select("input[name=number]")]
    assert numbers == [str(each) for each in range(len(message.buttons))]
    labels = [each.get_text() for each in page.select(".buttons button")]
    assert labels == [each.label for each in message.buttons]
    shown = squeezed(as_text(message, 10_000))
    for number, button in enumerate(message.buttons, 1):
        assert squeezed(f"{number}. {button.label}") in shown


def test_control_characters_do_not_reach_the_terminal_from_any_block() -> None:
    nasty = "a\x1b[31mb\x07c\x9bd\x08e\rf\x00g\u202eh"
    form = Form("f", nasty, (Field("n", nasty),))
    run = spans(nasty)
    message = Message(
        nasty,
        (
            Text(run),
            Heading(nasty),
            Facts((Fact(nasty, run),)),
            Bullets((run,)),
            Table(nasty, (nasty, nasty), ((nasty, nasty),)),
            Image(f"https://example.gov.uk/{nasty}", nasty),
            Progress(nasty, 1, 2),
            Note(run),
            Divider(),
            Buttons((Button(nasty, "x"),), nasty),
            Inputs(form),
        ),
    )
    assert {type(each) for each in message.blocks} == set(get_args(Block))
    for shown in (as_text(message), as_text(Message(nasty))):
        assert {each for each in shown if not each.isprintable()} <= {"\n"}


def test_a_link_shows_its_address_in_text_but_not_twice() -> None:
    assert text_of([link("the guide", "https://x.gov.uk")]) == "the guide (https://x.gov.uk)"
    assert text_of([link("https://x.gov.uk", "https://x.gov.uk")]) == "https://x.gov.uk"


def test_nothing_done_of_nothing_is_shown_too() -> None:
    assert "0 of 0" in as_text(Message("s", (Progress("Parts", 0, 0),)))


# JSON


@steady
@given(MESSAGES)
def test_a_message_comes_back_from_json_as_it_was(message: Message) -> None:
    assert from_json(to_json(message)) == message


@pytest.mark.parametrize("version", [0, VERSION + 1, "1", None])
def test_a_message_of_another_version_is_refused(version: object) -> None:
    data = {**json.loads(to_json(say("hello"))), "version": version}
    with pytest.raises(ValueError, match="is not known"):
        from_json(json.dumps(data))


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "null", "{}", '{"version": 1}', '{"version": 1, "message": []}']
)
def test_what_is_no_message_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the kind of error is the point
        from_json(text)


def test_every_block_names_its_kind_so_that_json_can_tell_them_apart() -> None:
    kinds = [
        next(each.default for each in dataclass_fields(block) if each.name == "kind")
        for block in get_args(Block)
    ]
    assert len(set(kinds)) == len(kinds)


# Making text


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JavaScript:alert(1)", " https://x.gov.uk", "data:text/html,x", "//x.gov.uk", ""],
)
def test_a_link_leads_to_a_web_address_or_nowhere(address: str) -> None:
    with pytest.raises(ValueError, match="is not a web address"):
        link("here", address)


@pytest.mark.parametrize("address", ["https://x.gov.uk", "HTTP://X.gov.uk"])
def test_a_link_to_a_web_address_is_made(address: str) -> None:
    assert link("here", address) == Span("here", SpanKind.LINK, address)


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_picture_without_words_is_refused(alt: str) -> None:
    with pytest.raises(ValueError, match="needs words"):
        Image("https://x.gov.uk/a.png", alt)
    with pytest.raises(ValueError, match="needs words"):
        from_json(
            json.dumps(
                {
                    "version": VERSION,
                    "message": {
                        "summary": "s",
                        "blocks": [{"kind": "image", "address": "https://x.gov.uk/a.png", "alt": alt}],
                    },
                }
            )
        )


def test_words_of_any_form_become_spans() -> None:
    assert spans("a") == (Span("a"),)
    assert spans(vocabulary.bold("a")) == (Span("a", SpanKind.BOLD),)
    assert spans(["a", vocabulary.bold("b")]) == (Span("a"), Span("b", SpanKind.BOLD))


# Markdown


def test_bold_italic_and_code_are_kept() -> None:
    assert blocks_of("one **two** *three* `four*`") == (
        Text(
            (
                Span("one "),
                Span("two", SpanKind.BOLD),
                Span(" "),
                Span("three", SpanKind.ITALIC),
                Span(" "),
                Span("four*", SpanKind.CODE),
            )
        ),
    )


def test_bold_goes_on_after_italic_inside_it() -> None:
    (block,) = blocks_of("**one *two* three** four")
    assert isinstance(block, Text)
    kinds = {run.text.strip(): run.kind for run in block.spans}
    assert kinds["one"] is kinds["three"] is SpanKind.BOLD
    assert kinds["four"] is SpanKind.PLAIN


def test_lists_are_kept_with_their_numbers() -> None:
    assert blocks_of("- one\n- two\n\n4. three\n5. four") == (
        Bullets((spans("one"), spans("two"))),
        Bullets((spans("three"), spans("four")), numbered=True, start=4),
    )


def test_a_list_inside_a_list_keeps_every_word_in_order() -> None:
    (block,) = blocks_of("- one\n  - two\n    1. three\n- four")
    assert isinstance(block, Bullets)
    assert [text_of(item) for item in block.items] == ["one", "two", "three", "four"]


def test_a_second_paragraph_of_an_item_does_not_take_a_number_of_its_own() -> None:
    (block,) = blocks_of("1. one\n\n   still one\n2. two")
    assert isinstance(block, Bullets)
    assert len(block.items) == 2
    assert "still one" in text_of(block.items[0])


def test_code_inside_a_list_comes_where_it_stands() -> None:
    shown = as_text(Message("s", blocks_of("- one\n\n  ```\n  two\n  ```\n- three")))
    assert shown.index("one") < shown.index("two") < shown.index("three")


def test_a_block_of_code_is_kept_as_it_is() -> None:
    assert blocks_of("```\na <b>\n**c**\n```") == (Text((Span("a <b>\n**c**", SpanKind.CODE),)),)


def test_a_link_is_made_of_a_web_address_only() -> None:
    (block,) = blocks_of(
        "[the guide](https://x.gov.uk/a) and [bad](javascript:alert(1)) and [x](data:text/html,y)"
    )
    assert isinstance(block, Text)
    assert [run for run in block.spans if run.kind is SpanKind.LINK] == [
        link("the guide", "https://x.gov.uk/a")
    ]
    assert "bad" in text_of(block.spans)
    assert not page_of(Message("s", (block,))).select("a[href^=javascript]")


def test_an_address_that_cannot_be_clicked_can_still_be_read() -> None:
    (block,) = blocks_of("Write to [the team](mailto:team@example.gov.uk).")
    assert isinstance(block, Text)
    assert "team@example.gov.uk" in text_of(block.spans)


def test_html_stays_text() -> None:
    source = "<script>alert(1)</script> a <b>b</b> &amp;\n\n<div onclick=x>c</div>"
    blocks = blocks_of(source)
    text = " ".join(text_of(each.spans) for each in blocks if isinstance(each, Text))
    assert text == "<script>alert(1)</script> a <b>b</b> & <div onclick=x>c</div>"
    assert not page_of(Message("s", blocks)).select("script, b, div")


@steady
@given(
    st.lists(
        st.text("abcXYZ éß漢", min_size=1, max_size=12).filter(lambda x: x.strip()), min_size=1, max_size=5
    )
)
def test_markdown_without_marks_is_its_own_text(paragraphs: list[str]) -> None:
    shown = [
        text_of(each.spans)
        for each in blocks_of("\n\n".join(map(str.strip, paragraphs)))
        if isinstance(each, Text)
    ]
    assert [squeezed(each) for each in shown] == [squeezed(each) for each in paragraphs]


# Forms

FORM = Form(
    "f",
    "A form",
    (
        Field("name", "Your name", longest=5),
        Field("SRO", "SRO's name", required=False),
        Field("tier", "Tier", Kind.ONE_OF, required=False, options=(Option("gold", "Gold"),)),
        Field("month", "Start month", Kind.MONTH, required=False),
    ),
)


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"name": "Amira"}, {}),
        ({"name": "  Amira  ", "tier": "gold", "month": " 2026-05 ", "more": "x"}, {}),
        ({}, {"name": "Enter your name"}),
        ({"name": " \n"}, {"name": "Enter your name"}),
        ({"name": "x" * 6}, {"name": "Use 5 characters or fewer. You have used 6."}),
        ({"name": "A", "tier": "Gold"}, {"tier": "Choose one of the options"}),
        ({"name": "A", "month": "May"}, {"month": "Enter a month as year and month, such as 2026-05"}),
        ({"name": "A", "month": "2026-13"}, {"month": "Enter a month as year and month, such as 2026-05"}),
        (
            {"name": "", "tier": "x", "month": "y"},
            {
                "name": "Enter your name",
                "tier": "Choose one of the options",
                "month": "Enter a month as year and month, such as 2026-05",
            },
        ),
    ],
)
def test_a_form_says_what_is_wrong_with_each_field(values: dict[str, str], problems: dict[str, str]) -> None:
    assert check(FORM, values) == problems


def test_an_abbreviation_keeps_its_capitals_in_the_error() -> None:
    form = Form("f", "A form", (Field("sro", "SRO's name"), Field("a", "A word")))
    assert check(form, {}) == {"sro": "Enter SRO's name", "a": "Enter a word"}
