"""The question sets, as data."""
