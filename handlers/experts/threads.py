"""Words in the thread of a message about a request: an expert's go to the asker, the asker's to the experts."""

from __future__ import annotations

from dataclasses import replace

from handlers.conversation.message import say
from handlers.conversation.reply import Reply, private
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.access import allowed, may_answer
from handlers.experts.requests import Requests
from handlers.experts.view import KEY, Act, OnRequest, only_leads, unknown_person
from storage.database import Store
from storage.experts import WAITING, ExpertRequest

# As much as a platform takes in one message of a person.
_LONGEST = 4000


def register(router: Router, requests: Requests) -> None:
    """The threads under everything that is said about a request."""
    router.on_thread(KEY, Threads(requests).heard, unasked=True)


class Threads:
    """A thread is another way to press the buttons: who may do what is looked up as it is for those."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def heard(self, turn: Turn, store: Store, key: str) -> Reply | None:
        """Bring the words to the other side."""
        request = await store.experts.get(int(key.split(":")[1]))
        if request is None:
            return None
        act = await _meant(turn, store, request)
        if isinstance(act, Reply):
            return act
        params = OnRequest(request.id, act)
        found = await allowed(turn, store, params)
        if isinstance(found, Reply):
            return replace(found, private=True)
        done = await self._requests.filled(turn, store, params, {"answer": turn.text, "words": turn.text})
        # The asker's buttons are for the asker alone; that an answer went out is for everybody in the thread.
        return replace(done, private=not turn.inbound.direct) if act in (Act.ADD, Act.REPLY) else done


async def _meant(turn: Turn, store: Store, request: ExpertRequest) -> Act | Reply:
    if turn.person is None:
        return private(unknown_person())
    if not turn.text.strip():
        return private(say("I send on words only. Nothing was sent."))
    if len(turn.text) > _LONGEST:
        return private(say(f"Use {_LONGEST:,} characters or fewer. Nothing was sent."))
    waits = request.state in WAITING
    if request.asker_id == turn.person.id:
        return Act.ADD if waits else Act.REPLY
    if not await may_answer(turn, store, request):
        return private(only_leads())
    return Act.ANSWER if waits else Act.REPLY
