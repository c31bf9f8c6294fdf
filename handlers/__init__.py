"""What a person can do in chat. `register_all` is the one visible list of it."""

from __future__ import annotations

from handlers import (
    action_card,
    action_lists,
    actions,
    article_reviews,
    article_versions,
    articles,
    articles_view,
    ask,
    assess,
    briefing_attendance,
    briefing_desk,
    briefing_plan,
    briefings,
    broadcast_channels,
    broadcast_readers,
    broadcast_send,
    broadcasts,
    community,
    community_members,
    contacts,
    contracts,
    curate,
    deliveries,
    exemplar_check,
    exemplars,
    expert_requests,
    expert_teams,
    experts,
    feedback,
    help,
    home,
    intelligence,
    intelligence_desk,
    learning,
    manners,
    new_months,
    people,
    programme,
    reminders,
    reviews,
    scorecards,
    settle_parts,
    settling,
    snoozing,
    thanks,
    tiers,
    topics,
    who_knows,
    why,
)
from handlers.conversation import steps
from handlers.conversation.router import Router
from handlers.outlook import Outlook
from handlers.reminder_rules import RuleDesk
from handlers.reminding import Reminding
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
    articles.register(router, services)
    article_versions.register(router, services)
    article_reviews.register(router, services)
    learning.register(router, services)
    router.about(topics.EXPERTS)
    experts.register(router, services)
    expert_requests.register(router, services, articles_view.write_button)
    expert_teams.register(router, services)
    router.about(topics.COMMUNITY)
    community.register(router)
    community_members.register(router)
    who_knows.register(router, services)
    exemplars.register(router)
    exemplar_check.register(router)
    briefings.register(router)
    briefing_plan.register(router)
    briefing_desk.register(router)
    briefing_attendance.register(router)
    intelligence.register(router)
    intelligence_desk.register(router)
    thanks.register(router)
    router.about(topics.SENDING)
    deliveries.register(router)
    broadcasts.register(router)
    broadcast_send.register(router)
    broadcast_readers.register(router)
    broadcast_channels.register(router)


def _programme(router: Router, services: Services, outlook: Outlook, pictures: Pictures) -> None:
    router.about(topics.PLAN)
    actions.register(router)
    action_lists.register(router)
    action_card.register(router)
    settling.register(router)
    settle_parts.register(router)
    new_months.register(router)
    router.about(topics.REMINDERS)
    snoozing.register(router)
    reminders.register(router)
    manners.register(router)
    contacts.register(router)
    router.about(topics.ASSESSMENTS)
    assess.register(router, services, pictures)
    router.about(topics.REMINDERS)
    Reminding(outlook).register(router)
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
    feedback.register(router)
    curate.register(router)
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
