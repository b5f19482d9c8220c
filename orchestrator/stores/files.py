"""A workspace's files, read whole: what decides and renders never touches the disk.

    kairos.yaml  markets.yaml  segments.yaml
    campaigns/**.yaml
    templates/**
    locales/<locale>/LC_MESSAGES/messages.po

Those that are nearly called so are read as well, so that the check can say that they are of no effect. Hidden files are
left out. What leads outside of the workspace, or is larger than any text that people write, is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

LARGEST_FILE = 4 * 1024 * 1024  # bytes
LARGEST_WORKSPACE = 64 * 1024 * 1024  # bytes

WANTED = re.compile(r"(?:kairos|markets?|segments?)\.ya?ml|campaigns?/.+\.ya?ml|templates/.+|locales/.+\.po")
FOLDERS = ("campaigns", "campaign", "templates", "locales")


class Unreadable(ValueError):
    """The workspace cannot be read; the text says which file, and what to do."""


def read_workspace(directory: Path) -> Mapping[str, bytes]:
    """The files of a workspace by their paths in it, with forward slashes, in order.

    Raises:
        Unreadable: it is no folder, a file is too large or cannot be read, or a link leads outside.
    """
    root = directory.resolve()
    if not root.is_dir():
        raise Unreadable(f"{directory} is no folder: name the one that has kairos.yaml in it")
    files: dict[str, bytes] = {}
    room = LARGEST_WORKSPACE
    for name in sorted(_names(root)):
        files[name] = _read(root, name)
        room -= len(files[name])
        if room < 0:
            raise Unreadable(
                f"the workspace is larger than {LARGEST_WORKSPACE >> 20} MB: is {directory} the right folder?"
            )
    return files


def _names(root: Path) -> Iterator[str]:
    tops = [path.name for path in root.glob("*.y*ml")]
    below = (name for folder in FOLDERS for name in _below(root, root / folder))
    return (name for name in (*tops, *below) if WANTED.fullmatch(name))


def _below(root: Path, folder: Path) -> Iterator[str]:
    if folder.is_symlink():
        _refuse_link(root, folder)
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if Path(place, name).is_symlink():
                _refuse_link(root, Path(place, name))
        yield from (Path(place, name).relative_to(root).as_posix() for name in files if not name.startswith("."))


def _refuse_link(root: Path, path: Path) -> None:
    raise Unreadable(
        f"{path.relative_to(root)} is a link to a folder, which is not followed: put the folder itself there"
    )


def _read(root: Path, name: str) -> bytes:
    path = root / name
    if not path.resolve().is_relative_to(root):
        raise Unreadable(f"{name} is a link that leads outside of the workspace: put the file itself there")
    if not path.is_file():
        raise Unreadable(f"{name} cannot be read: it is no file")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"{name} is larger than {LARGEST_FILE >> 20} MB: a workspace holds texts only")
    return content
