"""Briefings and drop-ins: planned, announced, attended."""
