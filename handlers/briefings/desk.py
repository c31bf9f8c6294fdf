"""Every act on a briefing, clicked or typed: who may do it, and who does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from handlers.briefings.attendance import open_attendance
from handlers.briefings.places import give_up, may_come, show, sign_up
from handlers.briefings.planning import announce, open_cancel, open_change
from handlers.briefings.view import ON, Act, OnBriefing
from handlers.community.view import only_leads, refusal
from handlers.conversation.acts import Command
from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.policy import community_channel
from handlers.experts.view import LEADS, unknown_person
from storage.briefings import Briefing, BriefingState
from storage.database import Store

_WORDS = {
    "show": Act.SHOW,
    "sign up for": Act.SIGN_UP,
    "sign me up for": Act.SIGN_UP,
    "give up my place at": Act.GIVE_UP,
    "cancel my place at": Act.GIVE_UP,
    "announce": Act.ANNOUNCE,
    "change": Act.CHANGE,
    "cancel": Act.CANCEL,
    "record attendance for": Act.ATTENDANCE,
}
_FOR_EVERYBODY = (Act.SHOW, Act.SIGN_UP, Act.GIVE_UP)
_DOES: Mapping[Act, Callable[[Turn, Store, Briefing], Awaitable[Reply]]] = {
    Act.SHOW: show,
    Act.SIGN_UP: sign_up,
    Act.GIVE_UP: give_up,
    Act.ANNOUNCE: announce,
    Act.CHANGE: open_change,
    Act.CANCEL: open_cancel,
    Act.ATTENDANCE: open_attendance,
}


def register(router: Router) -> None:
    """The acts."""
    router.on_command(
        Command(
            "briefing",
            "sign up for briefing 3",
            "Look at a briefing, sign up for it, or give up your place",
            (rf"(?P<act>{'|'.join(_WORDS)}) (?:briefing|drop-?in) (?P<id>\d{{1,9}})",),
        ),
        typed,
    )
    router.on_click(ON, act)


async def typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """`sign up for briefing 3`, `cancel briefing 3`."""
    return await act(turn, store, OnBriefing(int(args["id"]), _WORDS[args["act"]]))


async def act(turn: Turn, store: Store, params: OnBriefing) -> Reply:
    """Do what a button says, if this person may."""
    if turn.person is None:
        return reply(unknown_person())
    if params.act not in _FOR_EVERYBODY and not turn.has(*LEADS):
        return private(only_leads())
    briefing = await store.briefings.get(params.briefing_id)
    if briefing is None or not (turn.has(*LEADS) or await may_come(turn, store, briefing)):
        if briefing is not None and await _stands_here(turn, store, briefing):
            outsider = await refusal(turn, store)
            return private(outsider) if outsider else await _DOES[params.act](turn, store, briefing)
        return private(say("No such briefing is offered to you. Type 'briefings' to see those that are."))
    return await _DOES[params.act](turn, store, briefing)


async def _stands_here(turn: Turn, store: Store, briefing: Briefing) -> bool:
    """Whether it was announced in this channel, the Community's: then it is no secret to those who read there."""
    channel = await community_channel(store)
    if channel is None or briefing.units or briefing.state is not BriefingState.ANNOUNCED:
        return False
    return replace(turn.inbound.address, thread="") == channel
