"""Every job finds on its runner what it calls: packages without root, git in a container, checkers by name and checksum."""
import os
import re
import subprocess

import pytest
from rendering import ROOT
from test_workflows import STEPS, WORKFLOWS

INSTALL = ROOT / "scripts/install-packages.sh"
BRINGS_ALONG = ("bash", "cat", "dirname", "env", "grep", "head", "mkdir", "realpath", "sed", "sort", "find", "true")


@pytest.fixture
def machine(tmp_path):
    """A machine with nothing but the few programs above, apt-get and, where it is asked for, a sudo without a password."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in BRINGS_ALONG:
        (programs / name).symlink_to(next(f"{d}/{name}" for d in ("/usr/bin", "/bin") if os.path.exists(f"{d}/{name}")))

    def stand_in(name: str, text: str):
        (programs / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (programs / name).chmod(0o755)

    def run(user: int, sudo: bool):
        stand_in("id", f"echo {user}")
        stand_in("apt-get", f'echo "$(id -u) $*" >>{tmp_path}/calls')
        if sudo:
            stand_in("sudo", f'[ "$1" = -n ] && shift; echo "sudo $1" >>{tmp_path}/sudo; exec "$@"')
        done = subprocess.run(["/bin/bash", INSTALL, "alerts"], capture_output=True, text=True, check=False,
                              env={"PATH": str(programs), "HOME": str(tmp_path), "HIROBA_STATE_DIR": str(tmp_path)})
        calls = (tmp_path / "calls").read_text().splitlines() if (tmp_path / "calls").exists() else []
        return done, calls, (tmp_path / "sudo").exists()

    return run


def test_root_installs_what_is_missing(machine):
    done, calls, sudo = machine(0, sudo=False)
    assert done.returncode == 0, done.stderr
    assert "update" in calls[0] and "prometheus-alertmanager" in calls[1] and not sudo


def test_a_user_who_may_become_root_without_a_password_does(machine):
    done, calls, sudo = machine(1001, sudo=True)
    assert done.returncode == 0, done.stderr
    assert len(calls) == 2 and sudo


def test_anybody_else_is_told_what_to_run(machine):
    done, calls, _ = machine(1001, sudo=False)
    assert done.returncode == 1 and calls == []
    assert "sudo sh -c 'apt-get update && apt-get install -y" in done.stderr


def in_container():
    for name, workflow in WORKFLOWS.items():
        for job, content in workflow["jobs"].items():
            if "container" in content:
                yield pytest.param(content["steps"], id=f"{name}:{job}")


@pytest.mark.parametrize("steps", in_container())
def test_a_container_trusts_the_checkout_before_anything_reads_it(steps):
    """actions/checkout says so to git only while it runs itself (src/git-source-provider.ts)."""
    lines = [s.get("run", s.get("uses", "")) for s in steps]
    checkout = next(i for i, line in enumerate(lines) if line.startswith("actions/checkout@"))
    assert lines[checkout + 1] == 'git config --global --add safe.directory "$GITHUB_WORKSPACE"'
    assert lines[checkout - 1].startswith("apt-get update && apt-get install"), "make is not in the image"


TOOLS = [line.split() for line in (ROOT / "scripts/go-tools.txt").read_text().splitlines() if line and not line.startswith("#")]
SCRIPT = (ROOT / "scripts/install-scanners.sh").read_text()


@pytest.mark.parametrize("name,job,step", STEPS)
def test_a_step_installs_checkers_that_the_script_knows(name, job, step):
    for line in re.findall(r'make scan-tools TOOLS="?([a-z -]+?)"?$', step.get("run", ""), re.MULTILINE):
        for program in line.split():
            assert program in {t[0] for t in TOOLS} or f"{program}-x86_64)" in SCRIPT, program


def test_what_is_built_is_pinned_and_what_is_unpacked_has_its_checksum():
    for program, _, version, package in TOOLS:
        at = package.split("@")[1]
        assert at == f"v{version}" or re.fullmatch("[0-9a-f]{40}", at), program
    assert SCRIPT.count("unpack \"https://") == len(re.findall(r"^ +[0-9a-f]{64} ", SCRIPT, re.MULTILINE))


@pytest.mark.parametrize("program,chart", sorted({(t[0], t[1]) for t in TOOLS if t[1] != "-"}))
def test_a_checker_of_the_version_that_the_charts_pin_can_be_had(program, chart):
    charts = {line.split()[3]: line.split()[4] for line in (ROOT / "infra/helm/charts.txt").read_text().splitlines()
              if line and not line.startswith("#")}
    assert charts[chart] in {t[2] for t in TOOLS if t[0] == program}, "look it up and add its line to scripts/go-tools.txt"


@pytest.mark.parametrize("job", ["deploy", "production"])
def test_what_waits_for_an_argo_cd_runs_in_its_network(job):
    content = WORKFLOWS["ci-cd.yaml"]["jobs"][job]
    environment = str(content["environment"])
    assert content["runs-on"] == ["self-hosted", "linux", environment]


def test_every_job_is_in_the_table_of_the_document():
    """docs/cicd.md says of each what it needs and where it finds it."""
    table = (ROOT / "docs/cicd.md").read_text().split("## What each job needs")[1].split("\n## ")[0]
    rows = set(re.findall(r"^\| `([a-z0-9.-]+: [a-z0-9-]+)`", table, re.MULTILINE))
    jobs = {f"{name.removesuffix('.yaml')}: {job}" for name, w in WORKFLOWS.items() for job, c in w["jobs"].items() if "uses" not in c}
    assert rows == jobs
