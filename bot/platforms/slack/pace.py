"""How fast Slack may be sent to: a message a second to a channel, and methods by their tier."""

from __future__ import annotations

from bot.platforms.pace import Limits, Pace, Turnstile
from bot.platforms.slack.settings import SlackSettings

# Each tier's own figure: so many calls a minute of one method in one workspace.
_TIER_3 = ((50, 60.0),)
_TIER_4 = ((100, 60.0),)


def limits(settings: SlackSettings) -> Limits:
    """The limits. Posting has a pace of its own in each channel, and several hundred a minute in all."""
    return Limits(
        place=((1, settings.channel_seconds),),
        tenant=((1, settings.workspace_seconds),),
        methods={
            "chat.postEphemeral": _TIER_4,
            "chat.update": _TIER_3,
            "conversations.history": _TIER_3,
            "conversations.open": _TIER_3,
            "conversations.replies": _TIER_3,
        },
    )


def turnstile(settings: SlackSettings) -> Turnstile:
    """The pace of Slack, in real time."""
    return Turnstile(Pace(limits(settings)))
