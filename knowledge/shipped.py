"""Reading the data files that ship with the knowledge base."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

# The C loader reads ten times faster; it is not in every build of PyYAML.
FASTEST: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_shipped(name: str) -> Any:
    """The values in a YAML file, named by its path below `knowledge`."""
    return parse_yaml(resources.files("knowledge").joinpath(name).read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """The values in a YAML text."""
    return yaml.load(text, FASTEST)  # noqa: S506  # it is a SafeLoader
