"""The Teams app as a zip for the organisation's app catalogue: manifest, colour icon, outline icon."""

from __future__ import annotations

import io
import json
import struct
import uuid
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.platforms.teams.meaning import (
    ASK_COMMAND,
    EXEMPLAR_COMMAND,
    KNOWLEDGE_COMMAND,
    SEARCH_COMMAND,
)

SCHEMA = "1.19"
_ACCENT = (0, 48, 120)
_WHITE = (255, 255, 255)
# A zip of the same manifest is the same file, whenever it is written.
_MOMENT = (2026, 1, 1, 0, 0, 0)

Colour = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who offers the app, and where they say what it does with data."""

    name: str
    website: str
    privacy: str
    terms: str


def teams_app(app_id: str, publisher: Publisher, version: str = "1.0.0") -> bytes:
    """The zip. ValueError where the app id is not one or an address is not https."""
    written = json.dumps(manifest(app_id, publisher, version), indent=2, ensure_ascii=False)
    files = {"manifest.json": written.encode(), "color.png": colour_icon(), "outline.png": outline_icon()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def manifest(app_id: str, publisher: Publisher, version: str) -> dict[str, Any]:
    """The manifest. It asks for what the bot does and for nothing else."""
    app_id = str(uuid.UUID(app_id))
    for address in (publisher.website, publisher.privacy, publisher.terms):
        if not address.startswith("https://"):
            raise ValueError(f"'{address}' is not an https address")
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": version,
        "id": app_id,
        "developer": {
            "name": publisher.name,
            "websiteUrl": publisher.website,
            "privacyUrl": publisher.privacy,
            "termsOfUseUrl": publisher.terms,
        },
        "name": {"short": "Covenant", "full": "Covenant, contract management assistant"},
        "description": {
            "short": "Answers questions about managing contracts, with the source.",
            "full": (
                "Covenant answers questions about managing contracts from the council's curated guidance "
                "and names the source. It lists your actions and contracts, and brings a question "
                "to an expert where the guidance has no answer. It keeps your questions and its answers, "
                "so that gaps can be filled. Remove the app to stop it."
            ),
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#{:02X}{:02X}{:02X}".format(*_ACCENT),
        "bots": [_bot(app_id)],
        "composeExtensions": [_extension(app_id)],
        # To be written to in person and in a team, and to know who writes. Nothing of the files.
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [],
    }


def _bot(app_id: str) -> dict[str, Any]:
    commands = [
        {"title": "help", "description": "See what I can do"},
        {"title": "actions", "description": "See your actions"},
        {"title": "my contracts", "description": "See your contracts and their reviews"},
        {"title": "ask an expert", "description": "Send a question to a person"},
        {"title": "who am I", "description": "See what I know about you"},
    ]
    shared = [each for each in commands if each["title"] in ("help", "ask an expert")]
    return {
        "botId": app_id,
        "scopes": ["personal", "team", "groupChat"],
        "supportsFiles": False,
        "isNotificationOnly": False,
        "commandLists": [
            {"scopes": ["personal"], "commands": commands},
            {"scopes": ["team", "groupChat"], "commands": shared},
        ],
    }


def _extension(app_id: str) -> dict[str, Any]:
    search = {
        "id": SEARCH_COMMAND,
        "type": "query",
        "title": "Search guidance",
        "description": "Find an article of the knowledge base and share it",
        "context": ["compose", "commandBox"],
        "initialRun": False,
        "parameters": [
            {"name": "text", "title": "Words", "description": "What you look for", "inputType": "text"}
        ],
    }
    about = [
        _about(ASK_COMMAND, "Ask an expert about this", "Send this message to an expert as a question"),
        _about(EXEMPLAR_COMMAND, "Save as exemplar practice", "Suggest this message as exemplar practice"),
        _about(KNOWLEDGE_COMMAND, "Add to knowledge base", "Suggest this message for the knowledge base"),
    ]
    return {"botId": app_id, "commands": [search, *about]}


def _about(command: str, title: str, description: str) -> dict[str, Any]:
    return {
        "id": command,
        "type": "action",
        "title": title,
        "description": description,
        "context": ["message"],
        "fetchTask": True,
    }


def colour_icon() -> bytes:
    """192 by 192: a white C on the accent colour."""
    return _png(192, lambda x, y: (*_WHITE, 255) if _in_letter(x, y) else (*_ACCENT, 255))


def outline_icon() -> bytes:
    """32 by 32: the C in white on nothing."""
    return _png(32, lambda x, y: (*_WHITE, 255 if _in_letter(x, y) else 0))


def _in_letter(x: float, y: float) -> bool:
    """Whether a point of the unit square is in the letter: a ring, open to the right."""
    right, down = x - 0.5, y - 0.5
    ring = 0.2 <= (right * right + down * down) ** 0.5 <= 0.34
    return ring and not (right > 0 and abs(down) < right * 0.8)


def _png(side: int, colour: Callable[[float, float], Colour]) -> bytes:
    rows = b"".join(
        b"\x00" + b"".join(bytes(colour((x + 0.5) / side, (y + 0.5) / side)) for x in range(side))
        for y in range(side)
    )
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    parts = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
