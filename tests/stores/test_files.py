"""Reading a workspace: what belongs to it, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.stores import files
from orchestrator.stores.files import Unreadable, read_workspace


def write(root: Path, *names: str) -> None:
    """Make files, each with its name as its text."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_a_workspace_is_its_known_files_in_order(tmp_path: Path) -> None:
    """Notes, hidden files, compiled catalogs and folders of other programs are no part of it."""
    ours = [
        "campaign/c.yaml",
        "campaigns/a.yaml",
        "campaigns/team/b.yml",
        "kairos.yaml",
        "kairos.yml",
        "locales/de.po",
        "locales/pt_BR/LC_MESSAGES/messages.po",
        "markets.yaml",
        "segment.yaml",
        "segments.yaml",
        "templates/_layout.html",
        "templates/day3/email@TH.html",
        "templates/day3/whatsapp.yaml",
    ]
    others = [
        "README.md",
        "other.yaml",
        ".env",
        "campaigns/notes.txt",
        "campaigns/.a.yaml.swp",
        "templates/.git/config",
        "locales/messages.pot",
        "locales/pt_BR/LC_MESSAGES/messages.mo",
        ".kairos/kairos.yaml",
    ]
    write(tmp_path, *ours, *others)
    assert read_workspace(tmp_path) == {name: name.encode() for name in ours}
    assert list(read_workspace(tmp_path)) == ours


def test_a_file_may_be_a_link_within_the_workspace(tmp_path: Path) -> None:
    """And the workspace itself may be one."""
    write(tmp_path / "real", "templates/a/email.html")
    (tmp_path / "real/templates/b.html").symlink_to(tmp_path / "real/templates/a/email.html")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_workspace(tmp_path / "link")["templates/b.html"] == b"templates/a/email.html"


@pytest.mark.parametrize("target", ["../secret.html", "/etc/hostname"])
def test_a_link_that_leads_outside_is_refused(tmp_path: Path, target: str) -> None:
    """By name."""
    write(tmp_path, "secret.html", "workspace/templates/a.html")
    (tmp_path / "workspace/templates/b.html").symlink_to(target if target.startswith("/") else f"../{target}")
    with pytest.raises(Unreadable, match=r"templates/b\.html.*outside"):
        read_workspace(tmp_path / "workspace")


@pytest.mark.parametrize("name", ["templates", "templates/shared"])
def test_a_link_to_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    """Rather than left out without a word."""
    write(tmp_path, "elsewhere/a.html", "workspace/kairos.yaml")
    (tmp_path / "workspace" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "workspace" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unreadable, match="link to a folder"):
        read_workspace(tmp_path / "workspace")


def test_sizes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file's, and that of all together."""
    monkeypatch.setattr(files, "LARGEST_FILE", 100)
    monkeypatch.setattr(files, "LARGEST_WORKSPACE", 150)
    write(tmp_path, "kairos.yaml")
    (tmp_path / "markets.yaml").write_bytes(b"x" * 100)
    read_workspace(tmp_path)
    (tmp_path / "segments.yaml").write_bytes(b"x" * 100)
    with pytest.raises(Unreadable, match="workspace is larger"):
        read_workspace(tmp_path)
    (tmp_path / "markets.yaml").write_bytes(b"x" * 101)
    with pytest.raises(Unreadable, match=r"markets\.yaml is larger"):
        read_workspace(tmp_path)


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    """A link that leads nowhere, and what would never end."""
    (tmp_path / "kairos.yaml").symlink_to("nowhere.yaml")
    with pytest.raises(Unreadable, match=r"kairos\.yaml cannot be read"):
        read_workspace(tmp_path)
    (tmp_path / "kairos.yaml").unlink()
    os.mkfifo(tmp_path / "kairos.yaml")
    with pytest.raises(Unreadable, match=r"kairos\.yaml cannot be read"):
        read_workspace(tmp_path)


def test_a_workspace_is_a_folder(tmp_path: Path) -> None:
    """What to name is said."""
    with pytest.raises(Unreadable, match=r"no folder.*kairos\.yaml"):
        read_workspace(tmp_path / "none")
