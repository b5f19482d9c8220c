"""Kairos: the right person, the right message, the right moment, the right channel, in their own language.

from orchestrator import Kairos

Kairos("workspace").trigger("order.shipped", profile="u1", data={"order_id": "A-1"})
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.face import Kairos

__all__ = ["Kairos"]


def __getattr__(name: str) -> Any:
    """The face is loaded when it is asked for: adapters that need only the values stay light."""
    if name == "Kairos":
        from orchestrator.face import Kairos

        return Kairos
    raise AttributeError(f"module 'orchestrator' has no attribute {name!r}")
