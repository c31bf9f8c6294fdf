"""What the tests of storage share."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.database import Database
from tests.storage.import_desk import Desk


@pytest.fixture
def desk(bare_database: Database, tmp_path: Path) -> Desk:
    return Desk(bare_database, tmp_path)
