"""What make scan lets pass is written down, reasoned, and no more than what is found."""
import importlib.util
import io
import json
import re
import subprocess
import sys

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, SERVICES

SCAN = ROOT / "cicd" / "scan"
SECTIONS = yaml.safe_load((SCAN / "accepted.yaml").read_text())
ENTRIES = [(section, entry) for section, entries in SECTIONS.items() for entry in entries or []]


@pytest.fixture
def judge(monkeypatch, tmp_path):
    """Judges findings of checkov, given as (check, resource), by acceptances of the test's own."""
    spec = importlib.util.spec_from_file_location("scan_findings", ROOT / "scripts" / "scan-findings.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def judged(accepted, *found):
        (tmp_path / "accepted.yaml").write_text(yaml.dump({"terraform": accepted}))
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "ACCEPTED", tmp_path / "accepted.yaml")
        failed = [{"check_id": c, "resource": r, "check_name": "n"} for c, r in found]
        report = {"summary": {"passed": 9, "failed": len(failed), "parsing_errors": 0}, "results": {"failed_checks": failed}}
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(report)))
        return module.main("checkov", "terraform")

    return judged


ENTRY = {"checks": ["CKV_1"], "place": r"bucket\.logs", "why": "because"}


def test_a_finding_nobody_accepted_fails(judge):
    assert judge([], ("CKV_1", "bucket.logs")) == 1
    assert judge([ENTRY], ("CKV_1", "bucket.logs"), ("CKV_1", "bucket.videos")) == 1
    assert judge([ENTRY], ("CKV_1", "bucket.logs"), ("CKV_2", "bucket.logs")) == 1


def test_an_accepted_finding_passes(judge):
    assert judge([ENTRY], ("CKV_1", "bucket.logs")) == 0


def test_an_acceptance_of_nothing_fails_unless_it_comes_and_goes(judge):
    assert judge([ENTRY]) == 1
    assert judge([ENTRY | {"comes_and_goes": True}]) == 0


def test_a_scanner_that_checked_nothing_fails():
    nothing = json.dumps({"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0})
    command = [sys.executable, ROOT / "scripts/scan-findings.py", "checkov", "github_actions"]
    assert subprocess.run(command, input=nothing, capture_output=True, text=True, check=False).returncode == 1


@pytest.mark.parametrize("section,entry", ENTRIES, ids=lambda x: x if isinstance(x, str) else x["checks"][0])
def test_every_acceptance_has_a_reason(section, entry):
    assert set(entry) <= {"checks", "place", "line", "why", "comes_and_goes"}
    assert len(entry["why"].split()) >= 3


@pytest.mark.parametrize("file", [SCAN / "kube-linter.yaml", ROOT / ".github" / "zizmor.yml"], ids=lambda f: f.name)
def test_every_exclusion_stands_under_its_reason(file):
    lines = file.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if re.match(r"\s+(exclude|unpinned-images):", line))
    end = next((i for i, line in enumerate(lines) if line.startswith("customChecks:")), len(lines))
    below = [line.strip() for line in lines[start + 1:end]]
    assert below[0].startswith("# ")
    if file.name == "kube-linter.yaml":
        assert all(below[i - 1].startswith("# ") for i, line in enumerate(below) if line.startswith("- "))


IGNORED = yaml.safe_load((SCAN / "trivyignore.yaml").read_text())


def test_an_ignored_hole_says_why_and_until_when():
    for entry in IGNORED["vulnerabilities"]:
        assert len(entry["statement"].split()) >= 3 and entry["expired_at"]


@pytest.mark.parametrize("entry", IGNORED["misconfigurations"], ids=lambda e: e["id"])
def test_an_ignored_configuration_says_why_and_is_true_for_files_that_exist(entry, tmp_path):
    """Without paths, or with one that is too wide, it would be true for objects nobody thought of."""
    assert len(entry["statement"].split()) >= 3 and len(entry["paths"]) == 1
    [pattern] = entry["paths"]
    if pattern.endswith(".tf"):
        assert (ROOT / "infra/terraform" / pattern).exists()
        return
    for env in ENVIRONMENTS:
        (tmp_path / env).mkdir()
        subprocess.run(["kubectl", "kustomize", ROOT / "infra/k8s/overlays" / env, "-o", tmp_path / env], check=True)
    met = list(tmp_path.glob(pattern))
    assert {f.parent.name for f in met} == set(ENVIRONMENTS) and len(met) <= 3 * len(SERVICES)
