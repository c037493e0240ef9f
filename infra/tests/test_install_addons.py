"""The installer of charts, against stand-ins for helm and kubectl: it asks about everything before it changes anything."""
import os
import subprocess

import pytest
from rendering import ROOT

HELM = """#!/bin/sh
echo "$*" >> "$LOG"
case "$1" in
    show) cat "$DEFAULTS" ;;
    status) exit 1 ;;
    upgrade) case "$*" in *--dry-run*"$REFUSED"*|*"$REFUSED"*--dry-run*) [ -z "$REFUSED" ] || exit 1 ;; esac ;;
esac
"""
KUBECTL = """#!/bin/sh
echo "$CONTEXT"
"""


@pytest.fixture
def run(tmp_path):
    for name, text in (("helm", HELM), ("kubectl", KUBECTL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    log = tmp_path / "log"

    def go(*arguments, defaults="{}", context="hiroba-dev", refused=""):
        log.write_text("")
        (tmp_path / "defaults").write_text(defaults)
        variables = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "LOG": str(log), "CONTEXT": context, "ENV": "dev",
                     "DEFAULTS": str(tmp_path / "defaults"), "REFUSED": refused}
        done = subprocess.run([ROOT / "scripts/install-addons.sh", *arguments], env=variables, capture_output=True, text=True, check=False)
        calls = [line for line in log.read_text().splitlines() if line.startswith("upgrade")]
        return done, [c for c in calls if "--dry-run" in c], [c for c in calls if "--dry-run" not in c]

    return go


RELEASES = [line.split()[0] for line in (ROOT / "infra/helm/charts.txt").read_text().splitlines() if not line.startswith("#")]


def test_without_apply_it_only_asks(run):
    done, asked, changed = run()
    assert done.returncode == 0, done.stderr
    assert [c.split()[2] for c in asked] == RELEASES and changed == []


def test_with_apply_it_installs_in_order_what_is_pinned(run):
    done, asked, changed = run("--apply")
    assert done.returncode == 0, done.stderr
    assert [c.split()[2] for c in changed] == RELEASES and len(asked) == len(RELEASES)
    assert all("--version" in c and "--atomic" in c for c in changed)


def test_one_refusal_and_nothing_is_changed(run):
    done, _, changed = run("--apply", refused="kiali-operator")
    assert done.returncode != 0 and changed == []


def test_a_key_that_the_chart_does_not_know_stops_it(run):
    done, asked, changed = run("--apply", "kiali-operator", defaults='{"resources": {}}')
    assert done.returncode != 0 and "the chart knows no watchNamespace" in done.stderr
    assert asked == changed == []


def test_another_cluster_is_left_alone(run):
    done, asked, changed = run("--apply", context="hiroba-prd")
    assert done.returncode != 0 and "not at hiroba-dev" in done.stderr
    assert asked == changed == []


def test_a_release_that_is_not_there_is_an_error(run):
    done, *_ = run("grafanna")
    assert done.returncode != 0 and "grafanna" in done.stderr
