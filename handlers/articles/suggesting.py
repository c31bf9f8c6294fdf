"""Suggestions for the knowledge base, from a message or in one's own words; the SRM lead is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.articles.view import DRAFT, Draft
from handlers.community.exemplars_view import WRITE, WriteUp
from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, Option, check
from handlers.conversation.message import Buttons, Fact, Facts, Message, Text, bold, say, spans
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS, unknown_person
from handlers.ladder import who_answers
from storage.database import Store
from storage.suggestions import Suggestion, SuggestionKind

# How many suggestions get a button to write them up.
_WRITTEN = 5
_LABELS = {
    SuggestionKind.EXEMPLAR: "Exemplar practice",
    SuggestionKind.KNOWLEDGE: "Something to add to the knowledge base",
}


@dataclass(frozen=True, slots=True)
class Suggest:
    """Suggest something; `text` is the message it comes from."""

    kind: SuggestionKind
    text: str = ""


SUGGEST = ClickAction("curate.suggest", Suggest)
SUGGEST_FORM = FormAction("curate.suggest", NoParams)


def register(router: Router) -> None:
    """Suggesting, and the list for the SRM lead."""
    router.on_command(
        Command(
            "suggest",
            "suggest",
            "Suggest an exemplar practice or something to add to the knowledge base",
            (r"suggest(ion)?|add to the knowledge base|save as exemplar( practice)?",),
        ),
        open_from_command,
    )
    router.on_command(
        Command(
            "suggestions",
            "suggestions",
            "See what colleagues have suggested",
            (r"suggestions",),
            roles=frozenset(LEADS),
        ),
        list_latest,
    )
    router.on_click(SUGGEST, open_form)
    router.on_form(SUGGEST_FORM, keep)


async def open_from_command(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form without a text in it."""
    return await open_form(turn, store, Suggest(SuggestionKind.KNOWLEDGE))


async def open_form(turn: Turn, _store: Store, params: Suggest) -> Reply:
    """Open the form with the message that led here."""
    return reply(unknown_person()) if turn.person is None else Reply(form=_form(params))


async def keep(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Keep the suggestion and tell the SRM lead."""
    if turn.person is None:
        return reply(unknown_person())
    errors = check(_form(Suggest(SuggestionKind.KNOWLEDGE)), values)
    if errors:
        return Reply(errors=errors)
    kind = SuggestionKind(values["kind"])
    suggestion = await store.suggestions.add(
        Suggestion(kind=kind, text=values["text"].strip(), author_id=turn.person.id, at=turn.received_at)
    )
    lead = await who_answers(turn, store)
    further = (
        [WRITE.button("Write it up as an exemplar", WriteUp(suggestion_id=suggestion.id))]
        if kind is SuggestionKind.EXEMPLAR
        else []
    )
    thanks = say(
        "Thank you. Your suggestion is kept" + (f" and {lead.name} is told." if lead else "."),
        buttons=further,
    )
    if lead is None:
        return reply(thanks)
    told = Message(
        f"{turn.person.name} suggests: {_LABELS[kind].lower()}",
        (
            Text(spans([bold(f"{turn.person.name} suggests something for the knowledge base.")])),
            Facts((Fact("Kind", spans(_LABELS[kind])), Fact("Text", spans(suggestion.text)))),
        ),
    )
    return reply(thanks, notices=(Notice(f"suggestion:{suggestion.id}", lead.id, told, "suggestion"),))


async def list_latest(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """The newest suggestions, for the SRM lead or the deputy."""
    if not turn.has(*LEADS):
        return reply(say("Only the SRM lead or the deputy can see the suggestions."))
    latest = await store.suggestions.latest()
    if not latest:
        return reply(say("Nobody has suggested anything yet."))
    names = await store.people.named(each.author_id for each in latest)
    write = tuple(
        DRAFT.button(f"Write article {each.id}: {each.text}"[:60], Draft(suggestion_id=each.id))
        for each in latest
        if each.kind is SuggestionKind.KNOWLEDGE
    )[:_WRITTEN]
    facts = tuple(
        Fact(f"{_LABELS[each.kind]}, {names.get(each.author_id, 'someone who has left')}", spans(each.text))
        for each in latest
    )
    return reply(
        Message(
            f"{len(latest)} suggestions",
            (
                Text(spans([bold("Newest suggestions")])),
                Facts(facts),
                *((Buttons(write, "Write the article"),) if write else ()),
            ),
        )
    )


def _form(params: Suggest) -> Form:
    options = tuple(Option(kind.value, label) for kind, label in _LABELS.items())
    return Form(
        SUGGEST_FORM.name,
        "Suggest something",
        (
            Field("kind", "What you suggest", Kind.ONE_OF, options=options, initial=params.kind.value),
            Field(
                "text",
                "Your suggestion",
                Kind.LONG_TEXT,
                initial=params.text,
                help="Leave out personal details and what a supplier told you in confidence.",
            ),
        ),
        params=SUGGEST_FORM.carried(NoParams()),
    )
