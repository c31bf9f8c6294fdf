"""Run the measurements: `make bench`, or `python -m benchmarks turns slack teams` for some of them."""

import sys

from benchmarks import slack, teams, turns

KINDS = {"turns": turns.run, "slack": slack.run, "teams": teams.run}

for name in sys.argv[1:] or KINDS:
    KINDS[name]()
