"""Why a question was answered as it was: the finder's own trace, for the SRM lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers.conversation.acts import Command
from handlers.conversation.message import Block, Fact, Facts, Message, Table, Text, bold, say, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from knowledge.answer import Answer
from storage.database import Store
from storage.questions import Question


def register(router: Router) -> None:
    """Why this answer."""
    router.on_command(
        Command(
            "why",
            "why 12",
            "See why question 12 was answered as it was; 'why' alone takes your newest question",
            (r"why( this answer)?( (?P<question>\d{1,9}))?",),
            roles=frozenset(LEADS),
        ),
        why,
    )


async def why(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """The trace of a question by its number, or of this person's newest."""
    if not turn.has(*LEADS):
        return reply(say("Only the SRM lead or the deputy can see why an answer was chosen."))
    if "question" in args:
        question = await store.questions.get(int(args["question"]))
    else:
        question = await store.questions.newest_of(turn.person_id)
    if question is None:
        return reply(say("There is no such question on record. Ask one first, or name its number."))
    return reply(explained(question))


def explained(question: Question) -> Message:
    """A question with its verdict and the trace of the decision."""
    title = f"Question {question.id}: {question.text}"
    return Message(title, (Text(spans([bold(title)])), *trace_blocks(verdict_of(question), question.trace)))


def trace_blocks(verdict: str, trace: Mapping[str, Any]) -> tuple[Block, ...]:
    """The trace as facts and a table of candidates."""
    corrections = "; ".join(f"{wrong} read as {right}" for wrong, right in trace.get("corrections", ()))
    limits = "; ".join(f"{name} {value:.3f}" for name, value in trace.get("thresholds", ()))
    facts = (
        Fact("Verdict", spans(verdict)),
        Fact("Read as", spans(str(trace.get("read_as", "")) or "as written")),
        Fact("Spelling", spans(corrections or "nothing changed")),
        Fact("Goes on from", spans(str(trace.get("follow_up_to") or "nothing"))),
        Fact("Chance of being in scope", spans(f"{float(trace.get('in_scope', 0)):.3f}")),
        Fact("Thresholds", spans(limits or "none")),
        Fact("Offered by name", spans(", ".join(trace.get("called", ())) or "none")),
    )
    rows = tuple(
        (
            str(each["id"]),
            f"{float(each['score']):.3f}",
            "; ".join(f"{name} {float(value):.2f}" for name, value in each.get("evidence", ())),
        )
        for each in trace.get("candidates", ())
    )
    return (Facts(facts), Table("Candidates", ("Article or skill", "Score", "Evidence"), rows))


def verdict_of(found: Question | Answer) -> str:
    """The verdict in a line: what was chosen, and how sure that is."""
    chosen = found.article or found.skill or ", ".join(found.choices) or "nothing"
    return f"{found.verdict} ({chosen}), confidence {found.confidence:.2f}"
