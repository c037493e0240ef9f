"""The load balancer is Terraform's and the controller only hangs rules on it: neither may wait for, or undo, the other."""
import json
import re

import pytest
from rendering import ENVIRONMENTS, ROOT, environment, named, of_kind, render

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
    checks = {int(found["healthcheck-port"]) for _, found in annotations(env) if "healthcheck-port" in found}
    wanted = {p["port"] for p in pods}
    assert checks <= wanted
    rules = re.search(r"gateway_ports = \{([^}]*)\}", TERRAFORM)
    assert rules and {int(n) for n in re.findall(r"\d+", rules[1])} == wanted


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_one_ingress_stays_so_that_the_controller_never_deletes_the_balancer(env):
    """With the last Ingress of a group it deletes the load balancer, has no right to, and the Ingress never goes."""
    [keeper] = [i for i in of_kind(environment(env), "Ingress") if "rules" not in i["spec"]]
    options = keeper["metadata"]["annotations"]["argocd.argoproj.io/sync-options"].split(",")
    assert {"Delete=false", "Prune=false"} <= set(options)
    found = dict(annotations(env))["load-balancer"]
    others = [a for name, a in annotations(env) if name != "load-balancer"]
    for key in ("group.name", "load-balancer-name", "scheme", "listen-ports", "ssl-policy", "certificate-arn", "wafv2-acl-arn"):
        assert {a[key] for a in others} == {found[key]}, f"{key} of a group must be one"
    assert "SET-BY-OVERLAY" not in str(keeper)
    answer = json.loads(found[f"actions.{keeper['spec']['defaultBackend']['service']['name']}"])["fixedResponseConfig"]
    assert answer["statusCode"] == "404" and json.loads(answer["messageBody"])["code"] == "not_found"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_nothing_is_heard_without_tls_and_no_weak_cipher_is_spoken(env):
    """ASVS 4.1.2, 12.1.2: a client that sends a token by plain HTTP is to notice, so nobody listens there, and nothing leads it on."""
    for name, found in annotations(env):
        assert json.loads(found["listen-ports"]) == [{"HTTPS": 443}] and "ssl-redirect" not in found, name
        # TLS 1.3, and of 1.2 only what has forward secrecy and authenticates (AEAD).
        assert found["ssl-policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06", name
    opened = TERRAFORM.split('"aws_vpc_security_group_ingress_rule" "alb"')[1].split("\nresource ")[0]
    assert re.findall(r"\bfrom_port += (\S+)", opened) == ["443"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_gateway_is_ready_once_the_balancer_sends_to_it(env):
    assert named(environment(env), "Namespace", "istio-ingress")["metadata"]["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"


def controller(env):
    [app] = [a for a in render(ROOT / "cicd/environments" / env) if a["metadata"]["name"] == f"aws-load-balancer-controller-{env}"]
    return app["spec"]["source"]["helm"]["valuesObject"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_controllers_certificate_does_not_change_with_every_rendering(env):
    """Without cert-manager the chart calls genCA while it renders, and Argo CD renders every few minutes."""
    assert controller(env)["enableCertManager"] is True
    waves = {a["metadata"]["name"]: int(a["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]) for a in render(ROOT / "cicd/environments" / env)}
    assert waves[f"cert-manager-{env}"] < waves[f"aws-load-balancer-controller-{env}"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_controllers_webhooks_stand_before_nothing_that_is_not_theirs(env):
    assert controller(env)["enableServiceMutatorWebhook"] is False, "every Service of the cluster would wait for it"
    assert controller(env)["podMutatorWebhookConfig"] == {"failurePolicy": "Ignore"}
