"""Pictures that the chat platforms fetch: drawn from numbers in their address, which is signed.

Nothing is kept. An address says neither which contract nor whose scores it shows, and can't be made up.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import io
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from aiohttp import web
from PIL import Image, ImageDraw, ImageFont

from handlers.services import AreaScores
from knowledge.assessment import load_question_set

KEY = "picture key"
PATH = "/pictures/"
_UNKNOWN = 255
_SIGNATURE = 16
# Kept for a day by whoever fetched it: the same address always shows the same.
_KEPT = "private, max-age=86400, immutable"

_WIDTH, _ROW, _TOP, _LEFT, _UNIT = 1000, 40, 56, 480, 150
_INK, _BAR, _RULE, _MARK = "#0b0c0c", "#1d70b8", "#b1b4b6", "#942514"


class SignedPictures:
    """Gives out addresses of pictures, and draws what an address says."""

    def __init__(self, key: bytes, base: str) -> None:
        """`base` is Covenant's own address as the platforms reach it; empty for one on this machine only."""
        self._key = key
        self._base = base.rstrip("/")
        self._draw = lru_cache(maxsize=64)(draw)

    def address(self, scores: AreaScores) -> str | None:
        """Where the picture of these scores can be fetched."""
        return f"{self._base}{PATH}{self.token(scores)}.png"

    def token(self, scores: AreaScores) -> str:
        """The scores and their signature, as text that an address can hold."""
        numbers = bytes([*_bytes(scores.now), *_bytes(scores.before), *_bytes(scores.medians)])
        return base64.urlsafe_b64encode(numbers + self._signature(numbers)).decode().rstrip("=")

    def read(self, token: str) -> AreaScores | None:
        """The scores of a token, or None where it is not one of ours."""
        try:
            packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        numbers, signature = packed[:-_SIGNATURE], packed[-_SIGNATURE:]
        areas = len(load_question_set().areas)
        if len(numbers) != 3 * areas or not hmac.compare_digest(signature, self._signature(numbers)):
            return None
        now, before, medians = (numbers[start : start + areas] for start in (0, areas, 2 * areas))
        return AreaScores(_whole(now), _whole(before), tuple(_read(each) for each in medians))

    async def serve(self, request: web.Request) -> web.Response:
        """The picture of an address; 404 for one that was not given out."""
        scores = self.read(request.match_info["token"])
        if scores is None:
            raise web.HTTPNotFound(text="There is no such picture.")
        body = await asyncio.to_thread(self._draw, scores)
        return web.Response(body=body, content_type="image/png", headers={"Cache-Control": _KEPT})

    def _signature(self, numbers: bytes) -> bytes:
        return hmac.new(self._key, numbers, sha256).digest()[:_SIGNATURE]


def draw(scores: AreaScores) -> bytes:
    """A bar for each area, a line for the score before, a diamond for the median; as PNG."""
    names = [each.name for each in load_question_set().areas]
    height = _TOP + _ROW * len(names) + 56
    image = Image.new("RGB", (_WIDTH, height), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(17)
    for level in range(4):
        x = _LEFT + level * _UNIT
        pen.line([(x, _TOP - 12), (x, height - 48)], fill=_RULE)
        pen.text((x, _TOP - 30), str(level), fill=_INK, font=font, anchor="mm")
    for row, name in enumerate(names):
        y = _TOP + row * _ROW + _ROW // 2
        pen.text((_LEFT - 16, y), name, fill=_INK, font=font, anchor="rm")
        _row(pen, y, (scores.now[row], scores.before[row], scores.medians[row]), font)
    pen.text((_WIDTH // 2, height - 22), _key(scores), fill=_INK, font=font, anchor="mm")
    packed = io.BytesIO()
    image.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def _key(scores: AreaScores) -> str:
    """What the marks mean, of those that are there."""
    said = ["Bar: score now."]
    said += ["Line: last time."] if any(each is not None for each in scores.before) else []
    said += (
        ["Diamond: median of the Business Unit."] if any(each is not None for each in scores.medians) else []
    )
    return "   ".join(said)


def _row(
    pen: ImageDraw.ImageDraw,
    y: int,
    values: tuple[int | None, int | None, float | None],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    now, before, median = values
    if now is None:
        pen.text((_LEFT + 10, y), "unknown", fill=_INK, font=font, anchor="lm")
    else:
        # A score of 0 is a sliver: nothing at all would look like a gap.
        pen.rectangle([_LEFT, y - 11, _LEFT + max(4, now * _UNIT), y + 11], fill=_BAR)
    if before is not None:
        x = _LEFT + before * _UNIT
        pen.line([(x, y - 16), (x, y + 16)], fill=_INK, width=4)
    if median is not None:
        x = _LEFT + round(median * _UNIT)
        pen.polygon([(x, y - 9), (x + 9, y), (x, y + 9), (x - 9, y)], fill=_MARK, outline="white")


def _bytes(values: Sequence[float | None]) -> list[int]:
    """Numbers in halves: a median may lie between two scores."""
    return [_UNKNOWN if each is None else round(2 * each) for each in values]


def _read(value: int) -> float | None:
    return None if value == _UNKNOWN else value / 2


def _whole(values: bytes) -> tuple[int | None, ...]:
    return tuple(None if each == _UNKNOWN else each // 2 for each in values)
