"""When a message that can wait may reach somebody: not in the hours that they want quiet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from handlers.conversation.message import Message
from handlers.conversation.reply import Notice
from storage.manners import Manner, clock_of

_HOURS_A_DAY = 24

_LONGER_THAN_ANY_QUIET_HOURS = timedelta(days=2)


def after_quiet_hours(manner: Manner | None, moment: datetime, council: tzinfo) -> datetime:
    """The first moment from this one on that lies outside a person's quiet hours by their clock, in UTC."""
    wishes, zone = manner or Manner(person_id=0), clock_of(manner, council)
    local = moment.astimezone(zone)
    if not wishes.quiet(local.hour):
        return moment
    hour = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    for _ in range(_HOURS_A_DAY):
        hour += timedelta(hours=1)
        if not wishes.quiet(hour.astimezone(zone).hour):
            return hour
    return moment


def told_when_awake(
    key: str,
    people: Iterable[int],
    message: Message,
    cause: str,
    *,
    manners: Mapping[int, Manner],
    now: datetime,
    zone: tzinfo,
    latest: datetime | None = None,
) -> tuple[Notice, ...]:
    """One notice for each person, held back in their quiet hours unless that would make it later than `latest`."""
    found = []
    latest = latest or now + _LONGER_THAN_ANY_QUIET_HOURS
    for person_id in people:
        moment = after_quiet_hours(manners.get(person_id), now, zone)
        not_before = moment if now < moment < latest else None
        found.append(Notice(f"{key}:{person_id}", person_id, message, cause, not_before))
    return tuple(found)
