"""What Meta asks of a WhatsApp message, whoever carries it there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.errors import Unsupported

FIELDS = frozenset({"body", "template", "variables", "header", "footer", "buttons", "image"})
_BROKEN = re.compile(r"[\r\n\t]| {5}")


def variables(given: Any) -> dict[str, str]:
    """A template's variables by number or name, whether they come as lines, a list or a map.

    Raises:
        Unsupported: Meta would refuse one of them.
    """
    if isinstance(given, Mapping):
        named = {str(name): str(value) for name, value in given.items()}
    else:
        values: Sequence[Any] = given.strip().split("\n") if isinstance(given, str) else given or ()
        named = {str(number): str(value).strip() for number, value in enumerate(values, 1)}
    for name, value in named.items():
        if not value or _BROKEN.search(value):
            raise Unsupported(f"WhatsApp takes no empty variable, nor a line break or wide gap in one: variable {name}")
    return named


def assert_free(fields: Mapping[str, Any]) -> None:
    """Make sure that a message without a template needs none.

    Raises:
        Unsupported: it has what only an approved template may have.
    """
    strange = [name for name in ("header", "footer", "buttons", "variables") if fields.get(name)]
    if strange:
        raise Unsupported(f"WhatsApp takes {', '.join(strange)} with an approved template only; name it in `template`")
