"""What a person does in the local chat, as inbound events. The browser and the terminal both use it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.platforms.web.gateway import PLATFORM, WORKSPACE, address_of
from bot.runner import Outcome, Runner
from handlers.conversation.form import Form
from handlers.conversation.message import Button, from_json
from handlers.conversation.turn import Account, Clicked, Inbound, Input, Opened, Said, Submitted
from scheduler.clock import Clock
from storage.accounts import Account as AccountRecord
from storage.database import Database, Store
from storage.localchat import Author
from storage.people import Person

_SENDING_SECONDS = 10.0


class LocalRoom:
    """One person's side of the local chat."""

    def __init__(self, database: Database, runner: Runner, clock: Clock, person: Person) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self.person = person
        self.address = address_of(person)

    async def open(self) -> None:
        """Welcome the person on their first visit."""
        async with self._database.reading() as store:
            begun = await store.local_chat.since(self.address.conversation, 0, limit=1)
        if not begun:
            await self._accept(Opened("first visit"), f"open:{self.address.conversation}")

    async def say(self, text: str, key: str) -> Outcome:
        """Write something. The same key again changes nothing."""
        await self._write(text, key)
        return await self._accept(Said(text), key)

    async def click(self, line_id: int, number: int, key: str) -> Outcome | None:
        """Click the button of that number (from 0) on a line of this conversation; None: there is none."""
        async with self._database.reading() as store:
            button = await self._button(store, line_id, number)
        if button is None:
            return None
        await self._write(button.label, key)
        return await self._accept(Clicked(button.action, button.params), key, source=str(line_id))

    async def submit(self, form: Form, values: Mapping[str, str], key: str) -> Outcome:
        """Send a form."""
        return await self._accept(Submitted(form.name, values, form.params), key)

    async def _button(self, store: Store, line_id: int, number: int) -> Button | None:
        line = await store.local_chat.get(line_id)
        if (
            line is None
            or line.author is not Author.COVENANT
            or line.conversation != self.address.conversation
        ):
            return None
        buttons = from_json(line.content).buttons
        return buttons[number] if 0 <= number < len(buttons) else None

    async def _write(self, text: str, key: str) -> None:
        # A database can't hold a null byte; the event itself still carries what was typed.
        shown = text.replace("\x00", "\ufffd")
        async with self._database.store() as store:
            await store.local_chat.write(
                self.address.conversation, Author.PERSON, shown, self._clock.now(), f"person:{key}"
            )

    async def _accept(self, done: Input, key: str, source: str | None = None) -> Outcome:
        account = Account(PLATFORM, WORKSPACE, self.person.email)
        outcome = await self._runner.accept(Inbound(key, account, self.address, done, source))
        if outcome.sending is not None:
            await asyncio.wait({outcome.sending}, timeout=_SENDING_SECONDS)
        return outcome


async def add_accounts(store: Store) -> None:
    """Give everybody in the directory an account in the local chat."""
    known = {each.user_id for each in await store.accounts.on(PLATFORM)}
    for person in await store.people.all():
        if person.email not in known:
            store.people.add(
                AccountRecord(
                    person_id=person.id,
                    platform=PLATFORM,
                    workspace=WORKSPACE,
                    user_id=person.email,
                    conversation=address_of(person).conversation,
                )
            )
