"""How fast messages go: Slack's own pace for each channel and for the workspace, and its word when to stop."""

from __future__ import annotations

# Marks of channels that have long been quiet are dropped when there are so many.
_MOST_MARKS = 5000


class Pace:
    """Says how long to wait before the next message. Times are seconds of one clock that only goes forward."""

    def __init__(self, channel_seconds: float, workspace_seconds: float) -> None:
        self._channel_seconds = channel_seconds
        self._workspace_seconds = workspace_seconds
        self._free: dict[str, float] = {}
        self._workspace_free = 0.0
        self._held: dict[str, float] = {}

    def wait(self, channel: str, now: float) -> float:
        """The seconds until the next message may go to a channel. The place is taken by asking."""
        at = max(now, self._free.get(channel, 0.0), self._workspace_free)
        self._free[channel] = at + self._channel_seconds
        self._workspace_free = max(now, self._workspace_free) + self._workspace_seconds
        if len(self._free) > _MOST_MARKS:
            self._free = {name: free for name, free in self._free.items() if free > now}
        return at - now

    def hold(self, channel: str, seconds: float, now: float) -> None:
        """Send nothing to a channel for so long: Slack has said so."""
        self._held[channel] = now + seconds

    def held(self, channel: str, now: float) -> float:
        """The seconds that a channel is still held; all channels are once Slack has stopped two of them."""
        self._held = {name: until for name, until in self._held.items() if until > now}
        if len(self._held) > 1:
            return max(self._held.values()) - now
        return self._held.get(channel, now) - now
