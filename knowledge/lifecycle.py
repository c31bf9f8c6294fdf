"""The checklists of a contract's lifecycle: what each stage and a handover ask for."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge.shipped import read_shipped

Stage = Literal["plan", "procure", "mobilise", "operate", "change", "exit"]


class Item(BaseModel):
    """One thing to know. `on_record` names the register's field that answers it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    ask: str = Field(min_length=3)
    kind: Literal["date", "text", "yes_no"]
    on_record: Literal["starts", "ends", "notice_months", "extension_months"] | None = None


Items = Annotated[tuple[Item, ...], Field(min_length=1)]


class Lifecycle(BaseModel):
    """Every checklist, by stage, and the handover's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stages: dict[Stage, Items]
    handover: Items

    @model_validator(mode="after")
    def _distinct(self) -> Lifecycle:
        for items in (*self.stages.values(), self.handover):
            if len({each.id for each in items}) != len(items):
                raise ValueError("an id stands twice in one checklist")
        return self


@cache
def lifecycle() -> Lifecycle:
    """The checklists that ship with Covenant."""
    return Lifecycle.model_validate(read_shipped("questions/lifecycle.yaml"))
