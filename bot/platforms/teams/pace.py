"""How fast Teams may be sent to, from its own table; for the tenant, the lowest figure that was ever given."""

from __future__ import annotations

from bot.platforms.pace import Limits, Pace, Turnstile

LIMITS = Limits(place=((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)), tenant=((30, 1.0),))


def turnstile() -> Turnstile:
    """The pace of Teams, in real time."""
    return Turnstile(Pace(LIMITS))
