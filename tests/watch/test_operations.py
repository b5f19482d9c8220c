"""What operators are told is true: every setting, number and alarm is explained, and what is shipped to run it fits."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from orchestrator.cli import program
from orchestrator.watch import alarms, metrics

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text()
DEPLOY = ROOT / "docs/deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
VARIABLE = re.compile(r"\bKAIROS_[A-Z_]+\b")


def sources() -> str:
    """All of the program."""
    return "\n".join(file.read_text() for room in ("orchestrator", "channels") for file in (ROOT / room).rglob("*.py"))


def test_every_setting_is_explained() -> None:
    """Those that the program reads, and no others, but for those of tests."""
    read = {name for name in VARIABLE.findall(sources()) if not name.startswith("KAIROS_TEST_")}
    assert read == set(VARIABLE.findall(OPERATIONS))
    assert set(VARIABLE.findall((DEPLOY / "compose.yaml").read_text())) <= read
    assert set(VARIABLE.findall((DEPLOY / "kairos.env").read_text())) <= read


@pytest.mark.parametrize("command", ["worker", "api"])
def test_every_option_of_a_service_is_explained(command: str) -> None:
    told = CliRunner().invoke(program, [command, "--help"], env={"COLUMNS": "200"}).output
    options = set(re.findall(r"--[a-z]+", told)) - {"--help", "--workspace"}
    assert options
    assert {option for option in options if option not in OPERATIONS} == set()


def test_every_alarm_is_explained() -> None:
    codes = set(re.findall(r'"([a-z]+\.[a-z_]+)"', Path(alarms.__file__).read_text()))
    section = OPERATIONS.split("## Alarms")[1].split("\n## ")[0]
    assert codes == set(re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE))


def test_every_number_is_explained() -> None:
    for metric in (*metrics.COUNTED, *metrics.LOOKED, *metrics.SERVED):
        name = f"{metric.name}_total" if metric.kind == "counter" else metric.name
        assert f"`{name}`" in OPERATIONS


def test_rules_ask_for_numbers_that_there_are() -> None:
    rules: Any = yaml.safe_load((DEPLOY / "alarms.yaml").read_text())
    asked = set(
        re.findall(r"kairos_[a-z_]+", " ".join(rule["expr"] for group in rules["groups"] for rule in group["rules"]))
    )
    declared = {metric.name for metric in (*metrics.COUNTED, *metrics.LOOKED, *metrics.SERVED)}
    assert {re.sub(r"_(total|bucket|count)$", "", name) for name in asked} <= declared


def _runs(words: list[str]) -> bool:
    """Whether the program has such a command, with such options."""
    options = [word for word in words[1:] if word.startswith("--")]
    told = CliRunner().invoke(program, [words[0], "--help"], env={"COLUMNS": "200"})
    return told.exit_code == 0 and all(option in told.output for option in options)


def test_the_containers_run_what_there_is() -> None:
    """Commands with their options; Redis as it must be set."""
    compose: Any = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    for name in ("urgent", "bulk", "scheduler", "api"):
        assert _runs(services[name]["command"]), name
        assert set(services[name]["depends_on"]) <= set(services)
    redis = " ".join(services["redis"]["command"])
    assert "--maxmemory-policy noeviction" in redis
    assert "--appendonly yes" in redis
    assert "/readyz" in " ".join(services["api"]["healthcheck"]["test"])


def test_the_units_run_what_there_is() -> None:
    """And the target starts units that there are."""
    names = {unit.name for unit in UNITS}
    for unit in UNITS:
        text = unit.read_text()
        for line in re.findall(r"^ExecStart=/opt/kairos/bin/kairos (.*)$", text, re.MULTILINE):
            assert _runs(shlex.split(line)), unit.name
        for wanted in re.findall(r"\bkairos-[a-z]+(?:@[a-z]+)?\.(?:service|timer)", text):
            assert re.sub(r"@[a-z]+", "@", wanted) in names


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd to ask")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    """With programs in the place of ours, which is not installed here."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/kairos/bin/kairos", "/bin/true"))
    asked = [str(tmp_path / unit.name) for unit in UNITS if "@" not in unit.name]
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *asked, str(tmp_path / "kairos-worker@bulk.service")],
        capture_output=True,
        text=True,
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    ours = [line for line in found.stderr.splitlines() if "kairos" in line]
    assert (found.returncode, ours) == (0, [])
