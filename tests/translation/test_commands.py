"""`kairos i18n`, from the templates to the catalogs and back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from orchestrator.cli import program
from orchestrator.cli.workspace import STARTER
from tests.translation.shop import write

ROOT = Path(__file__).parents[2]


def kairos(*words: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    result = CliRunner().invoke(program, [*words, "--json"])
    assert result.exit_code == code, result.output
    return orjson.loads(result.stdout) if result.stdout else None


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small workspace, where we are."""
    monkeypatch.chdir(write(tmp_path))
    return tmp_path


def catalog(folder: Path, locale: str = "de") -> str:
    """A locale's catalog."""
    return (folder / f"locales/{locale}/LC_MESSAGES/messages.po").read_text(encoding="utf-8")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below `locales/`."""
    return {str(path): path.read_bytes() for path in (folder / "locales").rglob("*") if path.is_file()}


def test_strings_are_extracted_as_readers_see_them(shop: Path) -> None:
    assert kairos("i18n", "extract") == {"file": "locales/messages.pot", "strings": 6, "changed": True}
    text = (shop / "locales/messages.pot").read_text(encoding="utf-8")
    assert '#. Shown in: shipped, email subject: "Your order A-10427 is on its way"\n' in text
    assert '#. Shown in: shipped, email html: "On its way 3 items ⟦Note⟧: Note Bye"\n' in text
    assert '#. Shown in: shipped, email html: "⟦With the neighbours, perhaps⟧ 3 items' in text
    assert kairos("i18n", "extract")["changed"] is False


def test_a_second_update_changes_no_byte(shop: Path) -> None:
    (first,) = kairos("i18n", "update")
    assert first == {"locale": "de", "translated": 6, "fuzzy": 0, "untranslated": 0, "obsolete": 0, "changed": True}
    assert "# she says it so\n" in catalog(shop)
    before = snapshot(shop)
    assert kairos("i18n", "update")[0]["changed"] is False
    assert snapshot(shop) == before


def test_a_changed_string_is_fuzzy_everywhere_and_keeps_the_message_back(shop: Path) -> None:
    kairos("i18n", "update")
    for name in ("email.html", "sms.txt"):
        path = shop / "templates/shipped" / name
        path.write_text(path.read_text(encoding="utf-8").replace("is on its way", "is on the way"), encoding="utf-8")
    assert kairos("i18n", "update")[0]["fuzzy"] == 1
    assert '#, fuzzy, python-format\n#| msgid "Your order %(order)s is on its way"\n' in catalog(shop)
    found = kairos("i18n", "check")
    assert [(problem["code"], problem["severity"]) for problem in found] == [("catalog.fuzzy", "warning")]
    (entry,) = kairos("i18n", "status")
    assert entry["missing"][0]["msgid"] == "Your order %(order)s is on the way"
    assert entry["channels"] == {"email": False, "sms": False}


def test_a_new_locale_gets_a_catalog_named_as_locales_are(shop: Path) -> None:
    (made,) = kairos("i18n", "update", "--locale", "pt-br")
    assert (made["locale"], made["untranslated"]) == ("pt_BR", 6)
    assert '"Language: pt_BR\\n"' in catalog(shop, "pt_BR")
    kairos("i18n", "update", "--locale", "nowhere", code=2)


def test_a_catalog_that_cannot_be_read_is_left_alone(shop: Path) -> None:
    path = shop / "locales/de/LC_MESSAGES/messages.po"
    path.write_text(catalog(shop) + "\nnonsense\n", encoding="utf-8")
    before = snapshot(shop)
    result = CliRunner().invoke(program, ["i18n", "update"])
    assert result.exit_code == 1
    assert "locales/de/LC_MESSAGES/messages.po:31:1:" in result.stderr
    assert snapshot(shop) == before


def test_a_template_that_cannot_be_read_takes_no_translation_with_it(shop: Path) -> None:
    before = snapshot(shop)
    (shop / "templates/shipped/email.html").write_text("{% block subject %}", encoding="utf-8")
    for command in ("extract", "update"):
        result = CliRunner().invoke(program, ["i18n", command])
        assert result.exit_code == 1
        assert "templates/shipped/email.html:1" in result.stderr
    assert snapshot(shop) == before


def test_errors_in_a_catalog_end_the_check_with_one(shop: Path) -> None:
    assert kairos("i18n", "check") == []
    path = shop / "locales/de/LC_MESSAGES/messages.po"
    path.write_text(
        catalog(shop).replace('"Deine Bestellung %(order)s', '"Deine Bestellung %(oder)s'), encoding="utf-8"
    )
    found = kairos("i18n", "check", code=1)
    assert {(problem["code"], problem["line"]) for problem in found} == {("catalog.placeholder", 11)}


def test_a_pseudo_locale_can_be_previewed(shop: Path) -> None:
    assert [made["locale"] for made in kairos("i18n", "pseudo")] == ["en_XA", "ar_XB"]
    shown = kairos("preview", "shipped", "--locale", "en_XA")
    assert (shown["locale"], shown["outcome"]) == ("en_XA", "send")
    assert shown["content"]["body"].startswith("⟦Ýööûûûŕ")
    mirrored = kairos("preview", "shipped", "--locale", "ar_XB", "--channel", "email")
    assert '<html lang="ar-XB" dir="rtl">' in mirrored["content"]["html"]


def test_a_pseudo_locale_that_does_not_fit_is_no_error_of_the_workspace(shop: Path) -> None:
    path = shop / "templates/shipped/sms.txt"
    path.write_text(f"{{% block body %}}{{{{ _('{'A long text. ' * 10}') }}}}{{% endblock %}}", encoding="utf-8")
    (shop / "kairos.yaml").write_text(f"{(shop / 'kairos.yaml').read_text()}sms: {{max_segments: 1}}\n")
    kairos("i18n", "pseudo")
    assert kairos("preview", "shipped", "--locale", "en_XA", "--channel", "sms")["reason"] == "content.too_long"
    assert not [problem for problem in kairos("check") if problem["severity"] == "error"]


def test_pseudo_locales_follow_the_templates_and_are_no_part_of_the_status(shop: Path) -> None:
    kairos("i18n", "pseudo")
    path = shop / "templates/shipped/sms.txt"
    path.write_text("{% block body %}{{ _('Quite another text') }}{% endblock %}", encoding="utf-8")
    kairos("i18n", "update")
    assert 'msgid "Quite another text"\nmsgstr "⟦' in catalog(shop, "en_XA")
    assert {entry["locale"] for entry in kairos("i18n", "status")} == {"de"}


@pytest.mark.parametrize("options", [["--locale", "de"], ["--locale", "ar_XB"], ["--rtl", "en_XA"], ["--rtl", "fr_XB"]])
def test_nobody_s_real_catalog_is_overwritten_by_a_pseudo_one(shop: Path, options: list[str]) -> None:
    before = snapshot(shop)
    kairos("i18n", "pseudo", *options, code=2)
    assert snapshot(shop) == before


def test_the_status_is_a_table_of_campaigns_and_locales(shop: Path) -> None:
    kairos("i18n", "update", *(f"--locale={name}" for name in ("fr", "it", "pl", "pt_BR", "th", "zh_Hant")))
    result = CliRunner().invoke(program, ["i18n", "status"])
    assert result.stdout.count("shipped") == 2
    assert "✓" in result.stdout
    assert "(0%)" in result.stdout
    assert "zh_Hant" in result.stdout


def test_the_starter_goes_round_without_losing_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two updates of a copy: every translation stays, and the second changes nothing."""
    for name in STARTER:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    rows = kairos("i18n", "update")
    assert len(rows) == 9
    assert all(row["fuzzy"] == row["untranslated"] == row["obsolete"] == 0 for row in rows)
    before = snapshot(tmp_path)
    assert not any(row["changed"] for row in kairos("i18n", "update"))
    assert snapshot(tmp_path) == before


@pytest.mark.slow
def test_what_readers_see_is_told_the_same_in_every_process(tmp_path: Path) -> None:
    """Whatever order a process happens to keep its sets in."""
    for name in STARTER:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    found = set()
    for seed in ("0", "1", "2"):
        call = [sys.executable, "-m", "orchestrator", "i18n", "extract", "--workspace", str(tmp_path)]
        subprocess.run(call, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}, timeout=60)
        found.add((tmp_path / "locales/messages.pot").read_bytes())
    assert len(found) == 1
