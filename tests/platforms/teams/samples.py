"""Messages in every shape that a card can take, and text that tries to be more than text."""

from __future__ import annotations

from bot.platforms.teams.form_card import Filled
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
    bold,
    link,
    spans,
)

HOSTILE = (
    "<!channel> and <@U123>",
    "*not bold* and **not bold** and _not italic_ and `not code`",
    "&lt;b&gt; &amp; <b>not bold</b>",
    "[x](javascript:alert(1)) and [y](https://evil.example/)",
    "![x](https://evil.example/x.png)",
    "# not a heading",
    "- not a bullet",
    "+ not a bullet",
    "1. not a number",
    "1) not a number",
    "> not a quotation",
    "    not code",
    "<script>alert(1)</script>",
    "<at>Everybody</at>",
    "{{DATE(2026-02-14T06:08:00Z, SHORT)}} and {{{{TIME(2026-02-14T06:08:00Z)}}",
    "${not.data} {not.data}",
    "a\\*b\\",
    "| not | a | table |",
    "~~not struck~~",
    "https://evil.example/ stays text",
    "\u202eright to left\u202c and \u200bnothing",
    "Zażółć gęślą jaźń 李 👩‍👩‍👧‍👦",
)
LONG = "Twenty thousand characters of advice. " * 540
EMOJI = "👩‍👩‍👧‍👦" * 3000

FORM = Form(
    "sample.form",
    "A form",
    (
        Field("name", "Your name", help="As in the directory *here*"),
        Field("story", "What happened", Kind.LONG_TEXT, required=False, initial="So *far*"),
        Field("month", "Review month", Kind.MONTH),
        Field(
            "tier",
            "Tier",
            Kind.ONE_OF,
            options=tuple(Option(each, each.title()) for each in ("gold", "silver")),
        ),
        Field(
            "contract",
            "Contract",
            Kind.ONE_OF,
            options=tuple(Option(str(number), f"Contract *{number}*") for number in range(30)),
            required=False,
        ),
    ),
    params={"number": 7},
)
FILLED = Filled(
    FORM.name, {"name": "", "story": "*All* of it", "month": "May", "tier": "gold"}, FORM.params, FORM
)
WRONG = {"name": "Enter your name", "month": "Enter a month as year and month, such as 2026-05"}


def button(number: int, label: str = "Article") -> Button:
    return Button(f"{label} {number}", "sample.show", {"slug": f"article-{number}"})


BLOCKS: dict[str, tuple[Block, ...]] = {
    "text": (Text(spans("A paragraph.\n\nAnd another.\nAnd a line.")),),
    "spans": (
        Text(
            (
                Span("plain "),
                bold("bold "),
                Span("italic ", SpanKind.ITALIC),
                Span("code ", SpanKind.CODE),
                link("a link", "https://www.gov.uk/"),
                Span("Amira", SpanKind.MENTION, "7"),
            )
        ),
    ),
    "empty text": (Text(()), Text(spans("")), Text(spans(" \n "))),
    "heading": (Heading("Contract reviews due"), Heading("1. *With* signs")),
    "facts": (Facts((Fact("Owner", spans("Amira")), Fact("Review", spans("October 2026\nand later")))),),
    "bullets": (
        Bullets(
            (spans("One"), spans([bold("Two"), ": more"])),
        ),
        Bullets((spans("Three"),), True, 3),
    ),
    "table": (
        Table("Contracts", ("Reference", "Title", "Tier"), (("C1", "Waste", "Gold"), ("C2", "", "Silver"))),
    ),
    "empty table": (Table("Contracts", ("Reference", "Title"), ()),),
    "image": (Image("https://example.gov.uk/wave.png", "Three waves over 14 months"),),
    "image without https": (Image("http://example.gov.uk/wave.png", "Three waves"),),
    "progress": (Progress("Wave 1", 3, 9), Progress("Wave 2", 0, 0)),
    "note": (Note(spans("Source: the plan, 2026")),),
    "divider": (Divider(), Text(spans("Above")), Divider(), Text(spans("Below")), Divider()),
    "buttons": (Buttons(tuple(button(number) for number in range(1, 13)), "Read more"),),
    "no buttons": (Buttons((), "Read more"),),
    "confirmed button": (
        Buttons(
            (
                Button("Delete", "sample.delete", {"id": 1}, ButtonStyle.DANGER, "Delete *all* of it?"),
                button(1, "An article with a title that is too long for a narrow screen, number"),
            )
        ),
    ),
    "form": (Text(spans("Fill this in.")), Inputs(FORM), Buttons((button(1),), "Or")),
    "long text": (Text(spans(LONG)),),
    "long word": (Text(spans("x" * 20_000)),),
    "long emoji": (Text(spans(EMOJI)),),
    "control characters": (Text(spans("\x01" * 9000)),),
    "long bold": (Text((bold(LONG), Span("x" * 4000, SpanKind.CODE))),),
    "long heading": (Heading("Heading " * 1000),),
    "long facts": (Facts(tuple(Fact(f"Request {n}", spans(LONG[:2000])) for n in range(40))),),
    "long bullets": (Bullets(tuple(spans(f"Item {n} " * 40) for n in range(200)), numbered=True),),
    "long table": (
        Table("Plan", tuple(f"Column {n}" for n in range(8)), tuple(("cell *x*",) * 8 for _ in range(200))),
    ),
    "table of long cells": (
        Table("Plan", ("A", "B"), (("short", LONG), (LONG[:2900], LONG[:2900]), ("x", "y"))),
    ),
    "many buttons": (Buttons(tuple(button(number) for number in range(1, 200)), "Choose"),),
    "long initial": (Inputs(Form("f", "F", (Field("a", "A", Kind.LONG_TEXT, initial=LONG),))),),
    "hostile text": (Text(spans("\n".join(HOSTILE))),),
    "hostile paragraphs": tuple(Text(spans(each)) for each in HOSTILE),
    "hostile headings": tuple(Heading(each) for each in HOSTILE),
}
MESSAGES: dict[str, Message] = {
    **{name: Message(f"Summary of {name}", blocks) for name, blocks in BLOCKS.items()},
    "only a summary": Message("Nothing but *words*"),
    "nothing at all": Message(""),
    "a long summary": Message(LONG),
}
