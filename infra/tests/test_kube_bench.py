"""What scripts/kube-bench.sh makes of a report: serious findings fail, accepted ones do not, an empty report is no pass."""
import json
import os
import shutil
import subprocess

import pytest
import yaml
from rendering import ROOT

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
        assert "delete --ignore-not-found" in (tmp_path / "kubectl.log").read_text(), "the job is left behind"
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
    namespace, job = yaml.safe_load_all((ROOT / "cicd" / "kube-bench" / "job.yaml").read_text())
    assert namespace["metadata"]["name"] == job["metadata"]["namespace"] == "kube-bench"
    spec = job["spec"]["template"]["spec"]
    container = spec["containers"][0]
    assert "@sha256:" in container["image"]
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert job["spec"]["activeDeadlineSeconds"] <= 300
    assert spec["automountServiceAccountToken"] is False
