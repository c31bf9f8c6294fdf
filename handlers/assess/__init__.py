"""The self-assessment in chat: find the contract, answer, see what came of it."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.assess import contact, settings
from handlers.assess.access import Directory, may_see_scores
from handlers.assess.consequences import Case, Consequence
from handlers.assess.picking import (
    START,
    Start,
    assessable,
    choice_of,
    cover_first,
    last_of,
    meant,
    name_in,
    not_found,
    not_theirs,
    reference_in,
)
from handlers.assess.questions import ANSWERS, Answering, assessment_form
from handlers.assess.result import Compared, result_message
from handlers.assess.rules import definition
from handlers.assess.showing import SHOW_ASSESSMENT, ShowAssessment, overview
from handlers.assess.submitting import keep, key_of, previous
from handlers.assess.words import day
from handlers.conversation.acts import Command, TurnHandler
from handlers.conversation.form import Form
from handlers.conversation.message import Message, say
from handlers.conversation.reply import Notice, Reply, private, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from handlers.services import NoPictures, Pictures, Services
from knowledge.scoring import medians
from storage.assessments import Assessment
from storage.contracts import Contract, may_see
from storage.database import Store

_REFERENCE = r"(?P<reference>[a-z]{2,6}-\d{2,6})"


def register(router: Router, services: Services, pictures: Pictures) -> None:
    """Assessing, looking at assessments, and the SRM lead's settings for them."""
    assess = Assess(services, pictures, router.as_question)
    router.on_command(
        Command(
            "assess",
            "assess the cleaning contract",
            "Assess one of your contracts, in a few minutes",
            (
                r"assess|(start |begin |new |do )?(a |an |my |the )?(new )?self[- ]?assess(ment)?|start (an )?assessment",
                rf"(self[- ])?assess (contract )?{_REFERENCE}",
                r"assess (the |my |our )?(?P<name>(?!.*\b(on|of|for|in|whether|if|how)\b)[^?]{2,80}) contract",
            ),
            skill="assess",
        ),
        assess.start_typed,
    )
    router.on_command(
        Command(
            "assess by supplier",
            "assess Larkspur Living",
            "Assess the contract of a supplier, or one by its name",
            (r"assess (the |my |our )?(?P<name>[^?]{3,60})",),
        ),
        assess.start_named,
    )
    router.on_command(
        Command(
            "my assessments",
            "my assessments",
            "See when your contracts were assessed and are due",
            (r"(show |list )?(me )?(my |overdue |my overdue )(self[- ])?assessments",),
        ),
        assess.mine,
    )
    router.on_command(
        Command(
            "show assessment",
            "show assessment of CMA-2015",
            "See a contract's last self-assessment",
            (rf"(show |open )?(the )?(last )?(self[- ])?assessment (of|for) {_REFERENCE}",),
        ),
        assess.show_typed,
    )
    router.on_click(START, assess.start)
    router.on_click(SHOW_ASSESSMENT, assess.show)
    router.on_form(ANSWERS, assess.send, assess.build)
    contact.register(router, services.questions.newest)
    settings.register(router, services.questions.newest)


class Assess:
    """Takes a person from a contract's name to a result."""

    def __init__(self, services: Services, pictures: Pictures, as_question: TurnHandler) -> None:
        self._services = services
        self._pictures = pictures
        self._sets = services.questions
        self._as_question = as_question

    async def start_typed(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Find the contract that was typed, or offer those that the person may assess."""
        reference = args.get("reference") or reference_in(turn.text)
        if reference:
            return await self.start(turn, store, Start(reference))
        mine = await assessable(turn, store, await Directory.read(store))
        name = args.get("name") or name_in(turn.text)
        if not mine and not name:
            return reply(
                say(
                    "You have no contract to assess. A contract's manager or deputy assesses it. "
                    "If one should name you, ask your CMA expert user to correct the record."
                )
            )
        found = meant(name, mine) if name else mine
        if len(found) == 1:
            return await self.start(turn, store, Start(found[0].reference))
        if not found:
            return reply(not_found(name))
        return private(choice_of(found, "Which contract do you want to assess?"))

    async def start_named(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """Begin with the contract of that name or supplier; anything else to assess is a question of guidance."""
        mine = await assessable(turn, store, await Directory.read(store))
        if meant(name_in(turn.text), mine):
            return await self.start_typed(turn, store, args)
        return await self._as_question(turn, store)

    async def start(self, turn: Turn, store: Store, params: Start) -> Reply:
        """Begin the assessment of one contract."""
        contract = await store.contracts.by_reference(params.reference)
        answering = Answering(params.reference)
        if contract is not None and turn.person_id is not None:
            answering = await last_of(store, contract, turn.person_id)
        form = await self.build(turn, store, answering)
        return form if isinstance(form, Reply) else Reply(form=form, private=True)

    async def build(self, turn: Turn, store: Store, params: Answering) -> Form | Reply:
        """The form for a contract, or why it can't be assessed; asked again before every answer is taken."""
        directory = await Directory.read(store)
        contract = await store.contracts.locked(params.reference)
        if contract is None or not may_see(turn.profile, contract, directory.units):
            return reply(not_found(params.reference.upper()))
        around = directory.around(contract)
        if around.manager_has_left:
            return self._cover_first(turn, directory, contract)
        if not around.answers_for(turn.person_id):
            return reply(not_theirs(contract))
        assert turn.person_id is not None, "only somebody in the directory answers for a contract"
        sent = await store.assessments.by_key(key_of(contract, turn.person_id, params))
        if sent is not None:
            return private(
                say(
                    f"You have sent this assessment of {contract.reference} already, on {day(sent.day)}. "
                    "Nothing was changed. To answer again, type "
                    f"'assess {contract.reference}'; to see it, type 'show assessment of {contract.reference}'."
                )
            )
        questions = self._sets.of(params.question_set)
        if questions is None:
            return private(_no_longer_kept(contract))
        high_risk, _ = await definition(store, questions, "high_risk")
        return assessment_form(questions, contract, params, high_risk)

    async def send(self, turn: Turn, store: Store, params: Answering, values: Mapping[str, str]) -> Reply:
        """Keep an assessment. The router has just built the form again, so right and contract still hold."""
        contract = await store.contracts.locked(params.reference)
        questions = self._sets.of(params.question_set)
        assert contract is not None, "the form was made of it in this very turn"
        assert questions is not None, "and of these questions"
        directory = await Directory.read(store)
        case, following, notices = await keep(
            turn, store, params, values, questions=questions, around=directory.around(contract)
        )
        shown = await self._result(store, directory, case, following)
        return Reply(messages=(shown,), private=True, notices=notices)

    async def mine(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """The person's contracts with their last assessment and when the next is due."""
        return await overview(turn, store)

    async def show_typed(self, turn: Turn, store: Store, args: Mapping[str, str]) -> Reply:
        """A contract's newest assessment, by its typed reference."""
        return await self.show(turn, store, ShowAssessment(args["reference"]))

    async def show(self, turn: Turn, store: Store, params: ShowAssessment) -> Reply:
        """A contract's newest assessment that the person may see."""
        directory = await Directory.read(store)
        contract = await store.contracts.by_reference(params.reference)
        found: Assessment | None = None
        if contract is not None and may_see(turn.profile, contract, directory.units):
            kept = await store.assessments.of_contract(contract.id)
            found = next((each for each in kept if may_see_scores(turn, directory, contract, each)), None)
        if contract is None or found is None:
            return reply(
                say(
                    f"I can't find an assessment of {params.reference.upper()} among those you may see. "
                    "Type 'my assessments' for yours."
                )
            )
        questions = self._sets.of(found.version)
        if questions is None:
            return private(_no_longer_kept(contract))
        case = Case(directory.around(contract), found, questions)
        rules = {each.id: each for each in questions.rules}
        following = [
            Consequence(each, rules[each.rule], new=True)
            for each in await store.followups.open_for(contract.id)
            if each.rule in rules
        ]
        return private(await self._result(store, directory, case, following))

    async def _result(
        self, store: Store, directory: Directory, case: Case, following: list[Consequence]
    ) -> Message:
        unit = directory.business_unit(case.contract)
        contracts = await store.contracts.all()
        inside = {each.id for each in contracts if unit and directory.business_unit(each) is unit}
        newest = await store.assessments.newest()
        peers = [each.scores for contract_id, each in newest.items() if contract_id in inside]
        before = previous(await store.assessments.of_contract(case.contract.id), case)
        compared = Compared(before, medians(peers))
        # The picture has the areas that are asked about now.
        now, then = self._sets.newest.areas, case.questions.areas
        drawn = [each.name for each in now] == [each.name for each in then]
        pictures = self._pictures if drawn else NoPictures()
        return result_message(case, compared, following, self._services.library, pictures)

    def _cover_first(self, turn: Turn, directory: Directory, contract: Contract) -> Reply:
        around = directory.around(contract)
        asked = around.member or around.lead
        if asked is None or turn.person_id == asked.id:
            return private(cover_first(around, member=True))
        key = f"cover:{contract.id}:{contract.manager_id}:{asked.id}"
        notice = Notice(key, asked.id, cover_first(around, member=True), "cover wanted")
        return Reply(messages=(cover_first(around, member=False),), private=True, notices=(notice,))


def _no_longer_kept(contract: Contract) -> Message:
    return say(
        f"This was answered with earlier questions about {contract.reference}, which are not kept any more. "
        f"Type 'assess {contract.reference}' to answer those of today."
    )
