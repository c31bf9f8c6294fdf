"""Whose account this is: one person, many accounts, matched by the work email that a platform vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.conversation.message import Fact, Facts, Message, Text, bold, spans
from handlers.conversation.reply import Notice
from handlers.conversation.turn import Closed, Inbound
from storage.accounts import Account
from storage.database import Store
from storage.people import Person, Profile, Role


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts, if the directory knows them, and what the SRM lead should be told about it."""

    profile: Profile | None
    notices: tuple[Notice, ...] = ()


async def identify(store: Store, inbound: Inbound, now: datetime) -> Identity:
    """The person behind an inbound event. A first contact is linked by email; a doubtful one is reported."""
    account = inbound.account
    found = await store.people.account_and_profile(account.platform, account.workspace, account.user_id)
    if found is not None:
        known, profile = found
        _refresh(known, inbound, now)
        return Identity(profile if profile.person.active else None)
    if inbound.email is None:
        return Identity(None)
    person = await store.people.by_email(inbound.email)
    if person is None or not person.active:
        return Identity(None, await _told(store, inbound, "Somebody who is not in the directory"))
    if await store.accounts.has(person.id, account.platform, account.workspace):
        return Identity(
            None, await _told(store, inbound, f"A second account with the email of {person.name}")
        )
    store.people.add(_account(person, inbound, now))
    return Identity(await store.people.profile(person.id))


def _account(person: Person, inbound: Inbound, now: datetime) -> Account:
    account = inbound.account
    return Account(
        person_id=person.id,
        platform=account.platform,
        workspace=account.workspace,
        user_id=account.user_id,
        # Met in a shared place, the person's own conversation is not known yet: the gateway opens one.
        conversation=inbound.address.conversation if inbound.direct else f"user:{account.user_id}",
        last_seen=now,
    )


def _refresh(known: Account, inbound: Inbound, now: datetime) -> None:
    if isinstance(inbound.input, Closed):
        known.unreachable = inbound.input.reason
        return
    known.last_seen, known.unreachable = now, None
    if inbound.direct:
        known.conversation = inbound.address.conversation


async def _told(store: Store, inbound: Inbound, who: str) -> tuple[Notice, ...]:
    """One message to each SRM lead for each such account, however often it writes."""
    account = inbound.account
    leads = await store.people.holding(Role.SRM_LEAD) or await store.people.holding(Role.SRM_DEPUTY)
    message = Message(
        f"{who} has written to me.",
        (
            Text(
                spans(
                    [
                        bold(f"{who} has written to me. "),
                        "They can ask questions and nothing more until the directory is put right.",
                    ]
                )
            ),
            Facts(
                (
                    Fact("Email", spans(inbound.email or "not given")),
                    Fact("Platform", spans(account.platform)),
                    Fact("Account", spans(account.user_id)),
                )
            ),
        ),
    )
    key = f"stranger:{account.platform}:{account.workspace}:{account.user_id}"
    return tuple(Notice(f"{key}:{lead.id}"[:255], lead.id, message, "unknown account") for lead in leads)
