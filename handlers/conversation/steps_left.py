"""What is said about whole forms: what is in progress, what was left, what is over."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.conversation.message import Block, Bullets, Button, Buttons, Message, Text, bold, say, spans
from handlers.conversation.steps_view import STEP, Does, Step, form_of, path
from storage.drafts import Draft, DraftState
from storage.months import Month


def in_progress(drafts: Sequence[Draft]) -> Message:
    """What a person can go on with."""
    if not drafts:
        return say("You have no form in progress.")
    lines = tuple(
        spans([bold(each.title), f": {answered(each)}, kept until {_until(each)}"]) for each in drafts
    )
    return Message(
        f"Forms in progress: {len(drafts)}",
        (Text(spans([bold("Your forms in progress")])), Bullets(lines, numbered=True), *_going_on(drafts)),
    )


def _going_on(drafts: Sequence[Draft]) -> list[Block]:
    alone = len(drafts) == 1
    buttons: list[Button] = []
    for count, each in enumerate(drafts, 1):
        number = "" if alone else f" {count}"
        buttons += [
            STEP.button(f"Resume{number}", Step(each.id, each.asking, Does.RESUME)),
            STEP.button(f"Discard{number}", Step(each.id, each.asking, Does.CANCEL)),
        ]
    return [Buttons(tuple(buttons), "Go on")]


def begun_before(draft: Draft) -> Message:
    """The same form is in progress: go on with it, or begin again."""
    return say(
        f"You have begun '{draft.title}' already: {answered(draft)}.",
        buttons=(
            STEP.button("Carry on", Step(draft.id, draft.asking, Does.RESUME)),
            STEP.button("Start afresh", Step(draft.id, draft.asking, Does.AFRESH)),
        ),
        label="Choose",
    )


def left_buttons(draft_id: int, *, expired: bool) -> tuple[Button, ...]:
    """What can be done about a form that was left."""
    if expired:
        return (STEP.button("Begin again", Step(draft_id, "", Does.AFRESH)),)
    return (
        STEP.button("Go on", Step(draft_id, "", Does.RESUME)),
        STEP.button("Throw away", Step(draft_id, "", Does.CANCEL)),
    )


def left(draft: Draft) -> Message:
    """What is said when a person leaves a form."""
    if draft.state is DraftState.CANCELLED:
        back = STEP.button("Bring it back", Step(draft.id, draft.asking, Does.UNDO))
        return say(f"'{draft.title}' is cancelled. Nothing was sent.", buttons=[back], label="Next")
    return say(
        f"'{draft.title}' is saved until {_until(draft)}. "
        "Type 'resume' to go on with it, here or on another platform."
    )


def not_taken(draft: Draft) -> Message:
    """What is said after a form was refused: nothing came of it, and nothing is lost."""
    return say(
        f"'{draft.title}' was not sent, so nothing was recorded. Your answers are kept until "
        f"{_until(draft)}. Type 'resume' to try again or to discard them."
    )


def answered(draft: Draft) -> str:
    """How far a form is: `2 of 4 questions answered`."""
    asked = path(form_of(draft), draft.answers, aside="")
    return f"{sum(each.name in draft.answers for each in asked)} of {len(asked)} questions answered"


def _until(draft: Draft) -> str:
    return f"{draft.expires_at.day} {Month.of(draft.expires_at.date()).label}"


def over(draft: Draft) -> Message:
    """Why a form can't be answered any more."""
    match draft.state:
        case DraftState.SUBMITTED:
            return say(f"'{draft.title}' was sent already. It was not sent a second time.")
        case DraftState.CANCELLED:
            return say(f"'{draft.title}' was cancelled, so nothing was changed. You can begin it again.")
        case _:
            return say(f"'{draft.title}' was kept for 14 days and has expired. You can begin it again.")
