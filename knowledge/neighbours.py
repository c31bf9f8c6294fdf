"""What people ask that Covenant does not answer, and the right place for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from knowledge.shipped import read_shipped


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A subject next door: its name, the sentence that points to the right place, and example requests."""

    name: str
    where: str
    examples: tuple[str, ...] = ()


class _Neighbour(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z_]+$")
    where: str = Field(min_length=1)
    examples: tuple[str, ...] = Field(min_length=5)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    neighbours: tuple[_Neighbour, ...]


@cache
def load_neighbours() -> tuple[Neighbour, ...]:
    """The neighbours in knowledge/neighbours.yaml, in the file's order."""
    read = _File.model_validate(read_shipped("neighbours.yaml"))
    return tuple(Neighbour(one.name, one.where, one.examples) for one in read.neighbours)
