"""What can be read in the Terraform files without running it: every input is described and bounded, and nothing is a secret."""
import re
import shutil
import subprocess

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, SERVICES

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


def value(root, env: str, name: str):
    """What an environment's tfvars give a variable; a list as a list, nothing as nothing."""
    found = re.search(rf'^{name}\s*= (".*?"|\[.*?\])', (root / f"infra/terraform/environments/{env}.tfvars").read_text(), re.MULTILINE)
    return yaml.safe_load(found[1]) if found else None


def overlay(root, env: str, path: str) -> dict:
    return yaml.safe_load((root / "infra/k8s/overlays" / env / path).read_text())


def accounts_that_agree(root) -> dict[str, str]:
    """The account of each environment, once every file that names one was asked."""
    accounts = {env: value(root, env, "account_id") for env in ENVIRONMENTS}
    assert len(set(accounts.values())) == len(ENVIRONMENTS)
    for env, account in accounts.items():
        settings = overlay(root, env, "environment/environment.yaml")["data"]
        assert settings["account"] == account
        arns = settings["certificate_arn"] + settings["waf_arn"] + (root / f"cicd/environments/{env}/platform/kustomization.yaml").read_text()
        assert set(re.findall(r"\b\d{12}\b", arns)) - {"0" * 12} == {account}  # zeros end a UUID nobody filled in

    [registry] = {value(root, env, "registry_account_id") for env in ENVIRONMENTS}
    for env, account in accounts.items():
        pulling = value(root, env, "registry_pull_account_ids")
        assert set(pulling or []) == (set(accounts.values()) - {registry} if account == registry else set()), env
        for service in SERVICES:
            names = {i["newName"] for i in overlay(root, env, f"{service}/kustomization.yaml")["images"]}
            assert names == {f"{registry}.dkr.ecr.ap-northeast-1.amazonaws.com/hiroba/{service}"}
    _, constraint = yaml.safe_load_all((root / "cicd/gatekeeper-constraints/require-image-registry.yaml").read_text())
    assert constraint["spec"]["parameters"]["registries"] == [f"{registry}.dkr.ecr.ap-northeast-1.amazonaws.com/hiroba"]
    return accounts


def test_environments_are_accounts_and_one_registry_serves_them_all():
    assert set(accounts_that_agree(ROOT)) == set(ENVIRONMENTS)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_terraform_and_overlay_name_one_host(env):
    assert value(ROOT, env, "host") == overlay(ROOT, env, "environment/environment.yaml")["data"]["host"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_one_command_puts_an_account_everywhere(env, tmp_path):
    for folder in ("scripts", "cicd", "infra/k8s", "infra/terraform/environments"):
        shutil.copytree(ROOT / folder, tmp_path / folder)

    def run(*arguments):
        return subprocess.run([tmp_path / "scripts/set-account.sh", *arguments], capture_output=True, text=True, check=False)

    before = accounts_that_agree(tmp_path)
    other = next(account for name, account in before.items() if name != env)
    for wrong in (["production", "444444444444"], [env, "44444444444"], [env, other], [env]):
        assert run(*wrong).returncode == 1, wrong
    assert accounts_that_agree(tmp_path) == before
    done = run(env, "444444444444")
    assert done.returncode == 0, done.stderr
    assert accounts_that_agree(tmp_path) == before | {env: "444444444444"}
    left = [p for p in tmp_path.rglob("*") if p.is_file() and re.search(rf"\b{before[env]}\b", p.read_text())]
    assert left == []


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
