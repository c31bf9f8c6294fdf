"""Opening the knowledge base, and taking up its articles' changes while the service runs."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from handlers.services import Services
from knowledge.answer import Answerer
from knowledge.library import ARTICLES, Library, LibraryError, Stamps, stamps_of
from knowledge.search.model import EmbeddingModel, ModelUnavailable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class KnowledgeBase:
    """The services over a folder of articles, with what is needed to renew them."""

    folder: Path
    cache_dir: Path | None
    model: EmbeddingModel | None
    # Why there is no embedding model, where there is none.
    without_model: str | None
    services: Services
    stamps: Stamps

    async def renew_if_changed(self) -> bool:
        """Take up changed articles; a mistake in one is logged, and the last good base goes on answering."""
        stamps = await asyncio.to_thread(stamps_of, self.folder)
        if stamps == self.stamps:
            return False
        self.stamps = stamps
        try:
            library, answerer = await asyncio.to_thread(self._built)
        except LibraryError as error:
            log.error("the changed articles are not taken up:\n%s", error)
            return False
        self.services.renew(library, answerer)
        log.info("%d articles taken up", len(library))
        return True

    def _built(self) -> tuple[Library, Answerer]:
        library = Library.load(self.folder)
        # Vectors are cached by text: only what changed is encoded again.
        return library, Answerer.build(library, model=self.model, cache_dir=self.cache_dir)


def faster_model(settings: Settings) -> Path:
    """Where set-up keeps the integer build of the model."""
    return settings.cache_dir / "minilm-int8.onnx"


def model_file(settings: Settings) -> Path | None:
    """The model file in force: the one that was set, else the integer build; None for the package's own."""
    if settings.model_path is not None:
        return settings.model_path
    faster = faster_model(settings)
    return faster if faster.exists() else None


def open_knowledge(settings: Settings, folder: Path = ARTICLES) -> KnowledgeBase:
    """The knowledge base with its index; LibraryError lists every mistake in the articles."""
    without_model: str | None = None
    model: EmbeddingModel | None = None
    stamps = stamps_of(folder)
    library = Library.load(folder)
    try:
        model = EmbeddingModel.load(model_file(settings))
    except ModelUnavailable as error:
        without_model = str(error)
        log.warning("answers are found by words alone: %s", error)
    answerer = Answerer.build(library, model=model, cache_dir=settings.cache_dir)
    services = Services(library, answerer, zone=settings.zone)
    return KnowledgeBase(folder, settings.cache_dir, model, without_model, services, stamps)
