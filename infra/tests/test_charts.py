"""What stands in the Applications is rendered as Argo CD renders it, and CRDs are taken out of what comes (scripts/charts.py, crds-of.py)."""
import importlib.util
import json
import os
import subprocess
import sys

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, render

SCRIPTS = ROOT / "scripts"


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


charts = script("charts")


def chart_sources(env: str):
    for app in render(ROOT / "cicd/environments" / env):
        yield from (s for s in app["spec"].get("sources") or [app["spec"]["source"]] if "chart" in s)


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("folder", ["prometheus", "loki"])
def test_argo_cds_parameters_and_the_script_put_the_same_into_the_values(env, folder):
    """Two ways lead to a cluster, scripts/install-addons.sh and Argo CD; they bring the same."""
    by_script = subprocess.run([SCRIPTS / "install-addons.sh"], env={**os.environ, "PRINT_VALUES": folder, "ENV": env},
                               capture_output=True, text=True, check=True).stdout
    [source] = [s for s in chart_sources(env) if any(f"/{folder}/" in f for f in s.get("helm", {}).get("valueFiles", []))]
    assert charts.values_of(source) == yaml.safe_load(by_script)


@pytest.mark.parametrize("name,way", [
    ("a.b", ["a", "b"]), ("a[0].b", ["a", 0, "b"]), ("a.x\\.y/z", ["a", "x.y/z"]), ("a[1][0].b", ["a", 1, 0, "b"]),
])
def test_the_name_of_a_parameter_is_read_as_helm_reads_it(name, way):
    assert charts.steps(name) == way


def test_maps_grow_together_and_lists_are_replaced():
    assert charts.merged({"a": {"x": 1, "l": [1, 2]}, "b": 1}, {"a": {"l": [3]}}) == {"a": {"x": 1, "l": [3]}, "b": 1}


CRD = {"kind": "CustomResourceDefinition", "spec": {
    "group": "a.example", "scope": "Namespaced", "names": {"kind": "Route"}, "versions": [
        {"name": "v1", "served": True, "schema": {"openAPIV3Schema": {"type": "object"}}},
        {"name": "v1beta1", "served": False, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}


def test_a_served_version_of_a_crd_becomes_a_file_and_another_does_not(tmp_path):
    text = yaml.safe_dump_all([{"kind": "ConfigMap"}, None, CRD])
    subprocess.run([sys.executable, SCRIPTS / "crds-of.py", tmp_path], input=text, text=True, capture_output=True, check=True)
    assert [f.name for f in tmp_path.iterdir()] == ["a.example_v1_Route.json"]
    assert json.loads((tmp_path / "a.example_v1_Route.json").read_text())["schema"] == {"type": "object"}


def test_manifests_without_a_crd_are_an_error(tmp_path):
    run = subprocess.run([sys.executable, SCRIPTS / "crds-of.py", tmp_path], input="kind: ConfigMap", text=True, capture_output=True, check=False)
    assert run.returncode == 1


def test_crds_that_no_chart_brings_are_named_by_commit():
    lines = [line.split() for line in (ROOT / "infra/tests/crds.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    for repository, version, commit, folder in lines:
        assert repository.count("/") == 1 and version.startswith("v") and len(commit) == 40 and folder
