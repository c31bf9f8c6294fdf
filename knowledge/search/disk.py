"""Arrays kept in a folder between starts. Losing them costs time only, so nothing here can fail a caller."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]


def read(folder: Path | None, name: str) -> dict[str, Array] | None:
    """The arrays kept under a name; None where there are none, or none that can be read."""
    if folder is None:
        return None
    try:
        # Opened here, because numpy leaves a file it cannot read open.
        with (folder / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return {key: kept[key] for key in kept.files}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None  # none yet, or cut short by a crash


def write(folder: Path | None, name: str, arrays: Mapping[str, Array]) -> None:
    """Keep arrays under a name, replacing what was there in one step."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as made:
            np.savez(made, **arrays)  # type: ignore[arg-type]  # the stub takes the names for options
        Path(made.name).replace(folder / f"{name}.npz")
    except OSError:
        return


def forget_older(folder: Path | None, pattern: str, keep: int) -> None:
    """Remove all but the newest files of a pattern."""
    if folder is None:
        return
    try:
        files = sorted(folder.glob(pattern), key=lambda file: file.stat().st_mtime, reverse=True)
        for file in files[keep:]:
            file.unlink(missing_ok=True)
    except OSError:
        return
