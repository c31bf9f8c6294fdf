"""The Community of Practice: what it is, joining and leaving it, and introducing oneself to its members."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.community.view import INTRODUCE, JOIN, day_words, refusal, unit_names, unit_of, whom_to_ask
from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import SEVERAL, Field, Form, Kind
from handlers.conversation.message import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Fact,
    Facts,
    Heading,
    Message,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.policy import WORKSTREAMS
from handlers.experts.view import unknown_person, workstream_options
from storage.community import CommunityMember, Membership
from storage.database import Store

_LISTED = 8
_PURPOSE = (
    "The Community of Practice is the network of all contract management staff: managers, deputies, team "
    "leaders, first points of contact and CSMG members. They answer each other's questions and share what works."
)

LEAVE = ClickAction("community.leave", NoParams)
INTRODUCTIONS = ClickAction("community.introductions", NoParams)
INTRODUCE_FORM = FormAction("community.introduce", NoParams)


def register(router: Router) -> None:
    """Commands of everybody."""
    for name, example, summary, pattern, handler in (
        (
            "community",
            "community",
            "See what the Community of Practice is, and join it",
            r"(the )?community",
            show,
        ),
        (
            "join",
            "join the community",
            "Become a member of the Community of Practice",
            r"join (the )?(community|cop)( of practice)?",
            join,
        ),
        (
            "leave",
            "leave the community",
            "End your membership",
            r"leave (the )?(community|cop)( of practice)?",
            leave,
        ),
        (
            "introduce",
            "introduce myself",
            "Tell the members what you manage and can help with",
            r"introduce (myself|me)|(change )?my introduction",
            open_introduction,
        ),
        (
            "introductions",
            "introductions",
            "See who introduced themselves to the Community",
            r"(show )?introductions",
            introductions,
        ),
    ):
        router.on_command(Command(name, example, summary, (pattern,)), handler)
    router.on_click(JOIN, lambda turn, store, _: join(turn, store, {}))
    router.on_click(LEAVE, lambda turn, store, _: leave(turn, store, {}))
    router.on_click(INTRODUCE, lambda turn, store, _: open_introduction(turn, store, {}))
    router.on_click(INTRODUCTIONS, lambda turn, store, _: introductions(turn, store, {}))
    router.on_form(INTRODUCE_FORM, keep_introduction, introduction_form)


async def show(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """What the Community is, how many are in it, and whom to ask."""
    members = await store.community.members()
    staff = {each.id for each in await store.community.staff()}
    count = f"{len(members)} member{'s' * (len(members) != 1)}"
    joined = (
        f"{count}; {len(staff.intersection(members))} of {len(staff)} contract management staff have joined."
    )
    facts = [Fact("Members", spans(joined)), Fact("Who to ask", spans(await whom_to_ask(turn, store)))]
    record = await store.community.of(turn.person.id) if turn.person else None
    facts.append(Fact("You", spans(_standing(record))))
    buttons = _buttons(record) if turn.person else ()
    blocks: list[Block] = [Heading("Community of Practice"), Text(spans(_PURPOSE)), Facts(tuple(facts))]
    return private(
        Message(
            f"The Community of Practice: {joined}",
            (*blocks, *([Buttons(buttons, "Next")] if buttons else ())),
        )
    )


def _standing(record: CommunityMember | None) -> str:
    if record is None or record.state is Membership.NOT_YET or record.since is None:
        return "You have not joined yet."
    if record.state is Membership.LEFT:
        return f"You left on {day_words(record.since.date())}. You can join again at any time."
    told = "" if record.introduced_at else " You have not introduced yourself yet."
    return f"You are a member since {day_words(record.since.date())}.{told}"


def _buttons(record: CommunityMember | None) -> tuple[Button, ...]:
    none = NoParams()
    if record is None or record.state is not Membership.JOINED:
        return (JOIN.button("Join the community", none, style=ButtonStyle.PRIMARY),)
    return (
        INTRODUCE.button("Change my introduction" if record.introduced_at else "Introduce myself", none),
        INTRODUCTIONS.button("Introductions", none),
        LEAVE.button(
            "Leave the community",
            none,
            confirm="Leave the Community of Practice? Your introduction is deleted.",
        ),
    )


async def join(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Become a member."""
    if turn.person is None:
        return reply(unknown_person())
    record = await store.community.open(turn.person.id)
    already = record.state is Membership.JOINED
    if not already:
        record.join(turn.received_at)
    first = "You are a member already." if already else "Welcome to the Community of Practice."
    return private(
        say(
            first,
            "Tell the others what you manage and what you can help with. Type 'who knows about TUPE' to find a "
            "colleague, or 'ask an expert' with a question.",
            buttons=_buttons(record),
            label="Next",
        )
    )


async def leave(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """End the membership and delete the introduction."""
    if turn.person is None:
        return reply(unknown_person())
    if not await store.community.joined(turn.person.id):
        return private(say("You are no member of the Community of Practice. Nothing was changed."))
    record = await store.community.open(turn.person.id)
    record.leave(turn.received_at)
    return private(
        say(
            "You have left the Community of Practice. Your introduction is deleted, and nobody finds you by it. "
            "You can still ask everything you asked before.",
            buttons=_buttons(record),
        )
    )


async def open_introduction(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form of one's own introduction."""
    form = await introduction_form(turn, store, NoParams())
    return form if isinstance(form, Reply) else Reply(form=form)


async def introduction_form(turn: Turn, store: Store, params: NoParams) -> Form | Reply:
    """What one manages, can help with, and would like help with."""
    refused = await refusal(turn, store)
    if refused is not None:
        return private(refused)
    record = await store.community.of(turn.person_id) if turn.person_id else None
    return Form(
        INTRODUCE_FORM.name,
        "Introduce yourself",
        (
            Field(
                "manages",
                "What you manage",
                Kind.LONG_TEXT,
                initial=record.manages if record else "",
                longest=500,
                help="Members will see this. Leave out prices and what a supplier told you in confidence.",
            ),
            Field(
                "topics",
                "Areas you can help with",
                Kind.SEVERAL_OF,
                required=False,
                options=tuple(each for each in workstream_options() if each.value in WORKSTREAMS),
                initial=SEVERAL.join(record.topics) if record else "",
            ),
            Field(
                "offers",
                "What else you can help with",
                required=False,
                initial=record.offers if record else "",
                longest=300,
                help="In your own words, such as TUPE, pensions, framework call-offs",
            ),
            Field(
                "wants",
                "Where you would like help",
                Kind.LONG_TEXT,
                required=False,
                initial=record.wants if record else "",
                longest=500,
            ),
        ),
        submit="Show it to members",
        params=INTRODUCE_FORM.carried(params),
    )


async def keep_introduction(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Keep the introduction, and show it as members see it."""
    assert turn.person is not None, "the form is made only for a member"
    record = await store.community.open(turn.person.id)
    if record.state is not Membership.JOINED:
        record.join(turn.received_at)
    record.manages = values["manages"]
    record.topics = [each for each in values.get("topics", "").split(SEVERAL) if each]
    record.offers, record.wants = values.get("offers", ""), values.get("wants", "")
    record.introduced_at = turn.received_at
    shown = Facts(introduction_facts(record))
    first = f"Thank you, {turn.person.name}. This is what members see of you:"
    return private(Message(first, (Text(spans(first)), shown, Buttons(_buttons(record), "Next"))))


def introduction_facts(record: CommunityMember) -> tuple[Fact, ...]:
    """What a member says of themselves."""
    help_with = [WORKSTREAMS[each] for each in record.topics if each in WORKSTREAMS]
    help_with += [record.offers] if record.offers else []
    facts = [Fact("Manages", spans(record.manages))]
    facts += [Fact("Can help with", spans(", ".join(help_with)))] if help_with else []
    facts += [Fact("Would like help with", spans(record.wants))] if record.wants else []
    return tuple(facts)


async def introductions(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The newest introductions, for members."""
    refused = await refusal(turn, store)
    if refused is not None:
        return private(refused)
    told = [(person, record) for person, record in await store.community.profiles() if record.introduced_at]
    told.sort(key=lambda each: each[1].introduced_at or turn.received_at, reverse=True)
    if not told:
        return private(
            say(
                "Nobody has introduced themselves yet. Be the first.",
                buttons=[INTRODUCE.button("Introduce myself", NoParams())],
            )
        )
    units = await unit_names(store)
    blocks: list[Block] = [Text(spans([bold("Newest introductions")]))]
    for person, record in told[:_LISTED]:
        blocks += [
            Text(spans([bold(person.name), f", {unit_of(person, units)}"])),
            Facts(introduction_facts(record)),
        ]
    more = len(told) - _LISTED
    if more > 0:
        blocks.append(Text(spans(f"And {more} more. Type 'who knows about' and a topic to find one.")))
    return private(Message(f"{len(told)} introductions", tuple(blocks)))
