"""The guide's example is a real adapter: it runs under the contract that it recommends."""

import re
from pathlib import Path
from typing import Any

import pytest

from channels import registry
from channels.base import Adapter, Capabilities
from channels.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "adapters.md").read_text()
PROVIDERS = (DOCS / "providers.md").read_text()
ADAPTER, CONTRACT = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)

namespace: dict[str, Any] = {"__name__": __name__}
exec(compile(ADAPTER + CONTRACT, "docs/adapters.md", "exec"), namespace)
TestPigeon = namespace["TestPigeon"]


def test_the_example_is_short() -> None:
    """A form to fill in."""
    assert len(ADAPTER.splitlines()) <= 65


@pytest.mark.parametrize("name", registry.names())
def test_every_adapter_every_setting_and_every_ability_is_listed(name: str) -> None:
    """In the two rows of its name."""
    settings, abilities = re.findall(rf"^\| `{name}` .*$", PROVIDERS, re.MULTILINE)
    for channel in registry.BUILT_IN[name]:
        found: type[Adapter] = registry._class(name, channel)
        model: type[Settings] = found.model  # type: ignore[attr-defined]
        known = {field.alias or key for key, field in model.model_fields.items()} - {"timeout"}
        assert [setting for setting in sorted(known) if f"`{setting}`" not in settings] == []
        can: Capabilities = found.capabilities  # type: ignore[misc]
        bulk, repetition, receipts = [cell.strip() for cell in abilities.split("|")[2:5]]
        assert bulk.partition(" ")[0] == f"{can.bulk:,}"
        assert repetition.startswith("yes" if can.idempotent else "no")
        assert (receipts != "no", "looked up" in repetition) == (can.receipts, can.lookup)
