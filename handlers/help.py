"""What Covenant can do, in the words of the person who asks; and the first welcome."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.conversation.message import Bullets, Message, Note, Text, bold, spans
from handlers.conversation.reply import Reply, reply
from handlers.conversation.router import ClickAction, Command, NoParams, Router
from handlers.conversation.turn import Turn
from storage.database import Store

SHOW_HELP = ClickAction("help.show", NoParams)
WHAT_I_CAN_DO = SHOW_HELP.button("What can you do?", NoParams())

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
            (r"help|\?|menu|commands|what can you do|what commands are there",),
            skill="help",
        ),
        helper.help,
    )
    router.on_command(
        Command("cancel", "cancel", "Leave what you are in the middle of", (r"cancel|stop|never ?mind",)),
        helper.cancel,
    )
    router.on_click(SHOW_HELP, helper.clicked)
    router.on_opened(helper.welcome)


class Help:
    """Speaks about the bot itself."""

    def __init__(self, router: Router) -> None:
        self._router = router

    async def help(self, turn: Turn, _store: Store, _args: Mapping[str, str]) -> Reply:
        """List what this person can do."""
        return reply(self._help_message(turn))

    async def clicked(self, turn: Turn, _store: Store, _params: NoParams) -> Reply:
        """The same, from a button."""
        return reply(self._help_message(turn))

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
                    self._commands(turn),
                    Note(spans(_PRIVACY)),
                ),
            )
        )

    def _help_message(self, turn: Turn) -> Message:
        return Message(
            "Here is what I can do.",
            (
                Text(
                    spans(
                        "Ask a question about managing a contract in your own words, such as "
                        "'the supplier keeps missing its targets'. You can also type:"
                    )
                ),
                self._commands(turn),
                Text(spans("You can type the words or the number of any button instead of clicking it.")),
                Note(spans(_PRIVACY)),
            ),
        )

    def _commands(self, turn: Turn) -> Bullets:
        mine = [each for each in self._router.commands if each.roles is None or turn.has(*each.roles)]
        return Bullets(tuple(spans([bold(each.example), f": {each.summary}"]) for each in mine))
