"""In Teams, an expert answers in the reply chain of the channel by naming Covenant."""

from __future__ import annotations

import itertools

from tests.conftest import Cast
from tests.platforms.teams.conftest import person_of
from tests.platforms.teams.room import Room, TeamsChat, shown

CHANNEL = "19:253b1f341670408fb6fb2b7ab0d2bd5c@thread.tacv2"
_numbers = itertools.count(1)


async def in_channel(room: Room, chat: TeamsChat, text: str, post: str, *, named: bool = True) -> None:
    name = "message_channel_mention" if named else "message_channel_followup"
    activity = room.server.activity(name, id=f"channel-{next(_numbers)}")
    activity["text"] = f"<at>Covenant</at> {text}" if named else text
    activity["from"]["id"] = chat.user
    activity["conversation"]["id"] = f"{CHANNEL};messageid={post}"
    status, _ = await room.post(activity)
    assert status == 200


async def test_an_expert_answers_in_the_chain_and_the_askers_reply_comes_back_there(
    room: Room, manager: TeamsChat, lead: TeamsChat, cast: Cast
) -> None:
    expert = room.person(await person_of(room, cast.other_manager))
    await in_channel(room, lead, "use this channel for the community", "1795512345678")
    await manager.says("ask an expert")
    await manager.fills(question="Who keeps the bond?")
    (post,) = room.server.shown(CHANNEL)
    assert "Who keeps the bond?" in shown(post.activity).text
    await in_channel(room, expert, "Legal keeps it.", post.id)
    answer = (await manager.screen())[-1]
    assert "has answered your question" in answer.text
    assert "Legal keeps it." in answer.text
    chain = f"{CHANNEL};messageid={post.id}"
    assert "Request 1 is answered" in shown(room.server.shown(chain)[-1].activity).text

    await manager.clicks("Reply to request 1")
    await manager.fills(words="Since when? <at>everyone</at>")
    back = room.server.shown(chain)[-1].activity
    assert "Since when? <at>everyone</at>" in shown(back).text
    assert not back.get("entities")
    # Where a team lets Covenant read along, words that do not name it come through as well.
    await in_channel(room, expert, "Since 2019.", post.id, named=False)
    assert "Since 2019." in (await manager.screen())[-1].text
