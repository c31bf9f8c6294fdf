"""Messages as Block Kit: every block, every limit, and nothing lost or interpreted."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.slack.buttons import TooLong
from bot.platforms.slack.dump import dumped
from bot.platforms.slack.forms import Origin, carried_by, dialog, errors_for
from bot.platforms.slack.home import home_view
from bot.platforms.slack.render import _pieces, render
from bot.platforms.slack.text import read
from handlers.conversation.form import Field, Form, Kind, Option
from handlers.conversation.message import (
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
    Words,
    bold,
    link,
    say,
    spans,
)
from tests.servers.slack_chat import shown
from tests.servers.slack_limits import message_problems, view_problems

HERE = Origin("D0PERSON", "", direct=True)
NASTY = "<!channel> *b* _i_ ~s~ `c` &lt; & [x](javascript:alert(1)) :tada: @here"


def payloads(*blocks: Block) -> list[dict[str, Any]]:
    found = [{"text": each.text, "blocks": list(each.blocks)} for each in render(Message("Summary", blocks))]
    for each in found:
        assert message_problems(each) == []
    return found


def words(*blocks: Block) -> str:
    return "\n".join(shown(each).text for each in payloads(*blocks))


FORM = Form(
    "experts.ask",
    "Ask an expert",
    (
        Field("question", "Your question", Kind.LONG_TEXT, initial="Why?", help="In your own words"),
        Field("tier", "Tier", Kind.ONE_OF, options=(Option("g", "Gold"), Option("s", "Silver")), initial="s"),
        Field("month", "Month", Kind.MONTH, required=False),
    ),
    params={"question_id": 3},
)
EVERY: dict[str, Block] = {
    "text": Text(spans(["a ", bold(NASTY), Span("i", SpanKind.ITALIC), Span("c", SpanKind.CODE)])),
    "heading": Heading(NASTY),
    "facts": Facts((Fact(NASTY, spans(NASTY)), Fact("", ()))),
    "bullets": Bullets((spans(NASTY), ()), numbered=False),
    "numbered": Bullets((spans("three"), spans("four")), numbered=True, start=3),
    "table": Table("Plan", ("Name", "State"), ((NASTY, ""), ("b", "late"))),
    "image": Image("https://example.org/chart.png", NASTY),
    "progress": Progress("Done", 3, 10),
    "note": Note(spans(NASTY)),
    "note with a link": Note(spans(["Source: ", link("Act", "https://example.org/act")])),
    "divider": Divider(),
    "buttons": Buttons(
        (
            Button("Yes <&>", "a.b", {"text": NASTY}, ButtonStyle.PRIMARY),
            Button("Yes <&>", "a.b", {}, ButtonStyle.DANGER, "Really <?>"),
        ),
        "What now",
    ),
    "inputs": Inputs(FORM),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_block_keeps_to_the_limits_and_says_all_its_words(name: str) -> None:
    text = words(EVERY[name])
    assert (NASTY in text) == (name in ("text", "heading", "facts", "bullets", "table", "image", "note"))


@pytest.mark.parametrize("name", EVERY)
def test_every_block_stands_on_a_home_page(name: str) -> None:
    view = home_view([Message("Home", (EVERY[name],))])
    assert view_problems(view) == []


def texts(thing: object) -> list[dict[str, Any]]:
    if isinstance(thing, dict):
        own = [thing] if thing.get("type") in ("plain_text", "mrkdwn") else []
        return own + [each for value in thing.values() for each in texts(value)]
    return [each for item in thing for each in texts(item)] if isinstance(thing, list) else []


def test_no_words_can_be_read_as_a_mark() -> None:
    for payload in payloads(*EVERY.values()):
        found = texts(payload["blocks"])
        assert found
        assert not any("<" in each["text"] for each in found if each["type"] == "plain_text")
        assert not any(
            "supplier*" in each["text"] or "!channel" in each["text"]
            for each in found
            if each["type"] == "mrkdwn"
        )


@pytest.mark.parametrize(
    ("line", "kind", "written"),
    [
        ("Plain *words* & <!here>", "plain_text", "Plain *words* &amp; &lt;!here&gt;"),
        ([bold("Name: "), "A & B <!here>"], "mrkdwn", "*Name:* A &amp; B &lt;!here&gt;"),
        (
            [bold("Name: "), link("the Act", "https://example.org/?a=1&b=2")],
            "mrkdwn",
            "*Name:* <https://example.org/?a=1&amp;b=2|the Act>",
        ),
        ([bold("Name"), "s"], "rich_text", None),
        (["pre", bold("fix")], "rich_text", None),
        ([bold("Two\nlines")], "rich_text", None),
        ([bold(" "), "x"], "rich_text", None),
        ([bold("Name: "), "a *b* c"], "rich_text", None),
        ([bold("Name: "), "a_b"], "rich_text", None),
        ([bold("Name: "), "say :tada: now"], "rich_text", None),
        ([bold("Name: "), "first\n> second"], "rich_text", None),
        ([bold("Name: "), "`code`"], "rich_text", None),
        ([bold("Name: "), link("a|b", "https://example.org/")], "rich_text", None),
        ([bold("Name: "), "x" * 2993], "rich_text", None),
    ],
)
def test_words_stand_in_the_plainest_block_that_cannot_misread_them(
    line: Words, kind: str, written: str | None
) -> None:
    block = payloads(Text(spans(line)))[0]["blocks"][0]
    assert (block["text"]["type"] if block["type"] == "section" else block["type"]) == kind
    if written is not None:
        assert block["text"]["text"] == written


def test_only_web_links_become_links() -> None:
    (payload,) = payloads(
        Text((link("Act", "https://example.org/act"), Span(" x", SpanKind.LINK, "javascript:alert(1)")))
    )
    assert payload["blocks"][0]["text"]["text"] == "<https://example.org/act|Act> x (javascript:alert(1))"
    (rich,) = payloads(
        Text((bold("*"), link("Act", "https://example.org/act"), Span("x", SpanKind.LINK, "data:x")))
    )
    parts = rich["blocks"][0]["elements"][0]["elements"]
    assert [(part["type"], part.get("url")) for part in parts[1:]] == [
        ("link", "https://example.org/act"),
        ("text", None),
    ]


def test_the_top_level_text_is_the_summary_escaped() -> None:
    (payload,) = render(Message("<!here> & more", (Divider(),)))
    assert payload.text == "&lt;!here&gt; &amp; more"


def test_a_message_of_its_summary_alone_says_it() -> None:
    (payload,) = render(Message("Only this"))
    assert "Only this" in shown({"blocks": list(payload.blocks)}).text


@pytest.mark.parametrize(
    "block",
    [
        lambda text: Text(spans(text)),
        Heading,
        lambda text: Facts((Fact("Name", spans(text)),)),
        lambda text: Bullets((spans("first"), spans(text), spans("last")), numbered=True),
        lambda text: Table("T", ("A", "B"), ((text, "x"),)),
        lambda text: Note(spans(text)),
        lambda text: Image("https://example.org/a.png", text),
        lambda text: Buttons((Button(text, "a.b"),), "What"),
        lambda text: Progress(text, 1, 2),
    ],
    ids=["text", "heading", "facts", "bullets", "table", "note", "image", "buttons", "progress"],
)
@pytest.mark.parametrize("length", [76, 151, 3_001, 20_000])
def test_long_words_are_split_and_never_cut(block: Callable[[str], Block], length: int) -> None:
    counted = " ".join(f"w{number}&" for number in range(length))[:length]
    text = words(block(counted))
    assert all(word in text for word in counted.split()[:-1])


def test_one_word_longer_than_a_block_is_split() -> None:
    assert words(Text(spans("x" * 9_000))).count("x") == 9_000


def test_a_numbered_list_over_several_blocks_counts_on() -> None:
    items = tuple(spans(f"{'x' * 1400} end{number}") for number in range(5))
    text = words(Bullets(items, numbered=True))
    assert [text.count(f"{number}. x") for number in range(1, 6)] == [1] * 5
    marked = tuple(spans([bold("*"), "x" * 1400]) for number in range(5))
    (one,) = payloads(Bullets(marked, numbered=True))
    assert [block["elements"][0].get("offset", 0) for block in one["blocks"]] == [0, 2, 4]


def test_many_blocks_go_in_several_messages_in_order() -> None:
    found = payloads(*(Text(spans(f"line {number}.")) for number in range(120)))
    assert [len(each["blocks"]) for each in found] == [50, 50, 20]
    assert found[2]["text"] == "Part 3 of 3: Summary"


def test_a_second_table_goes_into_a_second_message() -> None:
    table = Table("T", ("A",), (("x",),))
    assert len(payloads(table, table)) == 2


def test_a_table_of_many_rows_is_split_under_its_headings() -> None:
    found = payloads(Table("T", ("Name", "State"), tuple((f"row {n}", "x") for n in range(250))))
    tables = [block for each in found for block in each["blocks"] if block["type"] == "table"]
    assert sum(len(table["rows"]) - 1 for table in tables) == 250
    assert all(table["rows"][0][0]["text"] == "Name" for table in tables)


def test_a_table_too_wide_is_a_list_of_the_same_words() -> None:
    columns = tuple(f"column {number}" for number in range(21))
    text = words(Table("T", columns, (tuple(f"cell {number}" for number in range(21)),)))
    assert "cell 0" in text
    assert "column 20: cell 20" in text


def test_thirty_buttons_stand_in_two_rows() -> None:
    (payload,) = payloads(Buttons(tuple(Button(f"B{number}", "a.b", {"n": number}) for number in range(30))))
    assert [len(block["elements"]) for block in payload["blocks"]] == [25, 5]


def test_what_a_button_carries_is_refused_where_slack_would_lose_it() -> None:
    with pytest.raises(TooLong, match="carries 3,0"):
        render(say("x", buttons=[Button("B", "a.b", {"text": "x" * 3_000})]))
    with pytest.raises(TooLong, match="at most 300"):
        render(say("x", buttons=[Button("B", "a.b", {}, confirm="x" * 301)]))


def test_a_home_page_too_long_says_that_there_is_more() -> None:
    view = home_view([Message("Home", tuple(Text(spans(f"line {n}")) for n in range(150)))])
    assert view_problems(view) == []
    assert "There is more" in shown(view).text


def test_a_dialog_has_every_field_and_comes_back_with_its_params() -> None:
    view = dialog(FORM, Origin("C1", "17.5", direct=False, source="17.6"))
    assert view_problems(view) == []
    assert [block["block_id"] for block in view["blocks"]] == ["question", "tier", "month"]
    assert view["blocks"][1]["element"]["initial_option"]["value"] == "s"
    params, origin = carried_by(view)
    assert params == {"question_id": 3}
    assert origin == Origin("C1", "17.5", direct=False, source="17.6")


@pytest.mark.parametrize(
    ("count", "kind"), [(10, "radio_buttons"), (11, "static_select"), (250, "static_select")]
)
def test_a_choice_among_many_is_a_menu(count: int, kind: str) -> None:
    options = tuple(Option(str(number), f"Choice {number}") for number in range(count))
    view = dialog(Form("f", "F", (Field("one", "One", Kind.ONE_OF, options=options),)), HERE)
    assert view_problems(view) == []
    assert view["blocks"][0]["element"]["type"] == kind


def test_a_long_form_says_what_does_not_fit_above_its_fields() -> None:
    label, choice = "l" * 2_001, "c" * 80
    field = Field(
        "one", label, Kind.ONE_OF, options=(Option("a", choice), Option("b", "Short")), help="h" * 2_001
    )
    text = Field("text", "Text", Kind.LONG_TEXT, initial="i" * 4_000, longest=5_000)
    view = dialog(Form("f", "A title longer than Slack's line", (field, text)), HERE)
    assert view_problems(view) == []
    words_shown = shown(view).text
    assert "A title longer than Slack's line" in words_shown
    assert all(each in words_shown for each in (label, choice, "h" * 2_001))
    assert "Below is its beginning" in words_shown


def test_forms_that_slack_cannot_hold_are_refused() -> None:
    with pytest.raises(TooLong, match="more fields"):
        dialog(Form("f", "F", tuple(Field(f"n{n}", "N") for n in range(101))), HERE)
    with pytest.raises(TooLong, match="value longer"):
        dialog(Form("f", "F", (Field("n", "N", Kind.ONE_OF, options=(Option("v" * 151, "V"),)),)), HERE)
    with pytest.raises(TooLong, match="form f carries"):
        dialog(Form("f", "F", (Field("n", "N"),), params={"text": "x" * 3_000}), HERE)


def test_an_error_of_a_field_that_is_not_there_stands_beside_the_first() -> None:
    view = dialog(FORM, HERE)
    assert errors_for(view, {"gone": "A.", "question": "B.", "tier": "C."}) == {
        "question": "A. B.",
        "tier": "C.",
    }


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<@U1|ann> in <#C1|contracts> and <#C2>", "@ann in #contracts and #C2"),
        (
            "<!channel> <!subteam^S1|@srm> <!subteam^S2> <!date^1^{date}|1 May>",
            "@channel @srm @subteam 1 May",
        ),
        ("<https://example.org/a?b=1&amp;c=2|the Act>", "the Act (https://example.org/a?b=1&c=2)"),
        ("<http://example.org|example.org> <https://example.org>", "example.org https://example.org"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("&lt;!channel&gt;", "<!channel>"),
    ],
)
def test_what_slack_hands_over_is_read_as_the_person_sees_it(raw: str, seen: str) -> None:
    assert read(raw) == seen


SPANS = st.lists(
    st.builds(
        Span,
        st.text(max_size=4000),
        st.sampled_from([SpanKind.PLAIN, SpanKind.BOLD, SpanKind.CODE, SpanKind.LINK]),
        st.sampled_from(["https://example.org/x", "javascript:x", None]),
    ),
    max_size=4,
).map(tuple)
BLOCKS = st.one_of(
    st.builds(Text, SPANS),
    st.builds(Heading, st.text(max_size=400)),
    st.builds(Facts, st.lists(st.builds(Fact, st.text(max_size=50), SPANS), max_size=4).map(tuple)),
    st.builds(Bullets, st.lists(SPANS, max_size=6).map(tuple), st.booleans(), st.integers(1, 5)),
    st.builds(Note, SPANS),
    st.builds(Progress, st.text(max_size=40), st.integers(0, 20), st.integers(0, 20)),
    st.builds(
        lambda title, rows: Table(title, ("A", "B"), rows),
        st.text(max_size=40),
        st.lists(st.tuples(st.text(max_size=900), st.text(max_size=90)), max_size=30).map(tuple),
    ),
    st.builds(
        lambda labels: Buttons(tuple(Button(label, "a.b") for label in labels)),
        st.lists(st.text(min_size=1, max_size=120), max_size=30),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(BLOCKS, max_size=20).map(tuple), st.text(max_size=5000))
def test_whatever_is_said_keeps_to_every_limit(blocks: tuple[Block, ...], summary: str) -> None:
    for payload in render(Message(summary, blocks)):
        assert message_problems({"text": payload.text, "blocks": list(payload.blocks)}) == []
    view = home_view([Message(summary, blocks)])
    assert view_problems(view) == []


def test_a_button_says_its_label_unescaped() -> None:
    (payload,) = payloads(EVERY["buttons"])
    assert html.unescape(payload["blocks"][1]["elements"][0]["text"]["text"]) == "Yes <&>"


@pytest.mark.parametrize("name", EVERY)
def test_blocks_are_written_as_the_sdk_writes_and_checks_them(name: str) -> None:
    for piece in _pieces(EVERY[name], tables=True):
        assert dumped(piece.block) == piece.block.to_dict()
