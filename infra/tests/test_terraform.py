"""What can be read in the Terraform files without running it: every input is described and bounded, and nothing is a secret."""
import re

import pytest
from rendering import ENVIRONMENTS, ROOT

TERRAFORM = ROOT / "infra/terraform"
FILES = sorted(TERRAFORM.rglob("variables.tf"))


def blocks(text: str, kind: str):
    """Name and body of each top-level block."""
    return re.findall(rf'^{kind} "([^"]+)" \{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name)
def test_every_variable_is_typed_described_and_validated(path):
    variables = blocks(path.read_text(), "variable")
    assert variables
    for name, body in variables:
        kind = re.search(r"^  type\s+= (.+)$", body, re.MULTILINE)
        assert kind, f"{name} has no type"
        assert re.search(r'^  description\s+= ".{10,}"$', body, re.MULTILINE), f"{name} has no description"
        # A boolean has two values, and both are meant; what combines badly is still refused where it matters.
        assert kind[1] == "bool" or "validation {" in body, f"{name} takes anything"


def test_every_output_is_described():
    for path in TERRAFORM.rglob("outputs.tf"):
        for name, body in blocks(path.read_text(), "output"):
            assert "description" in body, name


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_an_environment_has_values_and_a_state_of_its_own(env):
    values = (TERRAFORM / f"environments/{env}.tfvars").read_text()
    assert f'"{env}"' in values
    backend = (TERRAFORM / f"environments/{env}.s3.tfbackend").read_text()
    assert f"hiroba-{env}-" in backend
    names = set(re.findall(r"^(\w+)\s*=", values, re.MULTILINE))
    assert names <= {name for name, _ in blocks((TERRAFORM / "variables.tf").read_text(), "variable")}


def test_environments_are_accounts_and_agree_with_the_overlays():
    accounts = {}
    for env in ENVIRONMENTS:
        values = (TERRAFORM / f"environments/{env}.tfvars").read_text()
        overlay = (ROOT / f"infra/k8s/overlays/{env}/environment/environment.yaml").read_text()
        accounts[env] = re.search(r'account_id\s*= "(\d{12})"', values)[1]
        assert f'account: "{accounts[env]}"' in overlay
        assert re.search(r'^host\s*= "(.+)"', values, re.MULTILINE)[1] == re.search(r"host: (.+)", overlay)[1]
    assert len(set(accounts.values())) == len(ENVIRONMENTS)


def test_the_state_is_encrypted_and_locked():
    provider = (TERRAFORM / "provider.tf").read_text()
    backend = re.search(r'backend "s3" \{(.*?)\}', provider, re.DOTALL)[1]
    assert re.search(r"encrypt\s+= true", backend) and re.search(r"use_lockfile\s+= true", backend)


def test_policies_name_each_action():
    found = 0
    for path in TERRAFORM.rglob("*.tf"):
        text = path.read_text()
        for actions in re.finditer(r"actions\s+= \[(.*?)\]", text, re.DOTALL):
            found += 1
            denies = re.search(r'effect\s+= "Deny"\s*$', text[:actions.start()])
            assert denies or not "*" in actions[1], f"{path.name}: {actions[1]}"
    assert found > 30


def test_only_local_modules_are_used():
    for path in TERRAFORM.rglob("*.tf"):
        assert all(source.startswith("./") for source in re.findall(r'^  source\s+= "(\.?/?[^"]+)"', path.read_text(), re.MULTILINE)
                   if "hashicorp/" not in source)
