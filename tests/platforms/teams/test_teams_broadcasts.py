"""A broadcast in a Teams channel: what was typed calls nobody, and it changes in place."""

from __future__ import annotations

import json
from datetime import timedelta

from scheduler.broadcasts import Broadcasts
from tests.conftest import StandingClock
from tests.platforms.teams.room import Room, TeamsChat, cards_in, shown, text_in
from tests.platforms.teams.test_teams_threads import CHANNEL, in_channel

LOUD = "**Now** <at>everyone</at> @channel @team <at id='0'>Amira</at>"


async def goes_out(room: Room, clock: StandingClock) -> None:
    clock.forward(timedelta(minutes=2))
    await Broadcasts(room.app.database, room.app.clock, room.app.settings.zone).tick()
    await room.app.outbox.sweep()


async def test_marks_in_it_call_nobody_and_it_is_corrected_and_withdrawn_in_place(
    room: Room, lead: TeamsChat, clock: StandingClock
) -> None:
    await in_channel(room, lead, "name this channel community", "1795512345678")
    await lead.says("new broadcast")
    await lead.fills(title="<at>everyone</at> *Drop-in*", body=LOUD)
    await lead.clicks("Change the audience")
    await lead.fills(who="nobody", channels="1")
    await lead.clicks("Send it")
    await lead.clicks("Send to 1 channel")
    await goes_out(room, clock)
    (post,) = room.server.shown(CHANNEL)
    assert "<at>everyone</at> @channel @team" in shown(post.activity).text
    # Only an entity makes a mention, in a message or in a card; and a card has them in its `msteams` part.
    assert not post.activity.get("entities")
    assert "mention" not in json.dumps([each.get("msteams") for each in cards_in(post.activity)])
    await lead.says("broadcast 1")
    await lead.clicks("Correct it")
    await lead.fills(body="Come on Tuesday.")
    await goes_out(room, clock)
    assert "Come on Tuesday." in text_in(cards_in(post.activity)[0])
    await lead.clicks("Withdraw it")
    await goes_out(room, clock)
    assert "was withdrawn" in text_in(cards_in(post.activity)[0])
    assert len(room.server.shown(CHANNEL)) == 1
