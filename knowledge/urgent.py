"""Words that may mean an emergency: what to do now then comes before anything else."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from knowledge.shipped import read_shipped


class UrgentGroup(BaseModel):
    """Phrases of one kind of emergency, and the article whose do-now line says what comes first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    article: str
    phrases: tuple[str, ...] = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    urgent: tuple[UrgentGroup, ...]


class UrgentWords:
    """Finds the kind of emergency that a text may be about."""

    def __init__(self, groups: tuple[UrgentGroup, ...]) -> None:
        self.groups = groups
        self._patterns = [
            (group, re.compile(rf"\b(?:{'|'.join(map(re.escape, group.phrases))})\b", re.IGNORECASE))
            for group in groups
        ]

    @classmethod
    def load(cls) -> UrgentWords:
        """The words in knowledge/urgent.yaml."""
        return cls(_File.model_validate(read_shipped("urgent.yaml")).urgent)

    def find(self, text: str) -> UrgentGroup | None:
        """The first group with a phrase in the text."""
        return next((group for group, pattern in self._patterns if pattern.search(text)), None)
