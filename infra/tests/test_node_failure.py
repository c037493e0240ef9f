"""A node or a zone that dies takes its pods along for a minute or so, and nothing else; a pod that goes takes no request along."""
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, SERVICES, environment, named, of_kind, pod_template
from test_helm import values

CASES = [(e, s) for e in ENVIRONMENTS for s in SERVICES]
CHARTS = ["istio", "istio-gateway"]
PREFIX = "alb.ingress.kubernetes.io/"


def patience(tolerations) -> dict[str, int]:
    """For how long a pod stays bound to a node of this state. Without a word of its own admission writes 300 s for both."""
    return {t["key"].removeprefix("node.kubernetes.io/"): t["tolerationSeconds"] for t in tolerations
            if t.get("effect") == "NoExecute" and t.get("operator") == "Exists"}


@pytest.mark.parametrize("env,service", CASES)
def test_a_dead_nodes_pods_are_replaced_within_a_minute_of_its_being_seen(env, service):
    spec = pod_template(named(environment(env), "Deployment", service))["spec"]
    assert patience(spec["tolerations"]) == {"not-ready": 60, "unreachable": 60}


@pytest.mark.parametrize("folder", CHARTS)
def test_so_are_those_of_the_mesh_that_every_request_passes(folder):
    assert patience(values(folder)["tolerations"]) == {"not-ready": 60, "unreachable": 60}


@pytest.mark.parametrize("env,service", CASES)
def test_a_dead_zone_holds_no_place_in_the_spread(env, service):
    """Its nodes stay listed, tainted. Counted as a place with no pod they would let no other zone have more than one."""
    for rule in pod_template(named(environment(env), "Deployment", service))["spec"]["topologySpreadConstraints"]:
        if rule["whenUnsatisfiable"] == "DoNotSchedule":
            assert rule["nodeTaintsPolicy"] == "Honor"


def test_each_gateway_is_spread_by_itself():
    """All three have one selector's label: counted together, one of them may stand on a single node, and go with it."""
    rules = values("istio-gateway")["topologySpreadConstraints"]
    assert {r["topologyKey"] for r in rules} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for rule in rules:
        assert "istio" in rule["matchLabelKeys"] and "istio" not in rule["labelSelector"]["matchLabels"]


def ingresses(env):
    for ingress in of_kind(environment(env), "Ingress"):
        yield ingress["metadata"]["name"], {
            k.removeprefix(PREFIX): v for k, v in ingress["metadata"]["annotations"].items() if k.startswith(PREFIX)}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_gateway_that_goes_stays_until_the_balancer_has_let_go_of_it(env):
    gateway = values("istio-gateway", env)
    drain = int(yaml.safe_load(gateway["podAnnotations"]["proxy.istio.io/config"])["terminationDrainDuration"].removesuffix("s"))
    assert drain < gateway["terminationGracePeriodSeconds"]
    for name, found in ingresses(env):
        if "target-group-attributes" in found:
            delay = int(re.search(r"deregistration_delay\.timeout_seconds=(\d+)", found["target-group-attributes"])[1])
            assert delay <= drain, f"{name}: the balancer may keep a request at a gateway that is gone"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_balancer_leaves_a_dead_gateway_within_seconds(env):
    """By default it asks every 15 s, twice: for half a minute one connection in three would meet nobody."""
    for name, found in ingresses(env):
        if "healthcheck-path" in found:
            assert int(found["healthcheck-interval-seconds"]) * int(found["unhealthy-threshold-count"]) <= 10, name
            assert int(found["healthcheck-timeout-seconds"]) < int(found["healthcheck-interval-seconds"]), name


def test_a_node_that_runs_and_does_not_answer_is_replaced_without_a_person():
    groups = (ROOT / "infra/terraform/eks.tf").read_text().split('resource "aws_eks_node_group" "this"')[1].split("\nresource ")[0]
    assert re.search(r"node_repair_config \{\s+enabled = true", groups)
