"""What Covenant can do, in the words of the person who asks; and the first welcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handlers import topics
from handlers.conversation.acts import ClickAction, Command, NoParams, Topic
from handlers.conversation.message import Bullets, Button, Buttons, Heading, Message, Note, Text, bold, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import Router
from handlers.conversation.turn import Turn
from storage.database import Store


@dataclass(frozen=True, slots=True)
class About:
    """A topic, by its name."""

    topic: str


SHOW_HELP = ClickAction("help.show", NoParams)
SHOW_TOPIC = ClickAction("help.topic", About)
WHAT_I_CAN_DO = SHOW_HELP.button("What can you do?", NoParams())

# The names of the commands that people need most days, in the order in which they are shown.
_EVERYDAY = ("what is due", "my contracts", "assess", "actions", "expert", "remind", "digest", "deliveries")
_IN_THE_WELCOME = 4
_TOPICS = "|".join(each.name for each in topics.ALL)
_PRIVACY = (
    "I keep your questions and what I answered, so that gaps can be filled. "
    "Do not type personal details about service users or staff."
)


def register(router: Router) -> None:
    """Help, the way out, and the first welcome."""
    helper = Help(router)
    router.on_command(
        Command(
            "help",
            "help",
            "See what I can do",
            (
                r"help|\?|menu|commands|what can you do|what commands are there",
                rf"help (?:with |on |about )?(?:my |the )?(?P<topic>{_TOPICS})",
                r"help (?:with |on |about )?(?P<all>everything|all)|all commands",
            ),
            skill="help",
        ),
        helper.help,
    )
    router.on_command(
        Command("cancel", "cancel", "Leave what you are in the middle of", (r"cancel|stop|never ?mind",)),
        helper.cancel,
    )
    router.on_click(SHOW_HELP, helper.clicked)
    router.on_click(SHOW_TOPIC, helper.topic_clicked)
    router.on_opened(helper.welcome)


class Help:
    """Speaks about the bot itself."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def help(self, turn: Turn, _store: Store, args: Mapping[str, str]) -> Reply:
        """What this person can do: the everyday things, one topic, or everything."""
        if "all" in args:
            return reply(self._everything(turn))
        topic = args.get("topic")
        return reply(self._topic_message(turn, topic) if topic else self._help_message(turn))

    async def clicked(self, turn: Turn, _store: Store, _params: NoParams) -> Reply:
        """The everyday things, from a button."""
        return reply(self._help_message(turn))

    async def topic_clicked(self, turn: Turn, _store: Store, params: About) -> Reply:
        """One topic, from a button."""
        return reply(self._topic_message(turn, params.topic))

    async def cancel(self, turn: Turn, store: Store, _args: Mapping[str, str]) -> Reply:
        """Forget the choices just offered."""
        conversation = await store.conversations.open(turn.inbound.address.key, turn.received_at)
        conversation.recent_questions = []
        return reply(Message("Cancelled.", (Text(spans("Cancelled. Nothing else was changed. Ask away.")),)))

    async def welcome(self, turn: Turn, _store: Store) -> Reply:
        """Say what Covenant is, what it stores and what to do first."""
        name = turn.person.name.split()[0] if turn.person else None
        hello = f"Hello {name}. " if name else "Hello. "
        return reply(
            Message(
                f"{hello}I am Covenant, your contract management assistant.",
                (
                    Text(spans([hello, "I am ", bold("Covenant"), ", your contract management assistant."])),
                    Text(
                        spans(
                            "Ask me about managing a contract in your own words. "
                            "I answer from the council's curated guidance and tell you the source."
                        )
                    ),
                    Text(spans("You can also type:")),
                    _bullets(self._everyday(turn)[:_IN_THE_WELCOME]),
                    Note(spans(_PRIVACY)),
                    Buttons((WHAT_I_CAN_DO,)),
                ),
            )
        )

    def _help_message(self, turn: Turn) -> Message:
        mine = self._mine(turn)
        return Message(
            "Here is what I can do.",
            (
                Text(
                    spans(
                        "Ask a question about managing a contract in your own words, such as "
                        "'the supplier keeps missing its targets'. You can also type:"
                    )
                ),
                _bullets(self._everyday(turn)),
                Heading("More"),
                Bullets(tuple(spans([bold(f"help {each.name}"), f": {each.summary}"]) for each in mine)),
                Text(spans("You can type the words or the number of any button instead of clicking it.")),
                Note(spans(_PRIVACY)),
                Buttons(tuple(_button(each) for each in mine)),
            ),
        )

    def _topic_message(self, turn: Turn, name: str) -> Message:
        mine = self._mine(turn)
        found = next((each for each in mine if each.name == name), None)
        if found is None:
            return self._help_message(turn)
        title = f"Help with {found.name}"
        return Message(title, (Heading(title), _bullets(mine[found]), Buttons((WHAT_I_CAN_DO,))))

    def _everything(self, turn: Turn) -> Message:
        parts = [(Heading(f"Help with {each.name}"), _bullets(had)) for each, had in self._mine(turn).items()]
        return Message("Everything I can do", tuple(block for part in parts for block in part))

    def _mine(self, turn: Turn) -> dict[Topic, list[Command]]:
        """The commands of this person by topic, without topics where there is nothing for them."""
        found = {
            topic: [
                each
                for each in self._router.topics.get(topic, ())
                if each.roles is None or turn.has(*each.roles)
            ]
            for topic in topics.ALL
        }
        return {topic: commands for topic, commands in found.items() if commands}

    def _everyday(self, turn: Turn) -> list[Command]:
        mine = {each.name: each for commands in self._mine(turn).values() for each in commands}
        return [mine[name] for name in _EVERYDAY if name in mine]


def _button(topic: Topic) -> Button:
    return SHOW_TOPIC.button(f"Help with {topic.name}", About(topic.name))


def _bullets(commands: Iterable[Command]) -> Bullets:
    return Bullets(tuple(spans([bold(each.example), f": {each.summary}"]) for each in commands))
