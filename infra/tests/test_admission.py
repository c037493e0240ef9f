"""Our own manifests keep our own rules, once a release has put in digest and signature."""
import copy
import re
import sys

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, containers, environment, of_kind, pod_template

sys.path.insert(0, str(ROOT / "cicd" / "opa-policies" / "tests"))
import engine  # noqa: E402
from signing import PEM, jws  # noqa: E402

ANNOTATION = "hiroba.dev/image-signatures"


def workloads(env):
    return [o for o in of_kind(environment(env), "Deployment", "Job") if o["metadata"]["namespace"] == "hiroba"]


def released(workload: dict) -> dict:
    """The workload as a release writes it: every image by digest, and signed."""
    copied = copy.deepcopy(workload)
    for container in containers(copied):
        container["image"] = container["image"].rsplit(":", 1)[0] + "@sha256:" + "ab" * 32
    images = {c["image"] for c in containers(copied)}
    pod_template(copied)["metadata"]["annotations"][ANNOTATION] = " ".join(jws(i) for i in sorted(images))
    return copied


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("name", engine.names())
def test_released_manifests_keep_every_rule(env, name):
    parameters = engine.constraint(name)["spec"].get("parameters", {})
    if name == "require-image-signature":
        parameters = parameters | {"publicKeys": [PEM]}
    for workload in workloads(env):
        assert engine.matches(name, workload)
        assert engine.violations(name, released(workload), parameters) == []


@pytest.mark.parametrize("name", ["require-image-digest", "require-image-signature"])
def test_what_was_never_released_is_refused(name):
    for workload in workloads("prd"):
        assert engine.violations(name, workload) != []


def injected(workload: dict) -> dict:
    """A pod of the workload as istiod leaves it: with its own containers in front (Istio's CNI is on, so none changes the network)."""
    version = re.search(r"^istiod .* (\d+\.\d+\.\d+) ", (ROOT / "infra/helm/charts.txt").read_text(), re.MULTILINE)[1]
    proxy = yaml.safe_load((ROOT / "infra/helm/istio/values.yaml").read_text())["global"]["proxy"]
    theirs = {
        "image": f"docker.io/istio/proxyv2:{version}",
        "resources": proxy["resources"],
        "securityContext": {
            "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "privileged": False,
            "readOnlyRootFilesystem": True, "runAsGroup": 1337, "runAsNonRoot": True, "runAsUser": 1337,
        },
    }
    sidecar = {"name": "istio-proxy", "restartPolicy": "Always", "readinessProbe": {"httpGet": {"path": "/healthz/ready", "port": 15021}}}
    template = copy.deepcopy(pod_template(released(workload)))
    template["spec"]["initContainers"] = [theirs | {"name": "istio-validation"}, theirs | sidecar]
    return {"apiVersion": "v1", "kind": "Pod"} | template


@pytest.mark.parametrize("name", engine.names())
def test_a_pod_with_its_sidecar_is_admitted(name):
    parameters = engine.constraint(name)["spec"].get("parameters", {})
    if name == "require-image-signature":
        parameters = parameters | {"publicKeys": [PEM]}
    for workload in of_kind(workloads("prd"), "Deployment"):
        assert engine.violations(name, injected(workload), parameters) == []


@pytest.mark.parametrize("name", ["require-image-registry", "require-image-digest", "require-image-signature"])
def test_nothing_else_passes_as_the_sidecar(name):
    for workload in of_kind(workloads("prd"), "Deployment"):
        pod = injected(workload)
        pod["spec"]["initContainers"][1]["image"] += "0"
        assert engine.violations(name, pod) != []


def test_our_namespaces_need_no_container_that_changes_the_network():
    assert yaml.safe_load((ROOT / "infra/helm/istio/values.yaml").read_text())["cni"]["enabled"] is True
    assert re.search(r"^istio-cni ", (ROOT / "infra/helm/charts.txt").read_text(), re.MULTILINE)
    for env in ENVIRONMENTS:
        for name in ("hiroba", "istio-ingress"):
            found = [n for n in of_kind(environment(env), "Namespace") if n["metadata"]["name"] == name]
            assert found[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
