"""What runs in a cluster fits its nodes, and the nodes can grow to what the autoscalers may ask for."""
import functools
import math
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, containers, environment, of_kind, pod_template, render
from test_helm import RELEASES, values

ZONES = 3
# What a node leaves for pods. EKS keeps back CPU (6 % of the first core, 1 % of the second, 0.5 % of the next two) and memory (255 MiB, 11 MiB for
# each pod the type takes, 100 MiB before eviction; nodeadm, internal/kubelet/config.go); the kernel takes some 3 % of memory before that.
TYPES = {"m7g.large": (2, 8, 29), "m7g.xlarge": (4, 16, 58), "m7g.2xlarge": (8, 32, 58)}  # cores, GiB, pods
KEPT_BACK = [0.06, 0.01, 0.005, 0.005] + [0.0025] * 60
# The EKS add-ons, which Terraform makes with their own defaults: (replicas, or None for one a node, millicores, MiB).
ADDONS = {
    "vpc-cni": (None, 50, 0), "kube-proxy": (None, 100, 0), "ebs-csi-node": (None, 30, 120),
    "coredns": (2, 100, 70), "metrics-server": (2, 100, 200), "ebs-csi-controller": (2, 60, 240),
}
# Of each chart: (where its values have the resources, replicas: a number, a path, or None for one a node; most: a number or a path).
CHARTS = {
    "kube-prometheus-stack": [
        ("prometheusOperator.resources", 1), ("prometheus.prometheusSpec.resources", "prometheus.prometheusSpec.replicas"),
        ("alertmanager.alertmanagerSpec.resources", "alertmanager.alertmanagerSpec.replicas"),
        ("prometheusOperator.prometheusConfigReloader.resources", 4), ("kube-state-metrics.resources", 1),
        ("prometheus-node-exporter.resources", None),
    ],
    "prometheus-adapter": [("resources", "replicas")],
    "loki": [("singleBinary.resources", "singleBinary.replicas")],
    "grafana": [("resources", "replicas"), ("sidecar.resources", 2)],
    "gatekeeper": [("controllerManager.resources", "replicas"), ("audit.resources", 1)],
    "istiod": [("resources", "autoscaleMin", "autoscaleMax")],
    "istio-gateway": [("resources", "autoscaling.minReplicas", "autoscaling.maxReplicas")],
    "kiali-operator": [("resources", 1)],
    "cert-manager": [("resources", "replicaCount"), ("webhook.resources", "webhook.replicaCount"), ("cainjector.resources", 1)],
    "external-secrets": [("resources", "replicaCount"), ("webhook.resources", 1), ("certController.resources", 1)],
    "aws-load-balancer-controller": [("resources", "replicaCount")],
    "cluster-autoscaler": [("resources", "replicaCount")],
    "istio-base": [],
    "istio-cni": [("resources", None)],
}
UNSAID = {"istio-cni": {"resources": {"requests": {"cpu": "100m", "memory": "100Mi"}}}}  # the chart's own, as we give it none


def cores(text) -> float:
    return float(text[:-1]) / 1000 if str(text).endswith("m") else float(text)


def mebibytes(text) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)(Mi|Gi)", str(text)).groups()
    return float(number) * {"Mi": 1, "Gi": 1024}[unit]


def found(tree, path):
    for step in path.split("."):
        tree = tree[step]
    return tree


@functools.cache
def given(env: str) -> dict[str, dict]:
    """Values of every chart by release."""
    charts = {r["release"]: values(r["folder"], env) if r["folder"] != "-" else UNSAID.get(r["release"], {}) for r in RELEASES}
    for app in render(ROOT / "cicd/environments" / env):
        source = app["spec"].get("source", {})
        if "valuesObject" in source.get("helm", {}):
            charts[source["helm"]["releaseName"]] = source["helm"]["valuesObject"]
    return charts


def workloads(env: str):
    """(name, replicas or None for one a node, most replicas, cores, MiB) of everything that runs for long."""
    for name, (replicas, cpu, memory) in ADDONS.items():
        yield name, replicas, replicas, cpu / 1000, memory
    for release, chart in given(env).items():
        for part in CHARTS["istio-gateway" if release.startswith("istio-gateway") else release]:
            requests = found(chart, part[0])["requests"]
            least, most = (found(chart, p) if isinstance(p, str) else p for p in (part[1], part[-1] if len(part) == 3 else part[1]))
            yield f"{release} {part[0]}", least, most, cores(requests["cpu"]), mebibytes(requests["memory"])
    sidecar = found(given(env), "istiod.global.proxy.resources.requests")
    scalers = {s["spec"]["scaleTargetRef"]["name"]: s["spec"] for s in of_kind(environment(env), "HorizontalPodAutoscaler")}
    for workload in of_kind(environment(env), "Deployment", "DaemonSet", "StatefulSet"):
        requests = [c["resources"]["requests"] for c in containers(workload)]
        requests += [sidecar] if workload["metadata"]["namespace"] == "hiroba" else []
        scaler = scalers.get(workload["metadata"]["name"], {})
        fixed = None if workload["kind"] == "DaemonSet" else workload["spec"].get("replicas", 1)
        yield (workload["metadata"]["name"], scaler.get("minReplicas", fixed), scaler.get("maxReplicas", fixed),
               sum(cores(r["cpu"]) for r in requests), sum(mebibytes(r["memory"]) for r in requests))


def setting(env: str, name: str) -> str:
    here = re.search(rf"^{name}\s*= (.+?)(?: *#.*)?$", (ROOT / f"infra/terraform/environments/{env}.tfvars").read_text(), re.MULTILINE)
    variables = (ROOT / "infra/terraform/variables.tf").read_text()
    return here[1] if here else re.search(rf'variable "{name}" .*?default\s+= ([^\n]+)', variables, re.DOTALL)[1]


def nodes(env: str) -> tuple[int, int]:
    return tuple(int(n) for n in re.findall(r"\d+", setting(env, "node_count")))


def room(env: str, count: int) -> tuple[float, float, float]:
    """Cores, MiB and pods that so many nodes leave for what is not on each of them."""
    [kind] = yaml.safe_load(setting(env, "node_instance_types"))
    have, gibibytes, pods = TYPES[kind]
    cpu = have - sum(KEPT_BACK[:have])
    memory = gibibytes * 1024 * 0.97 - 255 - 11 * pods - 100
    everywhere = [w for w in workloads(env) if w[1] is None]
    return (count * (cpu - sum(w[3] for w in everywhere)), count * (memory - sum(w[4] for w in everywhere)), count * (pods - len(everywhere)))


def asked(env: str, which: int) -> tuple[float, float, float]:
    """What everything asks for at the least (1) or the most (2) replicas."""
    counted = [w for w in workloads(env) if w[1] is not None]
    return sum(w[which] * w[3] for w in counted), sum(w[which] * w[4] for w in counted), sum(w[which] for w in counted)


def fits(asked_for, there) -> bool:
    return all(a <= b for a, b in zip(asked_for, there, strict=True))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_chart_is_counted(env):
    assert {("istio-gateway" if r.startswith("istio-gateway") else r) for r in given(env)} == set(CHARTS)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_all_that_must_run_fits_when_a_zone_is_gone(env):
    least, most = nodes(env)
    assert 1 <= least < most, "nodes cannot grow"
    assert fits(asked(env, 1), room(env, most * (ZONES - 1))), f"{asked(env, 1)} of {room(env, most * (ZONES - 1))}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_all_that_the_autoscalers_may_ask_for_fits_the_nodes_there_may_be(env):
    _, most = nodes(env)
    assert fits(asked(env, 2), room(env, most * ZONES)), f"{asked(env, 2)} of {room(env, most * ZONES)}"


def test_production_starts_without_waiting_for_nodes():
    least, _ = nodes("prd")
    assert fits(asked("prd", 1), room("prd", least * ZONES)), f"{asked('prd', 1)} of {room('prd', least * ZONES)}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_whatever_may_not_share_a_node_or_a_zone_finds_enough_of_them(env):
    """Loki's replicas (by its chart's default) and Prometheus' stand apart."""
    chart = given(env)
    apart = [found(chart, "loki.singleBinary.replicas"), found(chart, "kube-prometheus-stack.prometheus.prometheusSpec.replicas")]
    assert max(apart) <= nodes(env)[0] * ZONES and apart[1] <= ZONES
    assert math.ceil(found(chart, "gatekeeper.replicas") / ZONES) <= nodes(env)[0]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_largest_pod_fits_one_node(env):
    one = room(env, 1)
    for name, _, _, cpu, memory in workloads(env):
        assert cpu < one[0] and memory < one[1], name


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_autoscaler_is_there_and_finds_this_clusters_groups(env):
    autoscaler = given(env)["cluster-autoscaler"]
    assert autoscaler["autoDiscovery"]["clusterName"] == f"hiroba-{env}"
    account = re.search(r'^account_id\s*= "(\d+)"', (ROOT / f"infra/terraform/environments/{env}.tfvars").read_text(), re.MULTILINE)[1]
    assert autoscaler["rbac"]["serviceAccount"]["name"] == "cluster-autoscaler"
    assert autoscaler["rbac"]["serviceAccount"]["annotations"] == {
        "eks.amazonaws.com/role-arn": f"arn:aws:iam::{account}:role/hiroba-{env}-cluster-autoscaler"}
    minor = yaml.safe_load((ROOT / "infra/helm/versions.yaml").read_text())["kubernetes"]["version"]
    assert autoscaler["image"]["tag"].startswith(f"v{minor}."), "it is built for one minor of Kubernetes"
    # Sidecars have an emptyDir, and a node with one would otherwise never be let go.
    assert autoscaler["extraArgs"]["skip-nodes-with-local-storage"] is False
    assert autoscaler["extraArgs"]["balance-similar-node-groups"] is True
