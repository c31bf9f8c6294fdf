"""Loading the improvement plan from its YAML file, strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from storage.database import Store
from storage.months import Month
from storage.programme import (
    Action,
    ActionOwner,
    ActionStatus,
    Checkpoint,
    Duty,
    Owner,
    Programme,
    Workstream,
)

PLAN_FILE = Path(__file__).parent / "seed" / "programme.yaml"


class PlanError(Exception):
    """The plan file cannot be loaded; the text says where and why."""


def _review(value: object) -> object:
    """The word "ongoing", or the months of a list."""
    if not isinstance(value, list):
        return value
    return tuple(Month.parse(str(each)) for each in value)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class WorkstreamRow(_Row):
    """One workstream of the file."""

    id: str
    number: int
    wave: int
    name: str
    table_label: str


class ActionRow(_Row):
    """One action of the file. `review` is a list of months, or the word "ongoing"."""

    id: Annotated[str, Field(pattern=r"^W[123]-\d{2}$")]
    number: int
    workstream: str
    text: str
    owners: tuple[Owner, ...] = Field(min_length=1)
    owner_as_printed: str
    owner_misprint: bool = False
    copy_to: tuple[Owner, ...] = ()
    review: Annotated[Literal["ongoing"] | tuple[Month, ...], BeforeValidator(_review)]
    tiers: tuple[str, ...] = ()
    trigger: str = ""
    notes: str = ""


class DutyRow(_Row):
    """One duty that only the narrative names."""

    id: Annotated[str, Field(pattern=r"^N-\d{2}$")]
    text: str
    suggested_owner: Owner
    source_paragraph: str
    recurrence: str = ""
    note: str = ""


class PlanFile(_Row):
    """The whole plan."""

    title: str
    source: str
    workstreams: tuple[WorkstreamRow, ...]
    actions: tuple[ActionRow, ...]
    duties: tuple[DutyRow, ...]

    @model_validator(mode="after")
    def _consistent(self) -> PlanFile:
        streams = {each.id for each in self.workstreams}
        ids = [each.id for each in self.actions] + [each.id for each in self.duties]
        repeated = {each for each in ids if ids.count(each) > 1}
        if repeated:
            raise ValueError(f"these ids stand twice: {', '.join(sorted(repeated))}")
        for action in self.actions:
            if action.workstream not in streams:
                raise ValueError(f"{action.id} names the unknown workstream '{action.workstream}'")
            if not action.review:
                raise ValueError(f"{action.id} has no review month; give one, or write 'ongoing'")
        return self

    @property
    def original_start(self) -> Month:
        """The earliest review month: the plan's own first month."""
        return min(month for each in self.actions if each.review != "ongoing" for month in each.review)


def read_plan(path: Path = PLAN_FILE) -> PlanFile:
    """The plan in a file; PlanError says what is wrong with it."""
    try:
        return PlanFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise PlanError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PlanError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise PlanError(f"{path}: is not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise PlanError(f"{path}: {where}: {first['msg']}") from error


async def load_plan(store: Store, plan: PlanFile) -> int:
    """Put the plan into the database and say how many actions are new.

    What people have recorded since (status, months in force) is kept; texts follow the file.
    """
    programme = await store.programme.current()
    if programme is None:
        store.programme.add(
            Programme(id=1, title=plan.title, source=plan.source, original_start=plan.original_start)
        )
        for stream in plan.workstreams:
            store.programme.add(Workstream(**stream.model_dump()))
        for duty in plan.duties:
            store.programme.add(Duty(**duty.model_dump()))
        await store.programme.flush()
    known = await store.programme.existing()
    waves = {each.id: each.wave for each in plan.workstreams}
    new = [row for row in plan.actions if row.id not in known]
    for row in plan.actions:
        if row.id in known:
            known[row.id].text, known[row.id].notes = row.text, row.notes
    for row in new:
        await _add_action(store, row, waves[row.workstream])
    return len(new)


async def _add_action(store: Store, row: ActionRow, wave: int) -> None:
    ongoing = row.review == "ongoing"
    store.programme.add(
        Action(
            id=row.id,
            number=row.number,
            wave=wave,
            workstream_id=row.workstream,
            text=row.text,
            owner_as_printed=row.owner_as_printed,
            owner_misprint=row.owner_misprint,
            status=ActionStatus.ONGOING if ongoing else ActionStatus.NOT_STARTED,
            tiers=list(row.tiers),
            trigger=row.trigger,
            notes=row.notes,
        )
    )
    await store.programme.flush()
    for position, owner in enumerate((*row.owners, *row.copy_to)):
        store.programme.add(
            ActionOwner(action_id=row.id, owner=owner, position=position, copied=position >= len(row.owners))
        )
    months = () if row.review == "ongoing" else row.review
    for position, month in enumerate(months):
        store.programme.add(Checkpoint(action_id=row.id, position=position, original=month))
