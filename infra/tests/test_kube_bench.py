"""What scripts/kube-bench.sh makes of a report: serious findings fail, accepted ones do not, an empty report is no pass."""
import json
import os
import re
import shutil
import subprocess

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, environment, of_kind

# Stands in for a cluster: answers `logs` with the report beside it.
KUBECTL = '''#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/kubectl.log"
[ "$3" != logs ] || cat "$(dirname "$0")/report.json"
'''


def finding(number, status="FAIL", scored=True):
    return {"test_number": number, "test_desc": "Ensure", "status": status, "scored": scored}


@pytest.fixture
def bench(tmp_path):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copytree(ROOT / "cicd" / "kube-bench", tmp_path / "cicd" / "kube-bench")
    (tmp_path / "kubectl").write_text(KUBECTL)
    (tmp_path / "kubectl").chmod(0o755)

    def run(*results, accepted=""):
        totals = {"total_pass": 1, "total_fail": 1, "total_warn": 0}
        (tmp_path / "report.json").write_text(json.dumps({"Controls": [{"tests": [{"results": results}]}], "Totals": totals}))
        (tmp_path / "cicd/kube-bench/accepted.txt").write_text(f"# list\n{accepted}\n")
        settings = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run([tmp_path / "scripts/kube-bench.sh"], env=settings, capture_output=True, text=True, check=False)
        calls = (tmp_path / "kubectl.log").read_text().splitlines()
        assert calls[-1].startswith("delete --ignore-not-found"), "the job is left behind"
        assert [call.split()[0] for call in calls[:2]] == ["delete", "create"], "an old job's report could be taken for this one's"
        return done

    return run


def test_a_scored_failure_fails_and_is_named(bench):
    done = bench(finding("3.1.1"), finding("3.1.2", status="PASS"))
    assert done.returncode == 1 and "3.1.1 Ensure" in done.stderr


def test_an_accepted_failure_passes_and_only_that_one(bench):
    assert bench(finding("3.1.1"), accepted="3.1.1 because").returncode == 0
    assert bench(finding("3.1.10"), accepted="3.1.1 because").returncode == 1


def test_what_people_must_judge_does_not_fail(bench):
    assert bench(finding("3.1.1", status="WARN"), finding("3.1.2", scored=False)).returncode == 0


def test_an_empty_report_fails(bench):
    assert bench().returncode == 1


def test_the_job_is_pinned_short_and_cannot_write_to_the_node():
    job = yaml.safe_load((ROOT / "cicd" / "kube-bench" / "job.yaml").read_text())
    spec = job["spec"]["template"]["spec"]
    container = spec["containers"][0]
    assert "@sha256:" in container["image"]
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert job["spec"]["activeDeadlineSeconds"] <= 300
    assert spec["automountServiceAccountToken"] is False


def allowed(role: dict) -> set[tuple]:
    return {(resource, verb, *rule.get("resourceNames", [])) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_audit_may_run_its_job_and_read_its_log_and_nothing_else(env):
    job = yaml.safe_load((ROOT / "cicd" / "kube-bench" / "job.yaml").read_text())
    name, namespace = job["metadata"]["name"], job["metadata"]["namespace"]
    bindings = [b for b in of_kind(environment(env), "RoleBinding", "ClusterRoleBinding")
                if any(subject["name"] == "hiroba-audit" for subject in b["subjects"])]
    assert [(b["kind"], b["metadata"]["namespace"], b["roleRef"]["name"]) for b in bindings] == [("RoleBinding", namespace, "audit")]
    [role] = [r for r in of_kind(environment(env), "Role") if r["metadata"]["namespace"] == namespace]
    assert role["metadata"]["name"] == "audit"
    assert allowed(role) == {("jobs", "create"), *(("jobs", verb, name) for verb in ("get", "list", "watch", "delete")),
                             ("pods", "get"), ("pods", "list"), ("pods/log", "get")}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_audits_namespace_takes_its_job_and_its_group_is_the_one_that_terraform_gives(env):
    [place] = [n for n in of_kind(environment(env), "Namespace") if n["metadata"]["name"] == "kube-bench"]
    assert place["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert "hiroba.dev/policies" not in place["metadata"]["labels"], "ours would refuse the job"
    assert re.search(r'kubernetes_groups += \["hiroba-audit"\]', (ROOT / "infra/terraform/github.tf").read_text())


def test_the_workflow_runs_where_terraform_trusts_it():
    jobs = yaml.safe_load((ROOT / ".github/workflows/kube-bench.yaml").read_text())["jobs"]
    assert jobs["bench"]["environment"] == "${{ matrix.environment }}-audit"
    assert jobs["bench"]["strategy"]["matrix"]["environment"] == ENVIRONMENTS
    assert '"environment:${var.environment}-audit"' in (ROOT / "infra/terraform/github.tf").read_text()
