"""Naming who looks after a contract: its Senior Responsible Officer, its manager, its deputy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.assess.consequences import ASKS_FOR_SRO
from handlers.contracts.finding import Held, led
from handlers.conversation.acts import ClickAction, Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import Button, Message, say
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.contracts import Contract, Post
from storage.database import Store
from storage.followups import FollowUpState
from storage.people import Person, Role

LEADERS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY, Role.CSMG_MEMBER, Role.FIRST_CONTACT})
_POST = r"(?P<post>sro|senior responsible officer|deputy|manager)"
REFERENCE = r"(?P<reference>[a-z]{2,6}-\d{2,6})"
REGISTER_TOO = (
    "I keep this, but I never write to the CMA. Have the record there changed too, "
    "or the next load of the register takes it back."
)


@dataclass(frozen=True, slots=True)
class NamePost:
    """Name somebody for one of a contract's posts. `was` is who held it when the form was opened."""

    reference: str
    post: Post
    was: int | None = None


NAME = ClickAction("contracts.name", NamePost)
NAME_FORM = FormAction("contracts.name.form", NamePost)


def register(router: Router) -> None:
    """Naming people, by button or typed."""
    router.on_command(
        Command(
            "name sro",
            "name an SRO for CMA-2015",
            "Name a contract's SRO, manager or deputy",
            (rf"(?:name|set|change)(?: an?| the)? (?:new )?{_POST} (?:for|of|on) {REFERENCE}",),
            roles=LEADERS,
        ),
        name_typed,
    )
    router.on_click(NAME, open_form)
    router.on_form(NAME_FORM, named, build)


def offers(_turn: Turn, found: Held) -> Sequence[Button]:
    """Buttons on a contract's card."""
    if not found.led_by(_turn):
        return ()
    contract = found.contract
    return tuple(
        NAME.button(
            f"Name {post.article} {post.label}", NamePost(contract.reference, post, contract.holder(post))
        )
        for post in Post
    )


async def name_typed(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    """Open the form from typed words."""
    said = args["post"]
    post = Post.SRO if said.startswith("s") else Post(said)
    found = await led(turn, store, args["reference"])
    if isinstance(found, Reply):
        return found
    return await open_form(turn, store, NamePost(args["reference"], post, found.contract.holder(post)))


async def open_form(turn: Turn, store: Store, params: NamePost) -> Reply:
    """Open the form, for those who may name somebody."""
    found = await build(turn, store, params)
    return found if isinstance(found, Reply) else Reply(form=found)


async def build(turn: Turn, store: Store, params: NamePost) -> Form | Reply:
    """The form for a name, or why there is none."""
    found = await led(turn, store, params.reference)
    if isinstance(found, Reply):
        return found
    if found.contract.holder(params.post) != params.was:
        return reply(
            say(
                f"The {params.post.label} of {found.contract.reference} has changed meanwhile. Nothing was changed."
            )
        )
    question = Field("person", f"Name of the {params.post.label}", Kind.PERSON, help=_HELP[params.post])
    fields = [question]
    if params.post is Post.MANAGER:
        fields.append(Field("why", "Why it changes hands", Kind.SHORT_TEXT, longest=200))
    title = f"{params.post.label[:1].upper()}{params.post.label[1:]} of {found.contract.reference}"
    return Form(NAME_FORM.name, title, tuple(fields), submit="Name", params=NAME_FORM.carried(params))


_HELP = {
    Post.SRO: "The senior person who is accountable for the contract. An interim name will do for now.",
    Post.MANAGER: "Open agreed activities of the manager before go over to this person.",
    Post.DEPUTY: "Covers for the contract manager.",
}


async def named(turn: Turn, store: Store, params: NamePost, values: Mapping[str, str]) -> Reply:
    """Put the person in the post, keep the change, and tell them."""
    found = await led(turn, store, params.reference)
    person = await store.people.by_email(values["person"])
    if isinstance(found, Reply):
        return found
    problem = _problem(person, found.contract, params.post)
    if person is None or problem:
        return Reply(errors={"person": problem})
    assert turn.person is not None, "only somebody known leads a Business Unit"
    contract = found.contract
    if params.post is Post.MANAGER:
        await store.handovers.change_manager(contract, person.id, turn.received_at, values["why"])
    else:
        contract.name(params.post, person.id)
    if params.post is Post.SRO:
        await _close_asked(turn, store, contract)
    store.audit.record(
        turn.received_at,
        f"name {params.post.value}",
        contract.reference,
        person_id=turn.person_id,
        before=params.was,
        after=person.id,
    )
    told = _told(contract, params.post, turn.person.name)
    key = f"named:{contract.id}:{params.post.value}:{turn.inbound.account.platform}:{turn.inbound.key}"
    return reply(
        say(
            f"{person.name} is now {params.post.label} of {contract.reference} {contract.title}.",
            REGISTER_TOO,
        ),
        notices=(Notice(key, person.id, told, "named for a contract"),)
        if person.id != turn.person_id
        else (),
    )


async def _close_asked(turn: Turn, store: Store, contract: Contract) -> None:
    """Close the follow-up that asked for a Senior Responsible Officer."""
    for each in await store.followups.open_for(contract.id):
        if each.rule == ASKS_FOR_SRO:
            each.close(FollowUpState.DONE, turn.received_at, turn.person_id)


def _problem(person: Person | None, contract: Contract, post: Post) -> str:
    if person is None or not person.active:
        return "Name somebody who is in the directory and has not left"
    other = {Post.MANAGER: contract.deputy_id, Post.DEPUTY: contract.manager_id}.get(post)
    if other is not None and other == person.id:
        return "The manager and the deputy must be two people. Name somebody else."
    return ""


def _told(contract: Contract, post: Post, by: str) -> Message:
    return say(
        f"{by} has named you as {post.label} of {contract.reference} {contract.title} ({contract.supplier}).",
        f"Type 'show {contract.reference}' to see it. If this is wrong, tell {by}.",
    )
