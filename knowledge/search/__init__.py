"""Finding an entry by what a person types: words, spelling, likeness of letters, and meaning."""

from knowledge.search.entry import Entry, Hit
from knowledge.search.index import Index

__all__ = ["Entry", "Hit", "Index"]
