"""The local chat in a browser: pick a persona, move the clock, see both sides. Local mode and loopback only."""
