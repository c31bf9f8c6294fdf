"""An installation as `covenant setup` leaves it: the model in its integer build, the index kept."""

from __future__ import annotations

from pathlib import Path

from bot.knowledge_base import faster_model
from bot.settings import Settings
from knowledge.search.quantise import quantise


def settings_in(folder: Path) -> Settings:
    """The settings of an installation whose cache is in a folder; the model is made there where it is not yet."""
    settings = Settings(cache_dir=folder / "cache")
    if not faster_model(settings).exists():
        quantise(faster_model(settings))
    return settings
