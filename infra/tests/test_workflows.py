"""Our own rules for .github/workflows, beside what GitHub's schema, zizmor and shellcheck see (scripts/lint-workflows.sh)."""
import pathlib
import re

import pytest
import yaml
from rendering import ROOT, SERVICES

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yaml"))
WORKFLOWS = {f.name: yaml.safe_load(f.read_text()) for f in FILES}
STEPS = [
    pytest.param(name, job, step, id=f"{name}:{job}:{number}")
    for name, workflow in WORKFLOWS.items()
    for job, content in workflow["jobs"].items()
    for number, step in enumerate(content.get("steps", []), 1)
]
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"]]


def triggers(workflow: dict) -> dict:
    return workflow[True] or {}  # YAML 1.1 takes the key `on` for a boolean


def test_the_seven_workflows_of_the_design_are_there_and_two_for_the_clouds_parts():
    expected = "ci-cd lint-swift e2e-playwright kube-bench kube-linter trivy policy-gatekeeper charts kind"
    assert sorted(WORKFLOWS) == sorted(f"{name}.yaml" for name in expected.split())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_only_read_the_repository(name):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("name,job", JOBS)
def test_a_job_that_may_more_gets_an_identity_in_aws_and_nothing_else(name, job):
    extra = WORKFLOWS[name]["jobs"][job].get("permissions", {"contents": "read"})
    assert extra in ({"contents": "read"}, {"contents": "read", "id-token": "write"})


@pytest.mark.parametrize("name,job", JOBS)
def test_nothing_a_pull_request_runs_knows_a_secret(name, job):
    content = WORKFLOWS[name]["jobs"][job]
    on = triggers(WORKFLOWS[name])
    if "pull_request" not in on and "workflow_call" not in on:
        return
    if "secrets." in yaml.dump(content) or "id-token" in content.get("permissions", {}):
        assert re.search(r"github\.event_name == '(push|schedule)'", content.get("if", ""))
    assert "secrets" not in content, "secrets are not handed on to called workflows"


def test_no_workflow_runs_strangers_code_with_our_rights():
    assert not any(t in triggers(w) for w in WORKFLOWS.values() for t in ("pull_request_target", "workflow_run"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_action_is_pinned_by_commit_and_says_its_version(file):
    for line in re.findall(r"^.*uses:.*$", file.read_text(), re.M):
        assert re.search(r"uses: (\$/\.github/workflows/[a-z0-9-]+\.yaml|[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$", line), line


def test_one_action_has_one_version():
    pins = set(re.findall(r"uses: ([\w.-]+/[\w.-]+)@(\S+)", "\n".join(f.read_text() for f in FILES)))
    assert len(pins) == len({action for action, _ in pins})


@pytest.mark.parametrize("name,job,step", STEPS)
def test_a_checkout_leaves_no_token_behind(name, job, step):
    if step.get("uses", "").startswith("actions/checkout@"):
        assert step["with"]["persist-credentials"] is False


def verbs() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):.*## ", (ROOT / "Makefile").read_text(), re.M))


@pytest.mark.parametrize("name,job,step", STEPS)
def test_a_step_calls_verbs_of_the_makefile_that_exist(name, job, step):
    called = re.findall(r"\bmake (?:--silent )?([a-z0-9-]+)", re.sub(r"apt-get.*", "", step.get("run", "")))
    assert set(called) <= verbs()
    assert "scripts/" not in step.get("run", ""), "the Makefile is the one door"


@pytest.mark.parametrize("name,job,step", STEPS)
def test_no_step_pastes_an_expression_into_its_script(name, job, step):
    assert "${{" not in step.get("run", ""), "hand it over in env; a branch's name is a stranger's text"


@pytest.mark.parametrize("name,job", JOBS)
def test_every_job_has_an_end(name, job):
    content = WORKFLOWS[name]["jobs"][job]
    assert "uses" in content or content["timeout-minutes"] <= 90


def test_each_service_is_released_by_tags_of_its_own():
    assert triggers(WORKFLOWS["ci-cd.yaml"])["push"]["tags"] == [f"{service}/v*" for service in SERVICES]


def test_nothing_is_published_before_everything_was_checked():
    jobs = WORKFLOWS["ci-cd.yaml"]["jobs"]
    checks = {name for name in jobs if name not in ("gate", "publish", "snyk", "deploy", "production", "report")}
    assert set(jobs["gate"]["needs"]) == checks
    assert jobs["gate"]["if"] == "always()"
    assert "needs.gate.result == 'success'" in jobs["publish"]["if"]
    assert "needs.publish.result == 'success'" in jobs["deploy"]["if"]
    assert "needs.deploy.result == 'success'" in jobs["production"]["if"]
    assert jobs["production"]["environment"] == "prd"


def test_scanners_that_a_runner_lacks_are_named_so_that_their_absence_fails():
    """make scan without a name lets trivy and kube-linter be absent; with one it does not."""
    wanted = set(re.search(r"^all=\((.*)\)$", (ROOT / "scripts" / "scan.sh").read_text(), re.M)[1].split())
    runs = [step.get("run", "") for w in WORKFLOWS.values() for j in w["jobs"].values() for step in j.get("steps", [])]
    named = {s for run in runs for group in re.findall(r'make scan SCANNERS="?([a-z -]+)"?', run) for s in group.split()}
    assert named == wanted


@pytest.mark.parametrize("file", sorted((ROOT / "scripts").glob("*.sh")), ids=lambda f: f.name)
def test_a_script_says_what_it_does_and_stops_at_the_first_error(file: pathlib.Path):
    first, second, *rest = file.read_text().splitlines()
    assert first == "#!/usr/bin/env bash"
    assert second.startswith("# ") and len(second) > 20
    assert "set -euo pipefail" in rest


DOCUMENT = (ROOT / "docs" / "cicd.md").read_text()


def test_the_document_names_every_setting_the_workflows_take_and_no_other():
    taken = set(re.findall(r"\b(?:vars|secrets)\.([A-Z_]+)", "\n".join(f.read_text() for f in FILES)))
    table = DOCUMENT.split("## What has to be set up once")[1].split("\n## ")[0]
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", table)) == taken


def test_the_document_names_every_environment_the_workflows_use():
    used = {str(j["environment"]) for w in WORKFLOWS.values() for j in w["jobs"].values() if "environment" in j}
    names = {n for text in used for n in re.findall(r"\b(dev|stg|prd|snyk|report)\b", text)}
    assert names | {"dev", "stg"} == {"dev", "stg", "prd", "snyk", "report"}
    assert all(f"`{name}`" in DOCUMENT for name in names | {"dev-audit", "stg-audit", "prd-audit"})


def test_the_document_calls_verbs_and_workflows_that_exist():
    assert {verb for line in re.findall(r"`make ([a-z0-9 -]+)", DOCUMENT) for verb in line.split()} <= verbs()
    assert set(re.findall(r"workflows/([a-z0-9-]+\.yaml)", DOCUMENT)) == set(WORKFLOWS)
