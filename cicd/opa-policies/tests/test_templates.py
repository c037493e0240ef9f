"""What the cluster is given is what was tested."""
import subprocess
import sys

import pytest
import yaml
from engine import CICD, POLICIES, constraint, documents, names, template


def test_templates_hold_the_text_of_the_rego_files():
    run = subprocess.run([sys.executable, POLICIES / "sync.py", "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", names())
def test_template_and_constraint_belong_together(name):
    kind = template(name)["spec"]["crd"]["spec"]["names"]["kind"]
    assert template(name)["metadata"]["name"] == kind.lower()
    assert constraint(name)["kind"] == kind


@pytest.mark.parametrize("name", names())
def test_parameters_are_those_the_template_declares(name):
    schema = template(name)["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]
    assert set(constraint(name)["spec"].get("parameters", {})) <= set(schema.get("properties", {}))


@pytest.mark.parametrize("name", names())
def test_constraints_deny_in_enforced_namespaces(name):
    spec = constraint(name)["spec"]
    assert spec["enforcementAction"] == "deny"
    assert spec["match"]["namespaceSelector"] == {"matchLabels": {"hiroba.dev/policies": "enforced"}}
    assert {k for group in spec["match"]["kinds"] for k in group["kinds"]} >= {"Pod", "Deployment", "Job", "CronJob"}


@pytest.mark.parametrize("folder", ["gatekeeper-constraints", "gatekeeper-mutations"])
def test_kustomization_names_every_file(folder):
    files = {p.name for p in (CICD / folder).glob("*.yaml")} - {"kustomization.yaml"}
    listed = yaml.safe_load((CICD / folder / "kustomization.yaml").read_text())["resources"]
    assert {name for name in listed if not name.startswith("../")} == files


def test_the_two_policies_of_the_design_have_the_names_of_the_design():
    for name in ("require-label", "deny-privileged"):
        assert (POLICIES / f"{name}.rego").exists()
        assert [d["kind"] for d in documents(name)] == ["ConstraintTemplate", constraint(name)["kind"]]
        assert constraint(name)["metadata"]["name"] == name
