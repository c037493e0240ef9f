"""The weekly cluster: what can be known of its steps without docker."""
import re
import subprocess
import sys

import pytest
import yaml
from gateways import ENVOY
from rendering import ROOT, containers, environment, named, of_kind, pod_template, render

sys.path.insert(0, str(ROOT / "cicd" / "opa-policies" / "tests"))
import engine  # noqa: E402

OBJECTS = render(ROOT / "infra/kind/overlay")
SCRIPTS = {f.stem.removeprefix("kind-"): f.read_text() for f in (ROOT / "scripts").glob("kind-*.sh")}
TERRAFORM = (ROOT / "infra/terraform/variables.tf").read_text()


def test_every_step_is_a_script_and_the_last_one_is_always_taken():
    steps = re.search(r"^steps=\((.*)\)$", SCRIPTS["test"], re.MULTILINE)[1].split()
    assert steps == ["up", "bootstrap", "mesh", "policies", "services", "journey"]
    assert set(steps) | {"common", "down", "test"} == set(SCRIPTS)
    assert "trap ended EXIT" in SCRIPTS["test"] and "kind-down.sh" in SCRIPTS["test"]


def test_the_cluster_has_the_kubernetes_that_terraform_asks_for():
    version = re.search(r'variable "kubernetes_version".*?default += "([\d.]+)"', TERRAFORM, re.DOTALL)[1]
    images = dict(line.split() for line in (ROOT / "infra/kind/images.txt").read_text().splitlines() if not line.startswith("#"))
    assert re.fullmatch(rf"kindest/node:v{re.escape(version)}\.\d+@sha256:[0-9a-f]{{64}}", images[version])


def test_the_steps_install_releases_that_dev_has():
    asked = set(re.findall(r"^ *chart ([a-z-]+)$", "\n".join(SCRIPTS.values()), re.MULTILINE))
    asked |= {r for line in re.findall(r"for release in ([a-z -]+); do chart", "\n".join(SCRIPTS.values())) for r in line.split()}
    apps = render(ROOT / "cicd/environments/dev")
    releases = {s["helm"]["releaseName"] for a in apps for s in a["spec"].get("sources") or [a["spec"]["source"]] if "chart" in s}
    assert asked and asked <= releases


def test_what_only_aws_has_is_left_out_and_nothing_is_set_twice():
    assert not of_kind(OBJECTS, "ExternalSecret", "SecretStore", "Ingress", "HorizontalPodAutoscaler")
    for workload in of_kind(OBJECTS, "Deployment", "Job"):
        names = [e["name"] for c in containers(workload) for e in c.get("env", [])]
        assert len(names) == len(set(names)), "server-side apply refuses a list with two of a name"


def test_every_secret_a_pod_reads_is_made_with_every_value_it_has_in_aws():
    made = {}
    for suffix in ("", "-migrate"):
        for name, values in re.findall(r'secret_of "([a-z-]+)\$suffix".*?((?: "[A-Z_]+=[^"]*")*)$', SCRIPTS["services"], re.MULTILINE):
            made[name + suffix] = {"DATABASE_URL"} | set(re.findall(r'"([A-Z_]+)=', values))
    for workload in of_kind(OBJECTS, "Deployment", "Job"):
        for volume in pod_template(workload)["spec"]["volumes"]:
            if "secret" in volume:
                name = volume["secret"]["secretName"]
                wanted = {d["secretKey"] for d in named(environment("dev"), "ExternalSecret", name)["spec"]["data"]}
                assert wanted <= made[name], name


def test_the_stranger_breaks_every_policy_that_is_asked_for_and_no_rule_of_kubernetes_own():
    stranger = yaml.safe_load((ROOT / "infra/kind/stranger.yaml").read_text())
    asked = re.search(r"for policy in ([a-z -]+); do grep", SCRIPTS["policies"])[1].split()
    assert asked and all(engine.violations(name, stranger) for name in asked)
    assert engine.violations("deny-privileged", stranger) == [] == engine.violations("deny-host-access", stranger)


@pytest.mark.parametrize("file", ["cluster.yaml", "data.yaml", "balancer.yaml", "stranger.yaml"])
def test_the_files_are_yaml_without_a_moving_tag(file):
    text = (ROOT / "infra/kind" / file).read_text()
    assert list(yaml.safe_load_all(text)) and ":latest" not in text


def test_the_balancer_is_one_that_envoy_takes_and_sends_paths_where_the_ingresses_do():
    file = ROOT / "infra/kind/balancer.yaml"
    checked = subprocess.run([ENVOY, "--mode", "validate", "-c", file, "-l", "error"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr + checked.stdout
    listener = yaml.safe_load(file.read_text())["static_resources"]["listeners"][0]
    routes = listener["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]

    def gateway(path: str) -> str:
        for route in routes:
            match = route["match"]
            if path == match.get("path") or path.startswith(match.get("prefix", "\0")):
                return route["route"]["cluster"]
        return ""

    for ingress in of_kind(environment("dev"), "Ingress"):
        for path in [p for rule in ingress["spec"].get("rules", []) for p in rule["http"]["paths"]]:
            assert f"istio-gateway-{gateway(path['path'])}" == path["backend"]["service"]["name"], path["path"]
