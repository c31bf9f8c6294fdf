"""What the words of entries come to is kept for the next start, and read anew when anything about it changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.search import Entry, Index

ENTRIES = (
    Entry("bond", "Bonds", ("when is a bond given back", "who keeps the bond"), "## Keeping\n\nIn the safe."),
    Entry("lots", "Lots", ("what is a lot", "how many lots"), "## Size\n\nSmall ones for small firms."),
    Entry("cafe", "Café ☕ hours", ("is the café open",), ""),
)
QUESTIONS = ("when do they give the bond bak", "lots for small firms", "café", "", "zebra")


def found(entries: tuple[Entry, ...], folder: Path | None) -> list[list[tuple[str, float]]]:
    index = Index.build(entries, model=None, cache_dir=folder)
    return [[(hit.id, hit.score) for hit in index.search(question)] for question in QUESTIONS]


def test_the_second_start_finds_the_same(tmp_path: Path) -> None:
    first = found(ENTRIES, tmp_path)
    assert len(list(tmp_path.glob("words-*.npz"))) == 1
    assert found(ENTRIES, tmp_path) == first == found(ENTRIES, None)


@pytest.mark.parametrize("content", [b"", b"cut short", b"PK\x03\x04"])
def test_a_broken_file_is_made_anew(tmp_path: Path, content: bytes) -> None:
    first = found(ENTRIES, tmp_path)
    (file,) = tmp_path.glob("words-*.npz")
    file.write_bytes(content)
    assert found(ENTRIES, tmp_path) == first
    assert file.stat().st_size > len(content)


def test_a_changed_entry_is_read_anew(tmp_path: Path) -> None:
    found(ENTRIES, tmp_path)
    changed = (replace(ENTRIES[0], questions=("what about the zebra",)), *ENTRIES[1:])
    assert found(changed, tmp_path)[-1][0][0] == "bond"
    assert len(list(tmp_path.glob("words-*.npz"))) == 2


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(7):
        found((replace(ENTRIES[0], title=f"Bonds {number}"),), tmp_path)
    assert len(list(tmp_path.glob("words-*.npz"))) == 4
