"""Opening the knowledge base, and taking up its articles' changes while the service runs."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import Settings
from handlers.articles.writing import article_of
from handlers.services import Services
from knowledge.answer import Answerer
from knowledge.article import Article, ArticleError
from knowledge.library import ARTICLES, Library, LibraryError, Stamps, stamps_of
from knowledge.search.model import EmbeddingModel, ModelUnavailable
from storage.database import Database, Store
from storage.versions import VersionState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the database puts over the files. Two with one stamp are the same."""

    stamp: object
    articles: tuple[Article, ...] = field(default=(), compare=False)
    questions: tuple[tuple[str, str], ...] = field(default=(), compare=False)


NOTHING_OVER = Overlay(((), ()))


async def overlay_of(database: Database, known: Overlay = NOTHING_OVER) -> Overlay:
    """What is in force in the database; read only where it differs from what is known."""
    async with database.reading() as store:
        return await overlay_in(store, known)


async def overlay_in(store: Store, known: Overlay = NOTHING_OVER) -> Overlay:
    """The same, as it is read in a transaction."""
    stamp = await store.versions.stamp()
    if stamp == known.stamp:
        return known
    versions = await store.versions.in_state(VersionState.PUBLISHED)
    accepted = await store.versions.accepted()
    articles = []
    for version in versions:
        try:
            articles.append(article_of(version))
        except ArticleError as error:
            log.error("version %d is not taken up: %s", version.id, error)
    return Overlay(stamp, tuple(articles), tuple((each.slug, each.text) for each in accepted))


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
    overlay: Overlay = field(default_factory=lambda: NOTHING_OVER)

    async def renew_if_changed(self, database: Database | None = None) -> bool:
        """Take up what has changed in the files and, over them, in the database's versions.

        A mistake is logged, and the last good base goes on answering. Without a database the files alone count.
        """
        stamps = await asyncio.to_thread(stamps_of, self.folder)
        overlay = await overlay_of(database, self.overlay) if database else self.overlay
        if stamps == self.stamps and overlay == self.overlay:
            return False
        self.stamps, self.overlay = stamps, overlay
        try:
            library = await asyncio.to_thread(self._library)
        except LibraryError as error:
            log.error("the changed articles are not taken up:\n%s", error)
            return False
        # Changed words are shown and found at once; learning everything anew beside them takes some seconds more.
        changed = await asyncio.to_thread(self.services.answerer.changed, library)
        self.services.renew(library, changed or self.services.answerer)
        self.services.renew(library, await asyncio.to_thread(self._answerer, library))
        log.info("%d articles taken up", len(library))
        return True

    def _library(self) -> Library:
        return Library.load(self.folder).overlaid(self.overlay.articles, self.overlay.questions)

    def _answerer(self, library: Library) -> Answerer:
        # Vectors are cached by text: only what changed is encoded again.
        return Answerer.build(library, model=self.model, cache_dir=self.cache_dir)


def faster_model(settings: Settings) -> Path:
    """Where set-up keeps the integer build of the model."""
    return settings.cache_dir / "minilm-tuned-int8.onnx"


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
