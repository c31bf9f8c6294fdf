"""Memory that building an index needed for a moment, given back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Let the system have what was freed; only some C libraries keep it from the system, and can be asked."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
