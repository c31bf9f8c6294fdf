"""Which contracts a request means: 'platinum contracts without an SRO in highways, ending this year'."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from storage.contracts import Contract, Stage, Tier
from storage.months import Month, months_after
from storage.people import Unit

_TIERS = "|".join(each.value.lower() for each in Tier)
_STAGES = "|".join(each.value for each in Stage)
_THE = r"(?:an? |any |the |named )*"
_POSTS = "sro|senior responsible officer|deputy|deputies|cover|manager|contract manager|owner"
_PARTS = {
    "tier": rf"\b({_TIERS})\b",
    "lacks": rf"\b(?:without|with no|lacking|missing|has no|have no) {_THE}"
    rf"((?:{_POSTS})(?: or {_THE}(?:{_POSTS}))*)\b",
    "risk": r"\bhigh(?:[- ])risk\b",
    "stage": rf"\bin (?:the )?({_STAGES}) stage\b",
    "ends": r"\b(?:that |which )?(?:end(?:s|ing)?|expir(?:e|es|ing)|run(?:s|ning)? out|finish(?:es|ing)?) "
    r"(?:(?:in|within|by|before|over|during) )?(?:the )?"
    r"(this year|next year|this month|next month|this quarter|"
    r"(?:next )?(?:\d{1,2}|one|two|three|four|six|nine|twelve) months?|20\d\d)\b",
    "supplier": r"\b(?:with|from) (?:the )?(?:supplier )?(.+)$",
    "where": r"\b(?:in|of|for|across) (?:the )?(.+)$",
}
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "nine": 9, "twelve": 12}
_NOISE = re.compile(
    r"\b(?:please|show|list|find|give|get|see|me|us|all|the|my|our|own|which|what|are|is|do|does|i|we|have|of|"
    r"contracts?|ones|tier|that|and|how|many|there|on|register|record|here|live|manage|council)\b"
)
_MINE = re.compile(r"\b(?:my|do i|i manage|i have)\b")
_OWN_UNIT = re.compile(r"(?:my|our) (?:own )?(?:business )?(?:unit|area|service area|team)|here")


class Lack(StrEnum):
    """A person whom a contract may be without."""

    SRO = "SRO"
    DEPUTY = "deputy"
    MANAGER = "manager"

    @property
    def named(self) -> str:
        """The post with its article."""
        return f"an {self.value}" if self is Lack.SRO else f"a {self.value}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is narrowed to. `until` and `since` bound the end; `left` are words not understood."""

    mine: bool = False
    tier: Tier | None = None
    stage: Stage | None = None
    lacks: tuple[Lack, ...] = ()
    high_risk: bool = False
    since: date | None = None
    until: date | None = None
    when: str = ""
    unit_id: int | None = None
    where: str = ""
    supplier: str = ""
    left: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything more than 'contracts' was asked for."""
        return bool(
            self.tier
            or self.stage
            or self.lacks
            or self.high_risk
            or self.until
            or self.unit_id
            or self.supplier
        )

    @property
    def title(self) -> str:
        """What the list is called."""
        words = [
            "Your" if self.mine else "",
            "high risk" if self.high_risk else "",
            self.tier.value if self.tier else "",
            "contracts",
            f"without {' or '.join(each.named for each in self.lacks)}" if self.lacks else "",
            f"in the {self.stage.value} stage" if self.stage else "",
            f"ending {self.when}" if self.until else "",
            f"with {self.supplier}" if self.supplier else "",
            f"in {self.where}" if self.where else "",
        ]
        title = " ".join(each for each in words if each)
        return title[:1].upper() + title[1:]

    def holds(self, contract: Contract, units: Mapping[int, Unit], active: Collection[int]) -> bool:
        """Whether a contract is one of those asked for. `active` are the people who have not left."""
        unit = units.get(contract.unit_id)
        within = {contract.unit_id, unit.parent_id if unit else None}
        checks = (
            self.tier in (None, contract.tier),
            self.stage in (None, contract.stage),
            not self.high_risk or contract.high_risk,
            not self.lacks or any(who(contract, each) not in active for each in self.lacks),
            self.until is None or (contract.ends is not None and contract.ends <= self.until),
            self.since is None or (contract.ends is not None and contract.ends >= self.since),
            self.unit_id is None or self.unit_id in within,
            not self.supplier or contract.supplier == self.supplier,
        )
        return all(checks)


def who(contract: Contract, lack: Lack) -> int | None:
    """The person on record in one of the places that may be empty."""
    places = {Lack.SRO: contract.sro_id, Lack.DEPUTY: contract.deputy_id, Lack.MANAGER: contract.manager_id}
    return places[lack]


@dataclass(frozen=True, slots=True)
class Known:
    """What a request is read with: the units and suppliers there are, and the asker's own unit."""

    units: Sequence[Unit]
    suppliers: Sequence[str]
    own: Unit | None
    today: date


def read_asked(text: str, known: Known) -> Asked:
    """A request in words as a filter. Places and suppliers are looked for by name, as they are written."""
    rest = text
    found: dict[str, str] = {}
    for part in ("tier", "lacks", "risk", "stage", "ends"):
        match = re.search(_PARTS[part], rest)
        if match:
            found[part] = match[1] if match.groups() else match[0]
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    supplier, rest = _supplier(rest, known.suppliers)
    unit, rest = _unit(rest, known)
    since, until = _span(found.get("ends", ""), known.today)
    mine = _MINE.search(rest) is not None and unit is None
    return Asked(
        mine=mine,
        tier=Tier(found["tier"].capitalize()) if "tier" in found else None,
        stage=Stage(found["stage"]) if "stage" in found else None,
        lacks=tuple(_lack(each) for each in re.findall(rf"\b(?:{_POSTS})\b", found.get("lacks", ""))),
        high_risk="risk" in found,
        since=since,
        until=until,
        when=_when(found.get("ends", "")),
        unit_id=unit.id if unit else None,
        where=unit.name if unit else "",
        supplier=supplier,
        left=_NOISE.sub("", re.sub(r"\b(?:in|for|across|with|from)\b", "", rest)).strip(" ,.?"),
    )


def _lack(word: str) -> Lack:
    if word in ("sro", "senior responsible officer"):
        return Lack.SRO
    return Lack.MANAGER if "manager" in word or word == "owner" else Lack.DEPUTY


def _supplier(text: str, suppliers: Sequence[str]) -> tuple[str, str]:
    match = re.search(_PARTS["supplier"], text)
    if match is None:
        return "", text
    said = match[1].strip(" ,.?")
    for name in sorted(set(suppliers)):
        if said and name.casefold().startswith(said):
            return name, text[: match.start()]
    return "", text


def _unit(text: str, known: Known) -> tuple[Unit | None, str]:
    match = re.search(_PARTS["where"], text)
    if match is None:
        return None, text
    said = match[1].strip(" ,.?")
    if _OWN_UNIT.fullmatch(said) and known.own is not None:
        return known.own, text[: match.start()]
    for unit in sorted(known.units, key=lambda each: -len(each.name)):
        if said and said in _names(unit):
            return unit, text[: match.start()]
    return None, text


def _names(unit: Unit) -> set[str]:
    """A unit's name as people write it: with and without commas and apostrophes, and its initials."""
    full = unit.name.casefold()
    bare = re.sub(r"[,’']", "", full)
    initials = "".join(word[0] for word in bare.split() if word != "and")
    return {full, bare, bare.replace("&", "and"), *({initials} if len(initials) > 1 else ())}


def _span(words: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day that words such as 'this year' or 'next 6 months' stand for."""
    month, next_month = Month.of(today), Month.of(today).plus(1)
    named = {
        "": (None, None),
        "this year": (today, date(today.year, 12, 31)),
        "next year": (date(today.year + 1, 1, 1), date(today.year + 1, 12, 31)),
        "this month": (today, month.last_day),
        "next month": (next_month.last_day.replace(day=1), next_month.last_day),
        "this quarter": (today, month.plus(-month.month % 3).last_day),
    }
    if words in named:
        return named[words]
    if re.fullmatch(r"20\d\d", words):
        return date(int(words), 1, 1), date(int(words), 12, 31)
    number = words.removeprefix("next ").split()[0]
    return today, months_after(today, _NUMBERS.get(number) or int(number))


def _when(words: str) -> str:
    if words.startswith("20"):
        return f"in {words}"
    return f"in the {words}" if words.endswith(("months", "1 month")) else words
