"""What a failure of the Bot Connector means for a delivery."""

from __future__ import annotations

from bot.platforms.teams.port import ConnectorProblem
from scheduler.outbox import Later, Refused

# The person or the administrator has closed the way: nothing can be sent there any more.
_GONE = {
    "BotNotInConversationRoster": "Covenant is not installed there any more",
    "ConversationBlockedByUser": "the person has blocked Covenant",
    "BotDisabledByAdmin": "an administrator has blocked Covenant",
    "BotBlockedByAdmin": "an administrator has blocked Covenant",
    "MessageWritesBlocked": "the conversation takes no messages from Covenant",
    "ConversationNotFound": "the conversation does not exist any more",
    "UserNotFound": "the person is not in this organisation any more",
}
_AGAIN = frozenset({0, 401, 408, 412, 429, 500, 502, 503, 504})
# The message can't have got through.
_NOT_TAKEN = frozenset({401, 412, 429})


def result_of(problem: ConnectorProblem) -> Later | Refused:
    """The typed result of a failed send."""
    if problem.code == "UntrustedServiceUrl":
        return Refused(f"{problem.detail or 'the service address'} is not a service address of Teams")
    if problem.code == "token":
        # Bad credentials are put right by an administrator; until then nothing is thrown away.
        return Later(f"the bot's token was not given: {problem}", problem.after)
    if problem.status in _AGAIN:
        throttled = problem.status == 429
        return Later(
            f"Teams: {problem}",
            problem.after,
            throttled=throttled,
            doubtful=problem.status not in _NOT_TAKEN,
        )
    if problem.status in (403, 404) and problem.code in _GONE:
        return Refused(f"{problem.code}: {_GONE[problem.code]}", gone=True)
    return Refused(f"Teams: {problem}")
