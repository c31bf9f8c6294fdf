"""For the SRM lead: the teams of experts, the Community's channel, how soon an answer is promised, and the report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.dates import NotUnderstood
from handlers.conversation.form import SEVERAL, Field, Form, Kind
from handlers.conversation.message import Buttons, ButtonStyle, Message, Note, Table, Text, bold, say, spans
from handlers.conversation.reading import Reading, read_answer
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.experts.policy import CHANNEL, WORKSTREAMS, Policy, keep_policy, policy_of
from handlers.experts.view import LEADS, workstream_options
from handlers.experts.working_time import HOURS_A_DAY, working_hours
from handlers.services import Services
from storage.database import Store
from storage.experts import WAITING, ExpertRequest, ExpertTeam

_REPORTED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class OnTeam:
    """Change a team, or add one where there is no id."""

    team_id: int | None = None


CHANGE_TEAM = ClickAction("experts.team", OnTeam)
REMOVE_TEAM = ClickAction("experts.remove_team", OnTeam)
TEAM_FORM = FormAction("experts.team", OnTeam)
POLICY_FORM = FormAction("experts.policy", NoParams)


def register(router: Router, services: Services) -> None:
    """Commands of the SRM lead."""
    leads = frozenset(LEADS)
    router.on_command(
        Command(
            "expert teams",
            "expert teams",
            "See and change who answers for which workstream",
            (r"expert teams?",),
            roles=leads,
        ),
        list_teams,
    )
    router.on_command(
        Command(
            "expert settings",
            "expert settings",
            "Change how soon an answer is promised, and when a waiting question is sent round again",
            (r"expert settings",),
            roles=leads,
        ),
        open_policy,
    )
    router.on_command(
        Command(
            "expert report",
            "expert report",
            "See how many questions went to experts, and how soon they were answered",
            (r"experts? report",),
            roles=leads,
        ),
        lambda turn, store, _: report(turn, store, services.zone),
    )
    router.on_command(
        Command(
            "community channel",
            "use this channel for the community",
            "Send questions for no team to the channel where you say it",
            (r"use this channel for the community",),
            roles=leads,
        ),
        use_channel,
    )
    router.on_command(
        Command(
            "no community channel",
            "stop using the community channel",
            "Send such questions to the SRM lead again",
            (r"stop using the community channel",),
            roles=leads,
        ),
        drop_channel,
    )
    router.on_click(CHANGE_TEAM, open_team)
    router.on_click(REMOVE_TEAM, remove_team)
    router.on_form(TEAM_FORM, keep_team, team_form)
    router.on_form(POLICY_FORM, keep_new_policy, policy_form)


async def list_teams(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Every team with its workstreams and people, and the workstreams that have none."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    teams = await store.expert_teams.all()
    rows = []
    for team in teams:
        people = await store.expert_teams.members([team.id])
        rows.append(
            (team.name, _labels(team.workstreams), ", ".join(each.name for each in people) or "Nobody")
        )
    covered = {each for team in teams for each in team.workstreams}
    bare = [label for name, label in WORKSTREAMS.items() if name not in covered]
    buttons = (
        CHANGE_TEAM.button("Add a team", OnTeam()),
        *(CHANGE_TEAM.button(f"Change {team.name}", OnTeam(team.id)) for team in teams),
        *(
            REMOVE_TEAM.button(
                f"Remove {team.name}",
                OnTeam(team.id),
                style=ButtonStyle.DANGER,
                confirm=f"Remove the team {team.name}? Questions that wait stay with those who have them.",
            )
            for team in teams
        ),
    )
    table = (Table("Expert teams", ("Team", "Workstreams", "People"), tuple(rows)),) if rows else ()
    without = f"Without a team: {', '.join(bare)}." if bare else "Every workstream has a team."
    return private(
        Message(
            f"{len(teams)} expert teams",
            (
                Text(spans([bold("Expert teams: "), f"{len(teams)}."])),
                *table,
                Note(spans(f"{without} Such questions go to the Community's channel, or to you.")),
                Buttons(buttons, "Change the teams"),
            ),
        )
    )


async def open_team(turn: Turn, store: Store, params: OnTeam) -> Reply:
    """Open the form of a team."""
    form = await team_form(turn, store, params)
    return form if isinstance(form, Reply) else Reply(form=form)


async def team_form(turn: Turn, store: Store, params: OnTeam) -> Form | Reply:
    """The form of a team, or of a new one."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    team = await store.expert_teams.get(params.team_id) if params.team_id else None
    if params.team_id and team is None:
        return reply(say("That team has been removed. Type 'expert teams' to see those there are."))
    people = await store.expert_teams.members([team.id]) if team else []
    return Form(
        TEAM_FORM.name,
        f"Change {team.name}"[:24] if team else "Add an expert team",
        (
            Field("name", "Name of the team", initial=team.name if team else "", longest=80),
            Field(
                "workstreams",
                "Workstreams it answers for",
                Kind.SEVERAL_OF,
                options=workstream_options(),
                initial=SEVERAL.join(team.workstreams) if team else "",
            ),
            Field(
                "people",
                "People in the team",
                Kind.LONG_TEXT,
                initial="\n".join(each.email for each in people),
                help="One on each line, by name or work email. A person may be in several teams.",
            ),
        ),
        submit="Save the team",
        params=TEAM_FORM.carried(params),
    )


async def keep_team(turn: Turn, store: Store, params: OnTeam, values: Mapping[str, str]) -> Reply:
    """Keep a team as the form says."""
    named = next((each for each in await store.expert_teams.all() if each.name == values["name"]), None)
    if named is not None and named.id != params.team_id:
        return Reply(errors={"name": "Another team has this name. Choose another."})
    question = Field("person", "Person", Kind.PERSON)
    people = []
    for line in filter(None, (each.strip(" ,;") for each in values["people"].splitlines())):
        try:
            email = await read_answer(question, line, Reading(turn, store, {}))
        except NotUnderstood as problem:
            return Reply(errors={"people": str(problem)})
        person = await store.people.by_email(email)
        if person is None or not person.active:
            return Reply(errors={"people": f"'{line}' is not in the directory any more. Leave them out."})
        people.append(person)
    team = await store.expert_teams.get(params.team_id) if params.team_id else None
    team = team or ExpertTeam(name=values["name"])
    team.name, team.workstreams = values["name"], values["workstreams"].split(SEVERAL)
    await store.expert_teams.put(team, [each.id for each in people])
    store.audit.record(
        turn.received_at,
        "expert team",
        team.name,
        person_id=turn.person_id,
        workstreams=team.workstreams,
        people=[each.email for each in people],
    )
    names = ", ".join(dict.fromkeys(each.name for each in people))
    return private(say(f"{team.name} answers for {_labels(team.workstreams)}: {names}."))


async def remove_team(turn: Turn, store: Store, params: OnTeam) -> Reply:
    """Take a team away."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    team = await store.expert_teams.get(params.team_id) if params.team_id else None
    if team is None:
        return reply(say("That team has been removed already."))
    await store.expert_teams.remove(team)
    store.audit.record(turn.received_at, "expert team removed", team.name, person_id=turn.person_id)
    return private(say(f"The team {team.name} is removed."))


async def open_policy(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Open the form of the promise and the reminders."""
    form = await policy_form(turn, store, NoParams())
    return form if isinstance(form, Reply) else Reply(form=form)


async def policy_form(turn: Turn, store: Store, params: NoParams) -> Form | Reply:
    """How soon an answer is promised, and what becomes of a question that nobody takes."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    policy = await policy_of(store)
    return Form(
        POLICY_FORM.name,
        "Expert settings",
        (
            _count("target_days", "Working days until an answer", policy.target_days, 1, 30),
            _count("bump_hours", "Working hours until a reminder", policy.bump_hours, 1, 80),
            _count("bumps", "Reminders before it goes to the lead", policy.bumps, 0, 10),
        ),
        submit="Save",
        params=POLICY_FORM.carried(params),
    )


def _count(name: str, label: str, value: int, least: int, most: int) -> Field:
    return Field(name, label, Kind.NUMBER, initial=str(value), least=least, most=most)


async def keep_new_policy(turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]) -> Reply:
    """Put the policy in force."""
    if any("." in value for value in values.values()):
        return Reply(errors={name: "Enter a whole number" for name in values if "." in values[name]})
    policy = Policy(**{name: int(value) for name, value in values.items()})
    await keep_policy(store, policy)
    store.audit.record(
        turn.received_at, "expert settings", "policy", person_id=turn.person_id, **asdict(policy)
    )
    return private(say(f"Saved. People are told: {policy.promise}"))


async def use_channel(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Make this the Community's channel."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    if turn.inbound.direct:
        return reply(say("Say this in the channel you mean, and name me there: it can't be our own chat."))
    here = turn.inbound.address
    channel = replace(here, thread="")
    reference = await store.places.get(here.key)
    if reference is not None:
        await store.places.put(channel.key, reference, turn.received_at)
    await store.preferences.put(CHANNEL, json.dumps(asdict(channel)))
    store.audit.record(turn.received_at, "community channel", channel.key[:200], person_id=turn.person_id)
    return reply(
        say(
            "This is the Community of Practice's channel now. Questions to experts that no team answers for "
            "are posted here. To change that, type 'stop using the community channel'."
        )
    )


async def drop_channel(turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
    """Have no Community channel any more."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    await store.preferences.put(CHANNEL, "")
    store.audit.record(turn.received_at, "community channel", "none", person_id=turn.person_id)
    return reply(say("No channel is used for the Community now. Its questions go to the SRM lead."))


async def report(turn: Turn, store: Store, zone: ZoneInfo) -> Reply:
    """Questions to experts of the last 90 days by workstream, with the time they took, in working days."""
    if not turn.has(*LEADS):
        return reply(_only_leads())
    asked = await store.experts.asked_since(turn.received_at - _REPORTED)
    if not asked:
        return private(say("Nobody has asked an expert in the last 90 days."))
    target = (await policy_of(store)).target_days
    groups = [("All", asked)]
    for name, label in [*WORKSTREAMS.items(), (None, "Not known")]:
        groups.append((label, [each for each in asked if each.workstream == name]))
    rows = [_row(label, group, target, turn.received_at, zone) for label, group in groups if group]
    title = f"Questions to experts in the last 90 days: {len(asked)}"
    columns = (
        "Workstream",
        "Asked",
        "Waiting",
        "Working days to claim (median)",
        "Working days to answer (median)",
        f"Answered within {target} working days",
    )
    return private(Message(title, (Text(spans([bold(title)])), Table(title, columns, tuple(rows)))))


def _row(
    label: str, group: Sequence[ExpertRequest], target: int, now: datetime, zone: ZoneInfo
) -> tuple[str, ...]:
    def days(until: datetime | None, request: ExpertRequest) -> float:
        return working_hours(request.asked_at, until or now, zone) / HOURS_A_DAY

    claimed = [days(each.claimed_at, each) for each in group if each.claimed_at]
    answered = [days(each.answered_at, each) for each in group if each.answered_at]
    # Those that wait count against the target only once it has passed.
    late = [
        each for each in group if each.state in WAITING and not each.answered_at and days(None, each) > target
    ]
    held = sum(each <= target for each in answered)
    measured = len(answered) + len(late)
    return (
        label,
        str(len(group)),
        str(sum(each.state in WAITING for each in group)),
        f"{median(claimed):.1f}" if claimed else "none yet",
        f"{median(answered):.1f}" if answered else "none yet",
        f"{held} of {measured}" if measured else "none yet",
    )


def _labels(workstreams: Sequence[str]) -> str:
    return ", ".join(WORKSTREAMS[each] for each in workstreams)


def _only_leads() -> Message:
    return say("Only the SRM lead or the deputy can see and change this. Nothing was changed.")
