"""The suite for Gatekeeper's own tester says of every sample what our engine says of it."""
import pathlib
import subprocess
import sys

import pytest
import yaml
from engine import names, violations

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("suite")
    subprocess.run([sys.executable, HERE / "gator_suite.py", made], check=True, capture_output=True)
    return made


def read(file: pathlib.Path) -> dict:
    return yaml.safe_load(file.read_text())


@pytest.mark.parametrize("name", names())
def test_both_engines_are_asked_the_same_and_told_the_same(folder, name):
    [test] = read(folder / name / "suite.yaml")["tests"]
    parameters = read(folder / name / test["constraint"])["spec"].get("parameters", {})
    expected = {case["assertions"][0]["violations"] for case in test["cases"]}
    assert expected == {"yes", "no"}, "a policy needs samples of both kinds"
    for case in test["cases"]:
        found = violations(name, read(folder / name / case["object"]), parameters)
        assert bool(found) == (case["assertions"][0]["violations"] == "yes"), case["name"]


def test_the_suite_has_templates_and_constraints_apart(folder):
    for name in names():
        assert read(folder / name / "template.yaml")["kind"] == "ConstraintTemplate"
        assert "namespaceSelector" not in read(folder / name / "constraint.yaml")["spec"]["match"]
