"""Slack's failures as typed results: when to try again, or why it never will work."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
from slack_sdk.errors import SlackApiError

from scheduler.outbox import Later, Refused

# What can go wrong on the way to Slack, or in the reading of its answer.
FAILURES = (SlackApiError, aiohttp.ClientError, TimeoutError, OSError)

# An administrator has to act first. What waits is kept, and tried again at this pace.
_AFTER_REPAIR = timedelta(minutes=10)

_GONE = {
    "channel_not_found": "the channel is gone, or Covenant can't see it",
    "channel_is_archived": "the channel is archived",
    "is_archived": "the channel is archived",
    "is_inactive": "the channel is no longer in use",
    "not_in_channel": "Covenant is not a member of the channel; invite it with /invite @Covenant",
    "user_not_in_channel": "the person is not a member of the channel",
    "user_not_found": "the person is not in the workspace",
    "users_not_found": "the person is not in the workspace",
    "user_disabled": "the person's account is deactivated",
    "user_is_deactivated": "the person's account is deactivated",
    "user_not_visible": "Covenant can't see the person",
    "cannot_dm_bot": "the account is a bot, not a person",
    "messages_tab_disabled": "the Messages tab of the app is switched off; install from the manifest again",
    "cannot_reply_to_message": "the thread takes no replies",
    "thread_not_found": "the thread is gone",
    "team_access_not_granted": "Covenant has no access to this workspace",
    "team_not_found": "the workspace is gone",
    "method_not_supported_for_channel_type": "this kind of channel takes no messages from apps",
}
_REFUSED = {
    "restricted_action": "the workspace's rules do not let apps post here",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel takes replies only",
    "restricted_action_non_threadable_channel": "the channel takes no replies",
    "restricted_action_thread_locked": "the thread is locked",
    "restricted_action_external_workspace_locked": "the thread is locked by another organisation",
    "access_denied": "Slack denies access",
    "message_not_found": "the message to replace is gone",
    "cant_update_message": "the message to replace is not Covenant's",
    "edit_window_closed": "the message can't be changed any more",
    "update_failed": "Slack could not change the message",
    "block_mismatch": "the message can't be changed any more",
    "is_ephemeral": "the message can't be changed any more",
    "expired_url": "the message can't be changed any more",
    "used_url": "the message can't be changed any more",
    "expired_trigger_id": "the form opened too late",
    "exchanged_trigger_id": "the form was opened already",
    "trigger_exchanged": "the form was opened already",
    "trigger_expired": "the form opened too late",
    "invalid_trigger_id": "the form can't be opened from here",
    "invalid_trigger": "the form can't be opened from here",
    "push_limit_reached": "too many forms are open",
    "view_too_large": "the form is too large for Slack",
    "hash_conflict": "the page was changed meanwhile",
    "not_enabled": "the App Home is switched off; install from the manifest again",
    "msg_too_long": "the message is too long for Slack",
    "msg_blocks_too_long": "the message is too long for Slack",
    "too_many_attachments": "the message is too long for Slack",
    "metadata_too_large": "the message is too long for Slack",
    "no_text": "the message is empty",
    "invalid_blocks": "Slack does not take the message's blocks",
    "invalid_blocks_format": "Slack does not take the message's blocks",
    "invalid_attachments": "Slack does not take the message's blocks",
    "invalid_metadata_format": "Slack does not take the message's metadata",
    "invalid_metadata_schema": "Slack does not take the message's metadata",
    "metadata_must_be_sent_from_app": "Slack does not take the message's metadata",
    "invalid_thread_ts": "the thread is gone",
    "invalid_users": "the person is not in the workspace",
    "invalid_user_id": "the person is not in the workspace",
    "invalid_arguments": "Slack does not take the request",
    "invalid_arg_name": "Slack does not take the request",
    "invalid_array_arg": "Slack does not take the request",
    "invalid_charset": "Slack does not take the request",
    "invalid_form_data": "Slack does not take the request",
    "invalid_json": "Slack does not take the request",
    "json_not_object": "Slack does not take the request",
    "invalid_post_type": "Slack does not take the request",
    "missing_post_type": "Slack does not take the request",
    "missing_argument": "Slack does not take the request",
    "duplicate_message_not_found": "Slack does not take the request",
    "duplicate_channel_not_found": "Slack does not take the request",
    "as_user_not_supported": "Slack does not take the request",
    "attachment_payload_limit_exceeded": "the message is too long for Slack",
    "slack_connect_canvas_sharing_blocked": "the workspace's rules do not let apps post here",
    "method_deprecated": "Slack no longer offers this",
    "deprecated_endpoint": "Slack no longer offers this",
    "unknown_method": "Slack does not offer this",
}
_REPAIR = {
    "not_authed": "no bot token reached Slack; set COVENANT_SLACK_BOT_TOKEN",
    "invalid_auth": "Slack does not accept the bot token; set COVENANT_SLACK_BOT_TOKEN to the one on the app's page",
    "account_inactive": "the bot token belongs to an app that was removed; install it again",
    "token_revoked": "the bot token was revoked; install the app again",
    "token_expired": "the bot token has expired; install the app again",
    "not_allowed_token_type": "the bot token is of another kind; set the one that begins with xoxb-",
    "missing_scope": "the app lacks a scope; install it from the manifest again",
    "no_permission": "the app lacks a permission; install it from the manifest again",
    "ekm_access_denied": "an administrator has suspended posting",
    "two_factor_setup_required": "two-factor sign-in must be set up in the workspace",
    "org_login_required": "the workspace is being moved into an organisation",
    "team_added_to_org": "the workspace is being moved into an organisation",
    "team_quota_exceeded": "the workspace has reached a quota",
    "enterprise_is_restricted": "the organisation restricts this",
    "accesslimited": "Slack limits access from this network",
    "app_missing_action_url": "the app's page names no address for interactivity",
    "message_limit_exceeded": "the workspace has reached its limit of messages",
}
_SOON = {
    "ratelimited": "Slack asks to slow down",
    "rate_limited": "Slack asks to slow down",
    "rate_limit_exceeded": "Slack asks to slow down",
    "internal_error": "Slack has a fault",
    "fatal_error": "Slack has a fault",
    "service_unavailable": "Slack is not available",
    "request_timeout": "the request reached Slack in part",
    "external_channel_migrating": "the channel is being moved",
    "operation_timeout": "Slack took too long",
}
_THROTTLED = frozenset({"ratelimited", "rate_limited", "rate_limit_exceeded"})
# Then the message is sent as plain text: nothing is lost over a picture that Slack can't fetch.
BLOCKS_REFUSED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_blocks_too_long"}
)


def code_of(error: BaseException) -> str:
    """Slack's own code for a failure, empty where there is none."""
    response = getattr(error, "response", None)
    data = getattr(response, "data", response)
    return str(data.get("error") or "") if isinstance(data, dict) else ""


def retry_after(error: BaseException) -> timedelta | None:
    """How long Slack asks to wait, if it does."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    seconds = headers.get("Retry-After") or headers.get("retry-after")
    try:
        return timedelta(seconds=float(seconds)) if seconds is not None else None
    except ValueError:
        return None


def result_of(error: BaseException) -> Later | Refused:
    """What a failure of Slack means for a delivery. An unknown code is tried again, and ends with its name."""
    if not isinstance(error, SlackApiError):
        return Later(f"Slack can't be reached ({type(error).__name__})", doubtful=True)
    code, wait = code_of(error), retry_after(error)
    if wait is not None or code in _SOON:
        throttled = wait is not None or code in _THROTTLED
        reason = _said(_SOON.get(code, "Slack asks to slow down"), code)
        return Later(reason, wait, throttled=throttled, doubtful=not throttled)
    if code in _REPAIR:
        return Later(_said(_REPAIR[code], code), _AFTER_REPAIR)
    if code in _GONE:
        return Refused(_said(_GONE[code], code), gone=True)
    if code in _REFUSED:
        return Refused(_said(_REFUSED[code], code))
    return Later(_said("Slack gives a reason that is not known here", code or _status(error)), doubtful=True)


def _said(reason: str, code: str) -> str:
    return f"{reason} ({code})" if code else reason


def _status(error: SlackApiError) -> str:
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return f"status {status}" if status else "no answer"
