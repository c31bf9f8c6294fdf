"""Who may do what with a request to the experts, and while it stands how."""

from __future__ import annotations

from handlers.conversation.message import Message, say
from handlers.conversation.reply import Reply, reply
from handlers.conversation.turn import Turn
from handlers.experts.policy import community_channel, experts_of
from handlers.experts.view import LEADS, STATE_LABELS, Act, OnRequest, button, only_leads
from storage.database import Store
from storage.experts import WAITING, ExpertRequest, ExpertState

_ASKERS = frozenset({Act.ADD, Act.WITHDRAW, Act.REPLY, Act.REOPEN, Act.CLOSE, Act.SHOW})
_EXPERTS = frozenset({Act.CLAIM, Act.ANSWER, Act.ASSIGN, Act.REPLY, Act.CLOSE, Act.SHOW})
_STATES = {
    Act.CLAIM: WAITING,
    Act.ANSWER: WAITING,
    Act.ASSIGN: WAITING,
    Act.ADD: WAITING,
    Act.WITHDRAW: WAITING,
    Act.REPLY: (ExpertState.ANSWERED,),
    Act.CLOSE: (ExpertState.ANSWERED,),
    Act.REOPEN: (ExpertState.ANSWERED, ExpertState.CLOSED, ExpertState.WITHDRAWN),
    Act.SHOW: tuple(ExpertState),
}


async def may_answer(turn: Turn, store: Store, request: ExpertRequest) -> bool:
    """Whether this person is one of those who may answer a question."""
    if turn.person_id is None or turn.person_id == request.asker_id:
        return False
    if turn.has(*LEADS) or turn.person_id in (request.holder_id, *request.sent_to):
        return True
    if turn.person_id in {each.id for each in await experts_of(store, request.workstream)}:
        return True
    channel = await community_channel(store) if request.channel else None
    here = turn.inbound.address
    return channel is not None and (channel.platform, channel.workspace, channel.conversation) == (
        here.platform,
        here.workspace,
        here.conversation,
    )


async def allowed(turn: Turn, store: Store, params: OnRequest) -> ExpertRequest | Reply:
    """The request, where this person may do this with it as it stands now; else what to tell them."""
    request = await store.experts.get(params.request_id)
    if request is None or turn.person_id is None:
        return reply(only_leads())
    asker, answers = request.asker_id == turn.person_id, await may_answer(turn, store, request)
    if not (asker or answers):
        return reply(only_leads())
    if not ((asker and params.act in _ASKERS) or (answers and params.act in _EXPERTS)):
        who = "the person who asked" if answers else "an expert"
        return reply(say(f"Only {who} can do that. Nothing was changed."))
    if request.state not in _STATES[params.act]:
        return reply(await _too_late(store, request))
    taken = request.holder_id not in (None, turn.person_id)
    if taken and (params.act is Act.CLAIM or (params.act is Act.ANSWER and not turn.has(*LEADS))):
        names = await store.people.named([request.holder_id])
        who = names.get(request.holder_id or 0, "somebody who has left")
        return reply(
            say(
                f"{who} has taken request {request.id}. Nothing was changed. "
                "To answer it yourself, pass it on to yourself first.",
                buttons=[button(Act.ASSIGN, request)],
            )
        )
    return request


async def _too_late(store: Store, request: ExpertRequest) -> Message:
    names = await store.people.named([request.answered_by])
    if request.state is ExpertState.ANSWERED and request.answered_by:
        who = names.get(request.answered_by, "somebody else")
        return say(f"Request {request.id} was answered by {who}. Nothing was changed.")
    return say(f"Request {request.id} is {STATE_LABELS[request.state]}. Nothing was changed.")
