"""Whether a request is from Teams: the channel's keys, and the checks of a token."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import ClientError, ClientSession

from bot.platforms.teams.port import KeysUnavailable, NotAllowed
from bot.platforms.teams.settings import TeamsSettings

log = logging.getLogger(__name__)

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
_SKEW_SECONDS = 5 * 60
_FRESH_SECONDS = 24 * 3600
# A key nobody knows may be made up: it leads to one look-up an hour, however many such tokens come.
_UNKNOWN_SECONDS = 3600
# After a failed fetch the next request does not wait for another one.
_FAILED_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of the channel service, and the channels it may speak for."""

    key: Any
    endorsements: frozenset[str]


class Keys:
    """The channel's public keys, fetched beside the event loop's other work and kept for a day."""

    def __init__(self, url: str, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._now = now
        self._keys: dict[str, Key] = {}
        self._fetched: float | None = None
        self._failed: float | None = None
        self._lock = asyncio.Lock()
        self._session: ClientSession | None = None

    def use(self, session: ClientSession) -> None:
        """Fetch with this session from now on."""
        self._session = session

    async def get(self, key_id: str) -> Key | None:
        """A key by its id, or None where the channel has no such key."""
        if not self._needs_fetching(key_id):
            return self._keys.get(key_id)
        async with self._lock:
            # Another request may have fetched while this one waited.
            if self._needs_fetching(key_id):
                await self._fetch()
        return self._keys.get(key_id)

    async def fetch(self) -> None:
        """Fetch now, whatever is known; raises KeysUnavailable."""
        async with self._lock:
            self._failed = None
            self._keys, self._fetched = await self._read(), self._now()

    def _needs_fetching(self, key_id: str) -> bool:
        if self._fetched is None:
            return True
        age = self._now() - self._fetched
        return age > (_FRESH_SECONDS if key_id in self._keys else _UNKNOWN_SECONDS)

    async def _fetch(self) -> None:
        if self._failed is not None and self._now() - self._failed < _FAILED_SECONDS:
            if self._keys:
                return
            raise KeysUnavailable("the keys could not be fetched a moment ago")
        try:
            self._keys, self._fetched = await self._read(), self._now()
        except KeysUnavailable as problem:
            self._failed = self._now()
            if not self._keys:
                raise
            log.warning("the keys of Teams can't be renewed, the old ones stay in use: %s", problem)

    async def _read(self) -> dict[str, Key]:
        assert self._session is not None, "the transport is not open"
        try:
            async with self._session.get(self._url) as answer:
                answer.raise_for_status()
                address = (await answer.json(content_type=None))["jwks_uri"]
            async with self._session.get(address) as answer:
                answer.raise_for_status()
                listed = (await answer.json(content_type=None))["keys"]
            return {each["kid"]: _key(each) for each in listed if each.get("kty") == "RSA"}
        except (ClientError, TimeoutError) as error:
            raise KeysUnavailable(f"{type(error).__name__} at {self._url}") from error
        except (LookupError, AttributeError, TypeError, ValueError, jwt.PyJWTError) as error:
            raise KeysUnavailable(f"what {self._url} lists can't be read") from error


def _key(listed: Mapping[str, Any]) -> Key:
    return Key(jwt.PyJWK(dict(listed), algorithm="RS256").key, frozenset(listed.get("endorsements") or ()))


class TokenCheck:
    """Checks the token of a request against the activity that came with it."""

    def __init__(self, settings: TeamsSettings, keys: Keys) -> None:
        self._settings = settings
        self._keys = keys

    async def check(self, authorization: str, channel: str, service_url: str) -> Mapping[str, Any]:
        """The token's claims. Raises NotAllowed (401: not a good token; 403: not for this) or KeysUnavailable."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAllowed(401, "there is no bearer token")
        key = await self._key(token)
        claims = self._claims(token, key)
        if channel != CHANNEL:
            raise NotAllowed(403, "the activity is from another channel")
        if channel not in key.endorsements:
            raise NotAllowed(403, "the token's key is not endorsed for Teams")
        if claims.get("serviceurl", claims.get("serviceUrl")) != service_url:
            raise NotAllowed(403, "the token is for another service address")
        return claims

    async def _key(self, token: str) -> Key:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError as error:
            raise NotAllowed(401, "the token can't be read") from error
        key_id = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(key_id, str):
            raise NotAllowed(401, "the token is not signed with RS256")
        key = await self._keys.get(key_id)
        if key is None:
            raise NotAllowed(401, "the token is signed with a key that Teams does not have")
        return key

    def _claims(self, token: str, key: Key) -> Mapping[str, Any]:
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self._settings.app_id,
                issuer=ISSUER,
                leeway=_SKEW_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.InvalidAudienceError, jwt.InvalidIssuerError) as error:
            raise NotAllowed(403, "the token was issued for something else") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise NotAllowed(401, f"the token is not valid ({type(error).__name__})") from error
        return claims
