"""When and where to tell somebody what is not a reminder of their own: in their hours, where they prefer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from scheduler.calendar import WorkCalendar
from scheduler.nudges import preferred
from scheduler.planning import Wishes
from storage.accounts import Account
from storage.addresses import Address
from storage.manners import Manner


def in_their_hours(calendar: WorkCalendar, manner: Manner | None, now: datetime) -> bool:
    """Whether somebody wants to be told things now: on a working day, from their hour on, not when it is quiet."""
    local = calendar.local(now)
    wishes = Wishes.stated(manner).on(local.date(), calendar.zone)
    return calendar.works(local.date()) and local.hour >= wishes.usual and not wishes.quiet(local.hour)


def address_of(
    person_id: int, manner: Manner | None, accounts: Mapping[int, list[Account]]
) -> Address | None:
    """Where somebody is written to, or None where they can't be reached."""
    theirs = accounts.get(person_id)
    if not theirs:
        return None
    account = preferred(theirs, manner.platform if manner else None)
    return Address(account.platform, account.workspace, account.conversation)
