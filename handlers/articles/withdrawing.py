"""Taking what was published in chat out of force: the shipped article comes back, or there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.conversation.acts import Command, FormAction
from handlers.conversation.form import Field, Form, Kind
from handlers.conversation.message import say
from handlers.conversation.reply import Notice, Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.view import LEADS
from storage.database import Store
from storage.versions import ArticleVersion, VersionState


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the published version of an article out of force."""

    slug: str


WITHDRAW_FORM = FormAction("articles.withdraw", Withdraw)


def register(router: Router) -> None:
    """One command and its form."""
    router.on_command(
        Command(
            "withdraw article",
            "withdraw article kpi-design",
            "Take what was published in chat out of force",
            (r"withdraw article (?P<slug>[a-z0-9-]{1,80})",),
            roles=frozenset(LEADS),
        ),
        _open,
    )
    router.on_form(WITHDRAW_FORM, _withdraw, _form)


async def _open(turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
    form = await _form(turn, store, Withdraw(args["slug"]))
    return form if isinstance(form, Reply) else Reply(form=form)


async def _form(turn: Turn, store: Store, params: Withdraw) -> Form | Reply:
    version = await _in_force(turn, store, params)
    if isinstance(version, Reply):
        return version
    field = Field("reason", f"Why '{version.title}' is withdrawn", Kind.LONG_TEXT, help="The author is told.")
    return Form(
        WITHDRAW_FORM.name, "Withdraw an article", (field,), "Withdraw", params=WITHDRAW_FORM.carried(params)
    )


async def _withdraw(turn: Turn, store: Store, params: Withdraw, values: Mapping[str, str]) -> Reply:
    version = await _in_force(turn, store, params)
    if isinstance(version, Reply):
        return version
    version.state, version.decided_at = VersionState.WITHDRAWN, turn.received_at
    store.audit.record(
        turn.received_at,
        "article withdrawn",
        version.slug,
        person_id=turn.person_id,
        version=version.id,
        reason=values["reason"],
    )
    told = say(f"'{version.title}' is withdrawn.", values["reason"])
    notices = (
        ()
        if version.author_id == turn.person_id
        else (Notice(f"article:{version.id}:withdrawn", version.author_id, told, "article"),)
    )
    done = say(
        f"'{version.title}' is out of force within 5 seconds.",
        "If Covenant came with an article of this name, that one answers again. "
        f"To bring this one back, type 'restore version {version.id}'.",
    )
    return Reply(messages=(done,), notices=notices)


async def _in_force(turn: Turn, store: Store, params: Withdraw) -> ArticleVersion | Reply:
    """The version that would be withdrawn, locked, or why there is none."""
    if not turn.has(*LEADS):
        return reply(say("Only the SRM lead or the deputy can withdraw an article. Nothing was changed."))
    newest = await store.versions.of(params.slug, VersionState.PUBLISHED)
    version = await store.versions.get(newest[0].id) if newest else None
    if version is None or version.state is not VersionState.PUBLISHED:
        return reply(
            say(
                f"Nothing published in chat has the name '{params.slug}'. "
                "To change an article that Covenant came with, type 'change article' and its name."
            )
        )
    return version
