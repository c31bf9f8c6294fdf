"""How people name the things they are reminded of: `CMA-2015 review`, `follow-up 3`, `article kpi-design`."""

from __future__ import annotations

_WORDS = "review|notice|extension|end|insurance|continuity|scorecard|sro|people|assessment"
# What is numbered, as it is typed, and the first part of its subject.
_NUMBERED = {
    "follow-up": "followup",
    "review": "review",
    "activity": "activity",
    "decision": "decision",
    "request": "expert",
    "form": "draft",
}
# Matches what stands behind a verb, such as 'done' or 'snooze'; `subject_of` reads it.
THING = (
    rf"(?P<subject>[a-z]{{2,6}}-\d{{2,6}} (?:{_WORDS})|(?:{'|'.join(_NUMBERED)}) \d{{1,9}}"
    r"|article [a-z0-9-]{1,80})"
)


def subject_of(typed: str) -> str:
    """The subject that typed words name."""
    first, second = typed.split()
    if first == "article":
        return f"article:{second}"
    if first in _NUMBERED:
        return f"{_NUMBERED[first]}:{second}"
    reference = first.upper()
    return f"assessment:{reference}" if second == "assessment" else f"contract:{reference}:{second}"


def name_of(subject: str) -> str:
    """A subject as people type and read it."""
    kind, _, rest = subject.partition(":")
    if kind == "contract":
        return rest.replace(":", " ")
    if kind == "assessment":
        return f"{rest} assessment"
    typed = next((typed for typed, known in _NUMBERED.items() if known == kind), kind)
    return f"{typed} {rest.partition(':')[0]}"
