"""Run the measurements: `make bench`, or `python -m benchmarks turns outbox` for some of them."""

import sys

from benchmarks import broadcast, outbox, planning, slack, teams, turns

KINDS = {
    "turns": turns.run,
    "slack": slack.run,
    "teams": teams.run,
    "outbox": outbox.run,
    "planning": planning.run,
    "broadcast": broadcast.run,
}

for name in sys.argv[1:] or KINDS:
    KINDS[name]()
