"""What the bot can do besides answering, and the ways people ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from knowledge.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Skill:
    """One of the bot's own commands: its name, what it does in a line, and example requests."""

    name: str
    summary: str
    examples: tuple[str, ...]


class _Skill(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z_]+$")
    summary: str = Field(min_length=1)
    examples: tuple[str, ...] = Field(min_length=5)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    skills: tuple[_Skill, ...]


@cache
def load_skills() -> tuple[Skill, ...]:
    """The skills in knowledge/skills.yaml, in the file's order."""
    read = _File.model_validate(read_shipped("skills.yaml"))
    return tuple(Skill(skill.name, skill.summary, skill.examples) for skill in read.skills)
