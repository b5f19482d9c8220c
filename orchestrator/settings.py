"""Where things are: the workspace, its state, the stores. From the environment, with embedded defaults.

KAIROS_WORKSPACE      the workspace folder                        default: the current folder
KAIROS_STATE          what is kept between runs                   default: .kairos in the workspace
KAIROS_DATABASE_URL   SQLAlchemy URL of the records               default: SQLite in the state folder
KAIROS_REDIS_URL      hot state and broker (or REDIS_URL)         default: the one that `kairos up` has started here
KAIROS_TOUCHES_URL    hot state apart from the broker             default: KAIROS_REDIS_URL
KAIROS_SECRET         signs links; several, newest first, by ","  default: made once, kept in the state folder
KAIROS_LOG            json or plain                               default: plain at a terminal, else json
KAIROS_LOG_LEVEL      debug, info, warning or error               default: info
KAIROS_CANARY         seconds within which a canary must return   default: 60
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

UNSIGNED = b"kairos: no secret is set"  # signs the links of previews where nothing was ever started


CANARY = 60.0  # seconds within which a canary must have come back through a lane
LogForm = Literal["json", "plain"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
REDIS = ("redis", "rediss", "unix")
TOUCHES = (*REDIS, "redis+cluster")


class NotRunning(RuntimeError):
    """No Redis is known; the text says how to get one."""


class Unusable(ValueError):
    """A variable says what cannot be used; the text says what is expected, and nothing of what may be a password."""


@dataclass(frozen=True)
class Settings:
    """One installation's places."""

    workspace: Path
    state: Path
    database: str
    redis_url: str | None
    secret_text: str | None
    touches_url: str | None = None
    log_form: str = ""
    log_level: str = "info"
    canary: float = CANARY

    @classmethod
    def read(cls, workspace: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
        """The settings of a workspace, from the environment.

        Raises:
            Unusable: one of the variables makes no sense.
        """
        folder = (workspace or Path(env.get("KAIROS_WORKSPACE", "."))).resolve()
        state = Path(env.get("KAIROS_STATE") or folder / ".kairos")
        return cls(
            workspace=folder,
            state=state,
            database=env.get("KAIROS_DATABASE_URL") or f"sqlite:///{state / 'kairos.db'}",
            redis_url=env.get("KAIROS_REDIS_URL") or env.get("REDIS_URL"),
            secret_text=env.get("KAIROS_SECRET"),
            touches_url=_url("KAIROS_TOUCHES_URL", env.get("KAIROS_TOUCHES_URL"), TOUCHES),
            log_form=env.get("KAIROS_LOG", ""),
            log_level=env.get("KAIROS_LOG_LEVEL") or "info",
            canary=_seconds(env.get("KAIROS_CANARY")),
        )

    @property
    def redis(self) -> str:
        """The Redis to use: the one named, or the one that is running for this workspace.

        Raises:
            NotRunning: there is none.
            Unusable: what is named is no URL of one.
        """
        if named := _url("KAIROS_REDIS_URL (or REDIS_URL)", self.redis_url, REDIS):
            return named
        if self.running.exists():
            return self.running.read_text().strip()
        raise NotRunning("No Redis is known: start `kairos up` for this workspace, or set KAIROS_REDIS_URL.")

    @property
    def touches(self) -> str:
        """Where people's touches are: a Redis, or a Redis Cluster as `redis+cluster://host:port`.

        Raises:
            NotRunning, Unusable: as for `redis`.
        """
        return self.touches_url or self.redis

    @property
    def running(self) -> Path:
        """The file that names the embedded Redis while one is running for this workspace."""
        return self.state / "redis.url"

    @property
    def secret(self) -> bytes:
        """The secret that signs new links."""
        return self.secrets[0]

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """All secrets whose links are honoured, newest first."""
        text = self.secret_text or (self._kept.read_text() if self._kept.exists() else "")
        return tuple(part.strip().encode() for part in text.split(",") if part.strip()) or (UNSIGNED,)

    def prepare(self) -> None:
        """Make the state folder, and a secret where none is set.

        Raises:
            Unusable: it cannot be made, or not be written to.
        """
        try:
            self.state.mkdir(parents=True, exist_ok=True)
            if not self.secret_text and not self._kept.exists():
                with suppress(FileExistsError):  # another process is making it
                    self._make_secret()
        except OSError as error:
            raise Unusable(
                f"{self.state} cannot be used for what is kept between runs ({error.strerror}): "
                "name a folder that may be written to in KAIROS_STATE."
            ) from error

    def _make_secret(self) -> None:
        with os.fdopen(os.open(self._kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))

    @property
    def _kept(self) -> Path:
        return self.state / "secret"


def _url(variable: str, text: str | None, schemes: tuple[str, ...]) -> str | None:
    if not text:
        return None
    scheme, separator, _ = text.partition("://")
    if scheme not in schemes or not separator:
        found = f"begins with {scheme}://" if separator else "has no ://"
        expected = ", ".join(f"{known}://" for known in schemes)
        raise Unusable(f"{variable} {found}: expected a URL with one of {expected}, such as redis://localhost:6379/0.")
    try:
        _ = urlsplit(text).port
    except ValueError:
        raise Unusable(
            f"{variable} has a port that is no number: expected one like redis://localhost:6379/0."
        ) from None
    return text


def _seconds(text: str | None) -> float:
    try:
        found = float(text or CANARY)
    except ValueError:
        found = 0
    if not 0 < found < float("inf"):
        raise Unusable(f"KAIROS_CANARY is {text!r}: expected a number of seconds above 0, such as {CANARY:g}.")
    return found
