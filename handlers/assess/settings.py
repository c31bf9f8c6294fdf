"""What the SRM lead sets for self-assessments in chat: follow-up rules, how often, and what words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.assess.rules import (
    DEFINED,
    Terms,
    definition,
    set_definition,
    set_terms,
    terms_of,
    would_open,
)
from handlers.assess.words import plural
from handlers.conversation.acts import ClickAction, Command, FormAction, NoParams
from handlers.conversation.form import Field, Form, Kind, Option, When
from handlers.conversation.message import (
    Block,
    Buttons,
    Fact,
    Facts,
    Message,
    Note,
    Table,
    Text,
    bold,
    say,
    spans,
)
from handlers.conversation.reply import Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from knowledge.assessment import Basis, QuestionSet
from storage.assessments import Schedule
from storage.contracts import Tier
from storage.database import Store
from storage.people import Role

LEADS = frozenset({Role.SRM_LEAD, Role.SRM_DEPUTY})
_NEVER = "never"


@dataclass(frozen=True, slots=True)
class OneRule:
    """One rule by its id."""

    rule: str


@dataclass(frozen=True, slots=True)
class NewTerms:
    """Terms for a rule, seen in a preview and not yet in force."""

    rule: str
    terms: str


@dataclass(frozen=True, slots=True)
class OneWord:
    """One of the defined words."""

    name: str


CHANGE = ClickAction("assess.rule.change", OneRule)
CHANGE_FORM = FormAction("assess.rule", OneRule)
APPLY = ClickAction("assess.rule.apply", NewTerms)
SCHEDULE = ClickAction("assess.schedule.change", NoParams)
SCHEDULE_FORM = FormAction("assess.schedule", NoParams)
DEFINE = ClickAction("assess.define", OneWord)
DEFINE_FORM = FormAction("assess.definition", OneWord)


def register(router: Router, questions: QuestionSet) -> None:
    """The settings' commands, buttons and forms."""
    desk = Desk(questions)
    router.on_command(
        Command(
            "follow-up rules",
            "follow-up rules",
            "See and change when a low score asks for a follow-up",
            (r"(show |list )?(the )?follow[- ]?up rules",),
            roles=LEADS,
        ),
        desk.list_rules,
    )
    router.on_command(
        Command(
            "change rule",
            "change rule FU-RISK",
            "Change one follow-up rule",
            (r"change (the )?(follow[- ]?up )?rule (?P<rule>fu-[a-z]+)",),
            roles=LEADS,
        ),
        lambda turn, store, args: desk.open_rule(turn, store, OneRule(args["rule"].upper())),
    )
    router.on_command(
        Command(
            "assessment schedule",
            "change the assessment schedule",
            "Change how often contracts are assessed",
            (r"(change )?(the )?(self[- ])?assessment schedule",),
            roles=LEADS,
        ),
        lambda turn, store, _: desk.open_schedule(turn, store, NoParams()),
    )
    router.on_command(
        Command(
            "definitions",
            "definitions",
            "See and change what low, high risk and key contract mean",
            (r"(show |list )?(the )?definitions",),
            roles=LEADS,
        ),
        desk.list_definitions,
    )
    router.on_click(CHANGE, desk.open_rule)
    router.on_form(CHANGE_FORM, desk.preview, desk.rule_form)
    router.on_click(APPLY, desk.apply)
    router.on_click(SCHEDULE, desk.open_schedule)
    router.on_form(SCHEDULE_FORM, desk.set_schedule, desk.schedule_form)
    router.on_click(DEFINE, desk.open_definition)
    router.on_form(DEFINE_FORM, desk.define, desk.definition_form)


class Desk:
    """The SRM lead's desk. Every change is recorded in the audit trail."""

    def __init__(self, questions: QuestionSet) -> None:
        self._questions = questions
        self._rules = {each.id: each for each in questions.rules}

    async def list_rules(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Every rule with its terms in force."""
        if not turn.has(*LEADS):
            return reply(_only_leads())
        rows = []
        for rule in self._rules.values():
            terms = await terms_of(store, rule)
            changed = terms != Terms.of(rule)
            basis = "Changed" if changed else "The plan" if rule.basis is Basis.PLAN else "Default"
            rows.append((rule.id, self._questions.area(rule.area).name, _in_words(terms), basis))
        schedule = await store.assessments.schedule()
        return private(
            Message(
                f"{len(rows)} follow-up rules.",
                (
                    Text(spans([bold("When a score asks for a follow-up")])),
                    Table("Follow-up rules", ("Rule", "Area", "Opens at", "Set by"), tuple(rows)),
                    Text(spans(f"Contracts are assessed: {_schedule_in_words(schedule)}")),
                    Note(
                        spans(
                            "Days are calendar days. Type 'change rule' and its name to change any of them."
                        )
                    ),
                    Buttons(
                        (
                            *(CHANGE.button(f"Change {each}", OneRule(each)) for each in self._rules),
                            SCHEDULE.button("Change how often", NoParams()),
                        ),
                        "Change",
                    ),
                ),
            )
        )

    async def open_rule(self, turn: Turn, store: Store, params: OneRule) -> Reply:
        """Open the form for one rule."""
        form = await self.rule_form(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form, private=True)

    async def rule_form(self, turn: Turn, store: Store, params: OneRule) -> Form | Reply:
        """The form for one rule: by tier when it opens and how many days it has."""
        if not turn.has(*LEADS):
            return reply(_only_leads())
        rule = self._rules.get(params.rule)
        if rule is None:
            return reply(say(f"There is no rule {params.rule[:40]}. Type 'follow-up rules' for the list."))
        terms = await terms_of(store, rule)
        fields = [Field("on", "Is this rule on?", Kind.YES_NO, initial="yes" if terms.on else "no")]
        for tier in Tier:
            fields += _tier_fields(tier, terms)
        return Form(
            CHANGE_FORM.name,
            f"Rule {rule.id}",
            tuple(fields),
            submit="See the effect",
            params=CHANGE_FORM.carried(params),
            intro=rule.action,
        )

    async def preview(self, _turn: Turn, store: Store, params: OneRule, values: Mapping[str, str]) -> Reply:
        """What the new terms would mean for the newest answers, and a button that puts them in force."""
        rule, tiers = self._rules[params.rule], [each for each in Tier if values[_at(each)] != _NEVER]
        terms = Terms(
            values["on"] == "yes" and bool(tiers),
            {each: int(values[_at(each)]) for each in tiers},
            {each: int(float(values[_days(each)])) for each in tiers},
        )
        contracts = await store.contracts.all()
        now = await would_open(store, self._questions, (await terms_of(store, rule)).applied(rule), contracts)
        then = await would_open(store, self._questions, terms.applied(rule), contracts)
        return private(
            say(
                [bold(f"{rule.id} would open: "), _in_words(terms)],
                f"On the newest answers that is {plural(then, 'contract')}; it is {now} as things are. "
                "Follow-ups that are open stay. The new terms hold for assessments from now on.",
                buttons=[APPLY.button("Apply", NewTerms(rule.id, terms.to_json()))],
                label="Put it in force",
            )
        )

    async def apply(self, turn: Turn, store: Store, params: NewTerms) -> Reply:
        """Put terms in force that were seen in a preview."""
        if not turn.has(*LEADS):
            return reply(_only_leads())
        rule, terms = self._rules[params.rule], Terms.from_json(params.terms)
        before = await terms_of(store, rule)
        await set_terms(store, rule, terms)
        store.audit.record(
            turn.received_at,
            "change follow-up rule",
            rule.id,
            person_id=turn.person_id,
            before=before.to_json(),
            after=terms.to_json(),
        )
        return private(say(f"Changed. {rule.id} now opens: {_in_words(terms)}"))

    async def open_schedule(self, turn: Turn, store: Store, params: NoParams) -> Reply:
        """Open the form for how often contracts are assessed."""
        form = await self.schedule_form(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form, private=True)

    async def schedule_form(self, turn: Turn, store: Store, params: NoParams) -> Form | Reply:
        """Months by tier, and the days and months of the other occasions."""
        if not turn.has(*LEADS):
            return reply(_only_leads())
        schedule = await store.assessments.schedule()
        fields = [
            Field(
                each.name.lower(),
                f"{each}: every how many months?",
                Kind.NUMBER,
                required=False,
                help="Leave it empty where assessing is optional.",
                initial=str(schedule.months.get(each, "")),
                least=1,
                most=60,
            )
            for each in Tier
        ]
        fields += [
            Field(
                "first_days",
                "Within how many days of a start or a new contract manager?",
                Kind.NUMBER,
                initial=str(schedule.first_days),
                least=1,
                most=365,
            ),
            Field(
                "months_before_end",
                "How many months before the end?",
                Kind.NUMBER,
                initial=str(schedule.months_before_end),
                least=1,
                most=60,
            ),
        ]
        carried = SCHEDULE_FORM.carried(params)
        return Form(SCHEDULE_FORM.name, "Assessment schedule", tuple(fields), submit="Save", params=carried)

    async def set_schedule(
        self, turn: Turn, store: Store, _params: NoParams, values: Mapping[str, str]
    ) -> Reply:
        """Assess contracts so often from now on."""
        before = await store.assessments.schedule()
        months = {each: values.get(each.name.lower(), "") for each in Tier}
        after = Schedule(
            {tier: int(float(count)) for tier, count in months.items() if count},
            int(float(values["first_days"])),
            int(float(values["months_before_end"])),
        )
        await store.assessments.set_schedule(after)
        store.audit.record(
            turn.received_at,
            "change assessment schedule",
            "assessments",
            person_id=turn.person_id,
            before=before.to_json(),
            after=after.to_json(),
        )
        return private(say(f"Changed. Contracts are assessed: {_schedule_in_words(after)}"))

    async def list_definitions(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """What the plan's undefined words mean here. Everybody may read it; the lead may change it."""
        facts = []
        for name, label in DEFINED.items():
            text, default = await definition(store, self._questions, name)
            facts.append(Fact(label, spans(f"{text}{' (default)' if default else ''}")))
        blocks: list[Block] = [
            Text(
                spans(
                    "The plan uses these words and does not define them. A default is ours until it is set."
                )
            ),
            Facts(tuple(facts)),
        ]
        buttons = [DEFINE.button(f"Change: {label}", OneWord(name)) for name, label in DEFINED.items()]
        last = (Buttons(tuple(buttons), "Change"),) if turn.has(*LEADS) else ()
        return reply(Message("What low, high risk and key contract mean.", (*blocks, *last)))

    async def open_definition(self, turn: Turn, store: Store, params: OneWord) -> Reply:
        """Open the form for one definition."""
        form = await self.definition_form(turn, store, params)
        return form if isinstance(form, Reply) else Reply(form=form, private=True)

    async def definition_form(self, turn: Turn, store: Store, params: OneWord) -> Form | Reply:
        """One question: what it means here."""
        if not turn.has(*LEADS) or params.name not in DEFINED:
            return reply(_only_leads())
        text, _ = await definition(store, self._questions, params.name)
        label = DEFINED[params.name]
        meaning = Field(
            "meaning", f"What does '{label.lower()}' mean here?", Kind.LONG_TEXT, initial=text, longest=600
        )
        return Form(DEFINE_FORM.name, label, (meaning,), submit="Save", params=DEFINE_FORM.carried(params))

    async def define(self, turn: Turn, store: Store, params: OneWord, values: Mapping[str, str]) -> Reply:
        """Say what a word means here."""
        before, _ = await definition(store, self._questions, params.name)
        await set_definition(store, params.name, values["meaning"])
        store.audit.record(
            turn.received_at,
            "change definition",
            params.name,
            person_id=turn.person_id,
            before=before,
            after=values["meaning"],
        )
        return private(say(f"Changed. {DEFINED[params.name]}: {values['meaning']}"))


def _tier_fields(tier: Tier, terms: Terms) -> tuple[Field, ...]:
    opens = (
        Option(_NEVER, "Never"),
        Option("0", "At 0"),
        Option("1", "At 0 or 1"),
        Option("2", "At 0, 1 or 2"),
    )
    at = str(terms.at_most[tier]) if tier in terms.due_days else _NEVER
    return (
        Field(_at(tier), f"{tier}: at which score does it open?", Kind.ONE_OF, options=opens, initial=at),
        Field(
            _days(tier),
            f"{tier}: due in how many days?",
            Kind.NUMBER,
            initial=str(terms.due_days.get(tier, 30)),
            least=1,
            most=365,
            when=(When(_at(tier), ("0", "1", "2")),),
        ),
    )


def _at(tier: Tier) -> str:
    return f"{tier.name.lower()}_at"


def _days(tier: Tier) -> str:
    return f"{tier.name.lower()}_days"


def _in_words(terms: Terms) -> str:
    if not terms.on:
        return "never, it is off."
    parts = [
        f"{tier} at {terms.at_most[tier]}{' or less' if terms.at_most[tier] else ''}, {terms.due_days[tier]} days"
        for tier in Tier
        if tier in terms.due_days
    ]
    return f"{'; '.join(parts)}."


def _schedule_in_words(schedule: Schedule) -> str:
    tiers = [
        f"{tier} every {schedule.months[tier]} months" if tier in schedule.months else f"{tier} when wished"
        for tier in Tier
    ]
    return (
        f"{', '.join(tiers)}; within {schedule.first_days} days of a start or a new contract manager; "
        f"{schedule.months_before_end} months before the end."
    )


def _only_leads() -> Message:
    return say("Only the SRM lead and deputy can change this. Nothing was changed.")
