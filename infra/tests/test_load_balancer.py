"""The load balancer is Terraform's and the controller only hangs rules on it: neither may wait for, or undo, the other."""
import re

import pytest
from rendering import ENVIRONMENTS, ROOT, environment, named, of_kind

TERRAFORM = "\n".join(path.read_text() for path in sorted((ROOT / "infra/terraform").glob("*.tf")))
PREFIX = "alb.ingress.kubernetes.io/"


def annotations(env):
    return [(i["metadata"]["name"], {k.removeprefix(PREFIX): v for k, v in i["metadata"]["annotations"].items()})
            for i in of_kind(environment(env), "Ingress")]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_controller_makes_no_security_group_and_changes_none(env):
    """Read in the controller's model_build_load_balancer.go: with groups named and this off it takes ours and adds nothing."""
    for name, found in annotations(env):
        assert found["security-groups"] == "hiroba-alb", name
        assert found["manage-backend-security-group-rules"] == "false", name
    policy = TERRAFORM.split('data "aws_iam_policy_document" "load_balancer_controller"')[1].split("\ndata ")[0]
    for right in ("SecurityGroupIngress", "CreateSecurityGroup", "SetSecurityGroups", "DeleteSecurityGroup"):
        assert right not in policy, f"the controller has a right it must not need: {right}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_balancer_may_reach_the_ports_that_the_gateways_have_and_no_other(env):
    """Targets are pods (target-type ip), so the port is the pod's."""
    pods = named(environment(env), "NetworkPolicy", "gateways-from-load-balancer")["spec"]["ingress"][0]["ports"]
    checks = {int(found["healthcheck-port"]) for _, found in annotations(env)}
    wanted = {p["port"] for p in pods}
    assert checks <= wanted
    rules = re.search(r"gateway_ports = \{([^}]*)\}", TERRAFORM)
    assert rules and {int(n) for n in re.findall(r"\d+", rules[1])} == wanted
