"""Taking part in the Community, shown as thanks: to each person what they did, to all who did what. No ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from handlers.community.view import refusal
from handlers.conversation.acts import ClickAction, Command
from handlers.conversation.message import Block, Bullets, Buttons, Message, Note, Text, bold, say, spans
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import unknown_person
from storage.database import Store
from storage.months import Month
from storage.participation import Contribution, Deed

CAUSE = "thanks"
_NAMED = 60
_TOGETHER = {
    Deed.ANSWERED: "Answered a colleague's question",
    Deed.SHARED: "Shared an exemplar",
    Deed.WROTE: "Wrote an article",
    Deed.APPROVED: "Checked and approved an article",
    Deed.INTRODUCED: "Told the Community about themselves",
    Deed.CAME: "Came to a briefing or drop-in",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whether to be thanked each month, and named among those who are thanked."""

    wanted: bool


WISH = ClickAction("thanks.wanted", Wanted)


def register(router: Router) -> None:
    """The thanks to all, and the wish not to be thanked."""
    router.on_command(
        Command(
            "community thanks",
            "community thanks",
            "See who did what for the Community since the beginning of last month",
            (r"(?:show )?(?:the )?(?:community(?:'s)? thanks|thanks (?:in|of|to) the community)",),
        ),
        together,
    )
    router.on_command(
        Command(
            "thank me",
            "do not thank me",
            "Get no monthly thank-you, and be named among no thanks; 'thank me' undoes it",
            (r"(?P<no>do not|don't|stop) (?:thank|thanking) me", r"thank me(?: again)?"),
        ),
        _typed_wish,
    )
    router.on_click(WISH, wish)


def thank_you(month: Month, deeds: Sequence[Contribution]) -> Message:
    """What one person did in a month, and how many it helped."""
    first = f"Thank you for what you did for your colleagues in {month.label}."
    blocks: list[Block] = [
        Text(spans(first)),
        Bullets(tuple(spans(_done(each)) for each in deeds)),
        Note(spans("Only you see this.")),
        Buttons(
            (WISH.button("Do not thank me", Wanted(wanted=False)),), "If you would rather not be thanked"
        ),
    ]
    return Message(first, tuple(blocks))


def _done(each: Contribution) -> str:
    match each.deed:
        case Deed.ANSWERED:
            asked = "1 colleague" if each.helped == 1 else f"{each.helped} colleagues"
            return f"You answered {_count(each.times, 'question')} from {asked}."
        case Deed.SHARED:
            return f"You shared {_count(each.times, 'exemplar')}.{_helped(each, 'thanked you')}"
        case Deed.WROTE:
            return f"You wrote or improved {_count(each.times, 'article')}.{_helped(each, 'said it helped')}"
        case Deed.APPROVED:
            return f"You checked and approved {_count(each.times, 'article')}."
        case Deed.INTRODUCED:
            return "You told the Community about yourself."
        case Deed.CAME:
            return f"You came to {_count(each.times, 'briefing or drop-in', 'briefings and drop-ins')}."


def _count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number} {many or f'{one}s'}"


def _helped(each: Contribution, did: str) -> str:
    return f" {_count(each.helped, 'colleague')} {did}." if each.helped else ""


async def together(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Who did what, everything in alphabetical order and nothing counted by person; for members."""
    refused = await refusal(turn, store)
    if refused is not None:
        return private(refused)
    month = Month.of(turn.today).plus(-1)
    since = datetime(month.year, month.month, 1, tzinfo=turn.council_zone).astimezone(UTC)
    found = await store.participation.between(since, turn.received_at)
    shy = {each.person_id for each in (await store.manners.all()).values() if not each.thanks}
    names = {each.id: each.name for each in await store.people.all() if each.id not in shy}
    by_deed = {
        deed: sorted(names[each.person_id] for each in found if each.deed is deed and each.person_id in names)
        for deed in sorted(Deed, key=_TOGETHER.__getitem__)
    }
    lines = tuple(
        spans([bold(f"{_TOGETHER[deed]}: "), f"{_listed(people)}."])
        for deed, people in by_deed.items()
        if people
    )
    if not lines:
        return private(say(f"Nothing is on record yet since the beginning of {month.label}."))
    first = f"Thank you to all who took part since the beginning of {month.label}."
    return private(Message(first, (Text(spans(first)), Bullets(lines))))


def _listed(people: Sequence[str]) -> str:
    more = f" and {len(people) - _NAMED} more" if len(people) > _NAMED else ""
    return f"{', '.join(people[:_NAMED])}{more}"


async def _typed_wish(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    return await wish(turn, store, Wanted(wanted="no" not in args))


async def wish(turn: Turn, store: Store, params: Wanted) -> Reply:
    """Keep whether somebody wants to be thanked."""
    if turn.person is None:
        return reply(unknown_person())
    manner = await store.manners.of(turn.person.id)
    manner.thanks = params.wanted
    await store.manners.put(manner)
    if params.wanted:
        return private(say("You are thanked once a month for what you did, and named in 'community thanks'."))
    again = [WISH.button("Thank me again", Wanted(wanted=True))]
    words = "You get no monthly thank-you any more, and 'community thanks' does not name you."
    return private(say(words, buttons=again))
