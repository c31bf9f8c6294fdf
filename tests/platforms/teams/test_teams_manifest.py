"""The app package: what is in it, and that it asks for no more than it uses."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib

import pytest

from bot.platforms.teams.manifest import Publisher, manifest, teams_app
from bot.platforms.teams.meaning import meaning_of
from bot.platforms.teams.sdk import _activity, _parsed
from tests.servers.teams import APP, payload

COUNCIL = Publisher(
    "Example Council",
    "https://example.gov.uk/",
    "https://example.gov.uk/privacy",
    "https://example.gov.uk/terms",
)


def test_the_package_holds_a_manifest_and_two_icons() -> None:
    package = zipfile.ZipFile(io.BytesIO(teams_app(APP, COUNCIL)))
    assert sorted(package.namelist()) == ["color.png", "manifest.json", "outline.png"]
    assert json.loads(package.read("manifest.json"))["id"] == APP
    assert teams_app(APP, COUNCIL) == teams_app(APP.upper(), COUNCIL)


@pytest.mark.parametrize(("name", "side"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_are_pictures_of_the_size_teams_wants(name: str, side: int) -> None:
    picture = zipfile.ZipFile(io.BytesIO(teams_app(APP, COUNCIL))).read(name)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (side, side)
    length = struct.unpack(">I", picture[33:37])[0]
    pixels = zlib.decompress(picture[41 : 41 + length])
    assert len(pixels) == side * (1 + 4 * side)
    if name == "outline.png":
        # White on nothing, as Teams asks for.
        rows = [pixels[row * (1 + 4 * side) + 1 : (row + 1) * (1 + 4 * side)] for row in range(side)]
        colours = {bytes(row[at : at + 4]) for row in rows for at in range(0, 4 * side, 4)}
        assert colours == {b"\xff\xff\xff\xff", b"\xff\xff\xff\x00"}


def test_it_asks_for_no_more_than_it_uses() -> None:
    made = manifest(APP, COUNCIL, "1.0.0")
    assert made["permissions"] == ["identity", "messageTeamMembers"]
    assert made["validDomains"] == []
    assert "authorization" not in made
    assert "webApplicationInfo" not in made
    assert made["bots"][0]["supportsFiles"] is False


def test_its_texts_fit_into_teams() -> None:
    made = manifest(APP, COUNCIL, "1.0.0")
    assert len(made["name"]["short"]) <= 30
    assert len(made["description"]["short"]) <= 80
    for each in made["composeExtensions"][0]["commands"]:
        assert len(each["title"]) <= 32
        assert len(each["description"]) <= 128


def test_every_message_action_of_it_is_understood() -> None:
    for command in manifest(APP, COUNCIL, "1.0.0")["composeExtensions"][0]["commands"]:
        body = payload("about_message" if command["type"] == "action" else "search")
        body["value"]["commandId"] = command["id"]
        assert meaning_of(_activity(_parsed(body), body)) is not None


@pytest.mark.parametrize(
    ("app_id", "address"), [("not an id", COUNCIL.website), (APP, "http://example.gov.uk/")]
)
def test_what_teams_would_refuse_is_refused_here(app_id: str, address: str) -> None:
    with pytest.raises(ValueError, match=r"badly formed|not an https address"):
        teams_app(app_id, Publisher("Example Council", address, COUNCIL.privacy, COUNCIL.terms))
