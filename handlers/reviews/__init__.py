"""Reviews of contracts: the queue, booking, recording, agreed activities, decisions and campaigns."""

from __future__ import annotations

from handlers.conversation.acts import Command
from handlers.conversation.router import Router
from handlers.reviews import campaigns, deciding, followups, lists, recording
from handlers.reviews.view import (
    AGREE,
    AGREE_FORM,
    BOOK,
    BOOK_FORM,
    DECIDE,
    DECIDE_FORM,
    DONE,
    LEADERS,
    LEADS,
    RECORD,
    RECORD_FORM,
    SHOW,
)

_TOPIC = r"(?P<topic>kpi|performance|value for money|vfm|supplier development)"
_REFERENCE = r"(?P<reference>[a-z]{2,6}-\d{2,6})"


def register(router: Router) -> None:
    """Everything about reviews."""
    _register_reviews(router)
    followups.register(router)
    _register_campaigns(router)


def _register_reviews(router: Router) -> None:
    router.on_command(
        Command(
            "reviews",
            "reviews",
            "See the reviews that wait on your contracts",
            (
                r"(?:show |list )?(?:me )?(?:my |the |open )?reviews|reviews (?:due|queue|waiting)|review queue",
            ),
            skill="reviews",
        ),
        lists.reviews,
    )
    router.on_command(
        Command("review", "review 12", "Open one review", (r"(?:show |open )?review (?P<number>\d{1,9})",)),
        lists.show_typed,
    )
    router.on_command(
        Command(
            "activities",
            "activities",
            "See what was agreed at reviews and is still to be done",
            (r"(?:show |list )?(?:my |the |open )?(?:agreed )?activities",),
        ),
        lists.activities,
    )
    router.on_command(
        Command(
            "activity done",
            "activity 3 is done",
            "Mark an agreed activity done",
            (r"activity (?P<number>\d{1,9})(?: is)? done",),
        ),
        recording.done_typed,
    )
    router.on_command(
        Command(
            "decisions",
            "decisions",
            "See what was decided: contract change or next contract",
            (r"(?:show |list )?(?:my |the |all )?decisions",),
        ),
        deciding.decisions,
    )
    router.on_click(SHOW, lists.show)
    router.on_click(BOOK, recording.open_booking)
    router.on_form(BOOK_FORM, recording.book, recording.booking)
    router.on_click(RECORD, recording.open_recording)
    router.on_form(RECORD_FORM, recording.record, recording.recording)
    router.on_click(AGREE, recording.open_agreeing)
    router.on_form(AGREE_FORM, recording.agree, recording.agreeing)
    router.on_click(DONE, recording.done)
    router.on_click(DECIDE, deciding.open_deciding)
    router.on_form(DECIDE_FORM, deciding.decide, deciding.deciding)


def _register_campaigns(router: Router) -> None:
    router.on_command(
        Command(
            "start campaign",
            "start the KPI reviews",
            "Open a review for every contract of the plan's tiers: KPI, value for money, supplier development",
            (rf"(?:start|open)(?: the| all)* {_TOPIC}(?: campaign)? reviews?(?: campaign)?",),
            roles=LEADS,
        ),
        campaigns.start_typed,
    )
    router.on_command(
        Command(
            "add to campaign",
            "add CMA-2031 to the value for money reviews",
            "Add a contract that the plan's tiers leave out",
            (rf"add {_REFERENCE} to(?: the)? {_TOPIC} reviews?",),
            roles=LEADS,
        ),
        campaigns.add,
    )
    router.on_command(
        Command(
            "campaigns",
            "campaigns",
            "See how far the plan's reviews of every contract are",
            (r"(?:show |list )?(?:the |review )?campaigns|campaign progress",),
            roles=LEADERS,
        ),
        campaigns.all_campaigns,
    )
    router.on_click(campaigns.OPEN, campaigns.start)
    router.on_click(campaigns.SHOW, campaigns.show)
