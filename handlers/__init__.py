"""What a person can do in chat. `register_all` is the one visible list of it."""

from __future__ import annotations

from handlers import (
    ask,
    assess,
    contacts,
    contracts,
    deliveries,
    feedback,
    help,
    home,
    people,
    reviews,
    scorecards,
    topics,
    why,
)
from handlers.actions import card as action_card
from handlers.actions import lists as action_lists
from handlers.actions import new_months, overview, programme, settling
from handlers.actions import parts as action_parts
from handlers.articles import learning, reviewing, suggesting, versions, withdrawing, writing
from handlers.articles import view as articles_view
from handlers.briefings import attendance, places, planning
from handlers.briefings import desk as briefing_desk
from handlers.briefings import requests as briefing_requests
from handlers.broadcasts import channels, drafts, readers, sending
from handlers.broadcasts import export as broadcast_export
from handlers.broadcasts import settings as broadcast_settings
from handlers.community import exemplar_check, exemplars, members, membership, thanks, who_knows
from handlers.contracts import tiers
from handlers.conversation import steps
from handlers.conversation.router import Router
from handlers.experts import asking as asking_experts
from handlers.experts import requests, teams, threads
from handlers.intelligence import asking as asking_bsp
from handlers.intelligence import desk as intelligence_desk
from handlers.reminders import personal, preferences, snoozing
from handlers.reminders.desk import Desk
from handlers.reminders.item_history import ItemHistory
from handlers.reminders.outlook import Outlook
from handlers.reminders.reminding import Reminding
from handlers.reminders.rules import RuleDesk
from handlers.services import Pictures, Services
from knowledge.answer import Verdict


def register_all(router: Router, services: Services, outlook: Outlook, pictures: Pictures) -> None:
    """Register every handler. Commands match in this order; a name used twice stops the start."""
    router.articles = lambda: {each.slug: each.title for each in services.library}
    router.sure = lambda text: _sure(router, services, text)
    _guidance_and_people(router, services)
    _programme(router, services, outlook, pictures)
    _covenant_itself(router, services)


def _guidance_and_people(router: Router, services: Services) -> None:
    router.about(topics.COVENANT)
    steps.register(router)
    router.about(topics.GUIDANCE)
    writing.register(router, services)
    versions.register(router, services)
    withdrawing.register(router)
    reviewing.register(router, services)
    learning.register(router, services)
    router.about(topics.EXPERTS)
    asking_experts.register(router, services)
    threads.register(router, requests.register(router, services, articles_view.write_button))
    teams.register(router, services)
    router.about(topics.COMMUNITY)
    membership.register(router)
    members.register(router)
    who_knows.register(router, services)
    exemplars.register(router)
    exemplar_check.register(router)
    places.register(router)
    planning.register(router)
    briefing_desk.register(router)
    attendance.register(router)
    briefing_requests.register(router)
    asking_bsp.register(router)
    intelligence_desk.register(router)
    thanks.register(router)
    router.about(topics.SENDING)
    deliveries.register(router)
    drafts.register(router)
    sending.register(router)
    readers.register(router)
    channels.register(router)
    broadcast_settings.register(router)
    broadcast_export.register(router)


def _programme(router: Router, services: Services, outlook: Outlook, pictures: Pictures) -> None:
    router.about(topics.PLAN)
    overview.register(router)
    action_lists.register(router)
    action_card.register(router)
    settling.register(router)
    action_parts.register(router)
    new_months.register(router)
    router.about(topics.REMINDERS)
    snoozing.register(router)
    personal.register(router)
    preferences.register(router)
    contacts.register(router)
    router.about(topics.ASSESSMENTS)
    assess.register(router, services, pictures)
    router.about(topics.REMINDERS)
    Reminding(outlook).register(router)
    desk = Desk(outlook)
    desk.register(router)
    ItemHistory(desk).register(router)
    RuleDesk(outlook).register(router)
    router.about(topics.CONTRACTS)
    contracts.register(router, (scorecards.offers, tiers.offers))
    tiers.Tiers(services).register(router)
    router.about(topics.REVIEWS)
    reviews.register(router)
    router.about(topics.CONTRACTS)
    scorecards.register(router)
    router.about(topics.PLAN)
    programme.register(router)


def _covenant_itself(router: Router, services: Services) -> None:
    router.about(topics.COVENANT)
    people.register(router)
    router.about(topics.GUIDANCE)
    feedback.register(router, services)
    suggesting.register(router)
    why.register(router)
    router.about(topics.COVENANT)
    help.register(router)
    home.register(router)
    router.about(topics.GUIDANCE)
    ask.register(router, services)


def _sure(router: Router, services: Services, text: str) -> bool:
    """Whether a text surely asks for something: guidance, what to do in an emergency, or what a command does."""
    if services.urgent.find(text) is not None:
        return True
    found = services.answerer.answer(text)
    return found.verdict is Verdict.ANSWER or (found.skill is not None and router.does(found.skill))
