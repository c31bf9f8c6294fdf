"""Run every measurement: `make bench`."""

from benchmarks import turns

turns.run()
