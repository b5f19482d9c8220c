"""The public face for Python services: report moments and people, without knowing the house."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from orchestrator import wire
from orchestrator.app import App
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.settings import Settings


class Kairos:
    """One workspace, for reporting to. Close it, or use it in a `with` block."""

    def __init__(self, workspace: str | Path = ".") -> None:
        self._app = App(Settings.read(Path(workspace)))

    def trigger(
        self, moment: str, *, profile: str, data: Mapping[str, Any] | None = None, id: str | None = None
    ) -> str:
        """Report that something happened to a person; returns the moment's id.

        It is committed when this returns; a repeated id changes nothing.

        Raises:
            ValueError: the moment is not declared, or cannot be one.
        """
        declared = self._app.material.workspace.moments
        if moment not in declared:
            raise ValueError(f"No moment {moment!r} is declared in kairos.yaml.{did_you_mean(moment, declared)}")
        happened = self._app.moment(moment, profile=profile, data=data or {}, id=id)
        self._app.accept([happened])
        return happened.id

    def profile(self, line: Mapping[str, Any]) -> None:
        """Report what is known of a person: `id`, fields to replace, `attributes` to merge.

        Raises:
            ValueError: a field is of the wrong kind; the text says which.
        """
        self._app.records.update_profiles([wire.profile(line, at=self._app.clock())])

    def consent(self, line: Mapping[str, Any]) -> None:
        """Append to the consent ledger: profile, channel, purpose, state, source, and any evidence.

        With the state `pending`, the person is asked to confirm, at the address that is to be confirmed.

        Raises:
            ValueError: a field is missing or of the wrong kind, or names a purpose or a channel that there is not.
        """
        self._app.consents.record([self._app.consent(line)])

    def close(self) -> None:
        """Give back connections."""
        self._app.close()

    def __enter__(self) -> Kairos:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
