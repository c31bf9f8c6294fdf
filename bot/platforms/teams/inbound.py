"""What comes in from Teams: from an authenticated activity to what is answered."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from bot.platforms.port import Conversations
from bot.platforms.teams import responses
from bot.platforms.teams.meaning import Channel, Meaning, meaning_of
from bot.platforms.teams.places import Places, address_of, own_address
from bot.platforms.teams.port import Activity, Answer, ConnectorProblem, NotAllowed, Place, Transport
from bot.platforms.teams.render import activities_of, attachment, cards_of
from bot.platforms.teams.roster import Roster
from bot.platforms.teams.settings import PLATFORM, TeamsSettings
from bot.runner import Outcome
from handlers.conversation.message import say
from handlers.conversation.reply import Reply
from handlers.conversation.turn import Account, Closed, Forms, Inbound, Said, Searched

log = logging.getLogger(__name__)

_DONE_ALREADY = "This was done already. Nothing was changed."


class Incoming:
    """Takes activities, one turn for each, and answers them."""

    def __init__(
        self, settings: TeamsSettings, transport: Transport, places: Places, conversations: Conversations
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._places = places
        self._conversations = conversations
        self._roster = Roster(transport)
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, activity: Activity) -> Answer:
        """One activity. Returns once its turn is committed."""
        if self._settings.tenant_id and activity.tenant != self._settings.tenant_id:
            raise NotAllowed(403, "the activity is from another organisation")
        meaning = None if _from_a_bot(activity) else meaning_of(activity)
        if meaning is None:
            # An invoke must be told that nobody does it; anything else is passed over.
            return Answer(501 if activity.kind == "invoke" else 200)
        if not await self._is_for_us(activity, meaning):
            return Answer()
        inbound = await self._inbound(activity, meaning)
        outcome = await self._conversations.accept(inbound)
        self._places.kept(inbound.address, inbound.reference)
        return self._answer(activity, meaning, outcome)

    async def idle(self) -> None:
        """Wait for the cards that are still being changed."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _is_for_us(self, activity: Activity, meaning: Meaning) -> bool:
        """In a shared place: what names the bot, and in a reply chain what follows up on an answer."""
        if activity.personal or not isinstance(meaning.done, Said) or meaning.done.mentioned:
            return True
        return bool(activity.thread) and await self._conversations.takes_part(address_of(activity))

    async def _inbound(self, activity: Activity, meaning: Meaning) -> Inbound:
        account = Account(PLATFORM, activity.tenant, activity.sender)
        # Search and message actions are used where the bot may not be: nothing can be written there.
        elsewhere = meaning.answered in (Channel.DIALOG, Channel.RESULTS)
        address = own_address(activity) if elsewhere else address_of(activity)
        self._places.seen(address, activity)
        email = None
        if not isinstance(meaning.done, Searched | Closed):
            email = await self._roster.email(activity, account, self._conversations)
        return Inbound(
            key=_key(activity),
            account=account,
            address=address,
            input=meaning.done,
            source=activity.reply_to,
            direct=activity.personal,
            email=email,
            forms=Forms.DIALOG if meaning.answered is Channel.DIALOG else Forms.MESSAGE,
            in_response=elsewhere or meaning.answered is Channel.FRESH,
            reference=self._places.news(address, activity),
        )

    def _answer(self, activity: Activity, meaning: Meaning, outcome: Outcome) -> Answer:
        match meaning.answered:
            case Channel.RESULTS:
                return responses.results(outcome.reply.messages if outcome.reply else ())
            case Channel.DIALOG:
                return _in_dialog(meaning, outcome.reply)
            case Channel.FRESH:
                return responses.fresh(outcome.reply.messages if outcome.reply else ())
            case Channel.CARD | Channel.CHAT:
                pass
        if outcome.reply is None:
            return responses.word(_DONE_ALREADY) if meaning.answered is Channel.CARD else Answer()
        if meaning.form is not None:
            answer = self._form_card(activity, meaning, outcome.reply)
        else:
            answer = _clicked(activity, outcome.reply)
        return answer if meaning.answered is Channel.CARD else Answer()

    def _form_card(self, activity: Activity, meaning: Meaning, reply: Reply) -> Answer:
        """The form's card as it is from now on: what is wrong with it, or what was sent."""
        assert meaning.form is not None, "only a form changes so"
        if reply.errors:
            shown = responses.wrong_card(meaning.form, reply.errors)
            in_words = responses.in_words(reply.errors)
            if meaning.answered is Channel.CHAT:
                # An old client has no answer to show: the card is changed, or a word is said.
                self._soon(activity, shown, in_words)
            return responses.replaced(shown) if shown else responses.word(in_words)
        sent = responses.sent_card(meaning.form)
        if sent is None:
            return responses.word("Sent.")
        # The answer changes what this person sees now; the message itself is changed for good.
        self._soon(activity, sent, None)
        return responses.replaced(sent)

    def _soon(self, activity: Activity, shown: Mapping[str, Any] | None, otherwise: str | None) -> None:
        task = asyncio.create_task(self._change(activity, shown, otherwise), name=f"card {activity.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _change(
        self, activity: Activity, shown: Mapping[str, Any] | None, otherwise: str | None
    ) -> None:
        thread = f";messageid={activity.thread}" if activity.thread else ""
        place = Place(activity.service_url, f"{activity.conversation}{thread}")
        try:
            if shown is not None and activity.reply_to:
                changed = {"type": "message", "id": activity.reply_to, "attachments": [attachment(shown)]}
                await self._transport.update(place, activity.reply_to, changed)
            elif otherwise:
                await self._transport.send(place, activities_of(say(otherwise))[0])
        except ConnectorProblem as problem:
            log.warning("a form's card could not be changed: %s", problem)


def _from_a_bot(activity: Activity) -> bool:
    return activity.sender_role == "bot" or activity.sender == activity.bot or activity.sender[:3] == "28:"


def _key(activity: Activity) -> str:
    """The event's own id: Teams counts them for each conversation."""
    where = f"{activity.conversation}|{activity.thread}|{activity.kind}|{activity.name}"
    return f"{activity.id[:80]}:{hashlib.sha256(where.encode()).hexdigest()[:24]}"


def _clicked(activity: Activity, reply: Reply) -> Answer:
    if reply.replace is not None:
        cards = cards_of(reply.replace)
        if len(cards) == 1:
            return responses.replaced(cards[0])
    if reply.private and not activity.personal:
        return responses.word("The answer is in your own chat with Covenant.")
    return responses.word("See the message below." if reply.messages else "Done.")


def _in_dialog(meaning: Meaning, reply: Reply | None) -> Answer:
    if reply is None:
        return responses.told(_DONE_ALREADY)
    if reply.form is not None:
        return responses.dialog(reply.form)
    if reply.errors and meaning.form is not None:
        return responses.wrong_dialog(meaning.form, reply.errors)
    return responses.last_dialog(reply.messages)
