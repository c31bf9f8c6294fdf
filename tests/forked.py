"""Processes of their own that start at once: each is forked from one that has imported Covenant already.

Importing takes about two seconds of processor time, which dozens of tests would otherwise each pay again.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["bot.cli", "bot.platforms.slack.platform", "bot.platforms.teams.platform"])


def run_program(
    words: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    files: Sequence[Path],
    timeout: float = 60,
) -> int:
    """The exit code of the installed program; `files` are what it reads, what it says and its errors."""
    process = CONTEXT.Process(target=_program, args=(list(words), folder, dict(environment), list(files)))
    process.start()
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"covenant {' '.join(words)} took longer than {timeout:.0f} s")
    return process.exitcode


def _program(words: list[str], folder: Path, environment: dict[str, str], files: Sequence[Path]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, file in enumerate(files):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(file, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115  # they live as long as it
        for number in range(3)
    )
    sys.argv = ["covenant", *words]
    from bot.cli import main  # noqa: PLC0415

    main()
