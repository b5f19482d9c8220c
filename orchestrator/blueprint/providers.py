"""Providers: adapters with their settings, secrets put in from the environment.

`${NAME}` in a setting stands for an environment variable. A setting that needs one which is not set is None. A provider
without a name has its adapter's; the second of the same adapter on a channel is `<adapter>-2`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.blueprint.schema import ProviderSpec
from orchestrator.blueprint.workspace import Provider

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def providers(specs: Sequence[ProviderSpec], env: Mapping[str, str]) -> tuple[Provider, ...]:
    """The providers of a channel as written, with the variables of `env` in their settings."""
    taken = {spec.name for spec in specs}
    found = []
    for spec in specs:
        free = (spec.adapter, *(f"{spec.adapter}-{number}" for number in range(2, len(specs) + 2)))
        name = spec.name or next(name for name in free if name not in taken)
        taken.add(name)
        found.append(_provider(spec, name, env))
    return tuple(found)


def _provider(spec: ProviderSpec, name: str, env: Mapping[str, str]) -> Provider:
    settings = spec.model_extra or {}
    return Provider(
        adapter=spec.adapter,
        weight=spec.weight,
        markets=None if spec.markets is None else frozenset(spec.markets),
        settings={key: _resolved(value, env) for key, value in settings.items()},
        missing=tuple(sorted({name for name in variables(settings) if name not in env})),
        name=name,
        rate=spec.rate.sender,
        account_rate=spec.rate.account,
    )


def variables(value: Any) -> Iterator[str]:
    """The names of the environment variables that a setting, or anything within it, asks for."""
    if isinstance(value, str):
        yield from _VARIABLE.findall(value)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from variables(inner)


def _resolved(value: Any, env: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(inner, env) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, env) for inner in value]
    if not isinstance(value, str):
        return value
    if any(name not in env for name in variables(value)):
        return None
    return _VARIABLE.sub(lambda match: env[match[1]], value)
