"""Scorecards: record the four ratings of a contract, see their history, and a Business Unit's summary."""

from __future__ import annotations

from handlers.conversation.acts import Command
from handlers.conversation.router import Router
from handlers.scorecards import recording, summary
from handlers.scorecards.recording import RECORD, RECORD_FORM, SHOW, offers
from storage.people import Role

_LEADS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})


def register(router: Router) -> None:
    """Recording, history, summary, and the two settings."""
    router.on_command(
        Command(
            "scorecard",
            "scorecard CMA-2015",
            "See and record a contract's scorecard: cost, performance, risk, user",
            (r"(?:show |record )?(?:the )?scorecard (?:of |for )?(?P<reference>[a-z]{2,6}-\d{2,6})",),
            skill="scorecards",
            naming=r"\b(?P<reference>[a-z]{2,6}-\d{2,6})\b",
        ),
        recording.show_typed,
    )
    router.on_command(
        Command(
            "scorecards",
            "scorecards",
            "See the newest scorecard of each contract you may see",
            (r"(?:show |list )?(?:my |our |the |all )?scorecards",),
            skill="scorecards",
        ),
        summary.scorecards,
    )
    router.on_command(
        Command(
            "export scorecards",
            "export scorecards",
            "How to get the scorecards as a file for the CMA or a Business Unit's board",
            (r"export (?:the |our |my |all )?scorecards?(?: (?:of|for) .+)?",),
            roles=_LEADS | {Role.CSMG_MEMBER, Role.FIRST_CONTACT, Role.BU_BOARD},
        ),
        summary.export_told,
    )
    router.on_command(
        Command(
            "add scorecard field",
            "add scorecard field Social value",
            "Add a field to your Business Unit's scorecards",
            (r"add (?:a )?scorecard field (?P<label>.{2,60})",),
            roles=frozenset({Role.CSMG_MEMBER}),
        ),
        summary.add_field,
    )
    router.on_command(
        Command(
            "scorecard period",
            "scorecards every month",
            "Set how often scorecards are recorded: every month or every quarter",
            (r"scorecards every (?P<every>month|quarter)",),
            roles=_LEADS,
        ),
        summary.set_period,
    )
    router.on_click(SHOW, recording.show)
    router.on_click(RECORD, recording.open_form)
    router.on_form(RECORD_FORM, recording.record, recording.build)


__all__ = ["offers", "register"]
