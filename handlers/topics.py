"""What help is grouped by: a person sees a dozen topics, not a hundred commands."""

from __future__ import annotations

from handlers.conversation.acts import Topic

CONTRACTS = Topic("contracts", "find one, who manages it, stages, handover, scorecards")
ASSESSMENTS = Topic("assessments", "assess a contract, see the scores, what a low one leads to")
REVIEWS = Topic("reviews", "book and record a review, what was agreed and decided")
PLAN = Topic("plan", "the improvement plan's actions: yours, overdue, done, new months")
REMINDERS = Topic("reminders", "what is due, when you are told, leave, reminders of your own")
GUIDANCE = Topic("guidance", "propose, check and follow articles; what was asked in vain")
EXPERTS = Topic("experts", "ask a person, see your requests, answer")
COMMUNITY = Topic("community", "who knows about what, what worked for others")
SENDING = Topic("sending", "what is sent, what waits, what failed")
COVENANT = Topic("covenant", "forms in progress, what I know about you, this help")

# In the order in which help shows them.
ALL = (CONTRACTS, ASSESSMENTS, REVIEWS, PLAN, REMINDERS, EXPERTS, COMMUNITY, GUIDANCE, SENDING, COVENANT)
