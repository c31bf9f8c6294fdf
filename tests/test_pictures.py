"""Pictures by their signed address: what was given out is drawn, anything else is not there."""

from __future__ import annotations

import io

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from bot.app import App
from bot.pictures import SignedPictures, draw
from bot.settings import Settings
from handlers.services import AreaScores
from tests.driver import served

SCORES = AreaScores((0, 1, 2, 3, None, 2, 1, 0, 3), (None,) * 9, (1.5, *[None] * 8))
PICTURES = SignedPictures(b"a key of this test", "https://covenant.example.gov.uk/")
LEVELS = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=9, max_size=9)
HALVES = st.lists(st.sampled_from([None, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]), min_size=9, max_size=9)


@given(now=LEVELS, before=LEVELS, medians=HALVES)
def test_an_address_says_its_scores(
    now: list[int | None], before: list[int | None], medians: list[float | None]
) -> None:
    scores = AreaScores(tuple(now), tuple(before), tuple(medians))
    assert PICTURES.read(PICTURES.token(scores)) == scores


@given(st.text(max_size=80))
def test_no_other_text_is_an_address(text: str) -> None:
    assert PICTURES.read(text) is None


def test_another_key_signs_otherwise() -> None:
    assert SignedPictures(b"another key", "").read(PICTURES.token(SCORES)) is None
    address = PICTURES.address(SCORES)
    assert address is not None
    assert address.startswith("https://covenant.example.gov.uk/pictures/")


async def test_a_picture_is_fetched_over_http(app: App) -> None:
    assert app.pictures is not None
    address = app.pictures.address(SCORES)
    assert address is not None
    assert address.startswith("/pictures/")
    async with served(app) as base, ClientSession() as session:
        async with session.get(base + address) as answer:
            assert answer.status == 200
            assert answer.content_type == "image/png"
            drawn = Image.open(io.BytesIO(await answer.read()))
            assert drawn.width > drawn.height > 300
        async with session.get(base + address.replace("/pictures/", "/pictures/A")) as refused:
            assert refused.status == 404


def test_a_picture_explains_the_marks_that_it_has() -> None:
    plain = AreaScores(SCORES.now, (None,) * 9, (None,) * 9)
    with_marks = AreaScores(SCORES.now, (1,) * 9, (1.5,) * 9)
    keys = [Image.open(io.BytesIO(draw(each))).crop((0, 440, 1000, 472)) for each in (plain, with_marks)]
    widths = [key.convert("L").point(lambda ink: 255 - ink).getbbox() for key in keys]
    assert widths[0] is not None
    assert widths[1] is not None
    assert widths[0][2] - widths[0][0] < (widths[1][2] - widths[1][0]) / 2


@pytest.mark.parametrize("address", ["http://covenant.example.gov.uk", "covenant", "https://x.uk/?a=b"])
def test_a_public_address_is_https(address: str) -> None:
    with pytest.raises(ValidationError, match="is not a public address"):
        Settings(public_url=address)
