"""Every flow the platform needs is open, and every other one is closed."""
import ipaddress
import re

import pytest
from rendering import ENVIRONMENTS, ROOT, SERVICES, environment, named, of_kind, pod_template, selects, settings

NETWORK = (ROOT / "infra/terraform/modules/network/main.tf").read_text()
CASES = [(e, s) for e in ENVIRONMENTS for s in SERVICES]


def vpc(env: str) -> str:
    return re.search(r'^vpc_cidr\s*= "([0-9./]+)"', (ROOT / f"infra/terraform/environments/{env}.tfvars").read_text(), re.MULTILINE)[1]


def subnets(env: str, kind: str) -> list[str]:
    """The three networks Terraform's cidrsubnet() makes for a kind of subnet."""
    bits, first = re.search(rf"^  {kind} .*cidrsubnet\(var.cidr, (\d+), (?:(\d+) \+ )?i\)", NETWORK, re.MULTILINE).groups()
    first = first or 0
    return [str(n) for n in list(ipaddress.ip_network(vpc(env)).subnets(int(bits)))[int(first):int(first) + 3]]


def policies_for(objects, labels):
    return [
        p["spec"] for p in of_kind(objects, "NetworkPolicy")
        if p["metadata"]["namespace"] == "hiroba" and selects(p["spec"]["podSelector"], labels)
    ]


def labels_of(objects, service):
    return pod_template(named(objects, "Deployment", service))["metadata"]["labels"]


def peers(policies, direction, key, port):
    """The peers that some policy lets through on `port`."""
    return [
        peer
        for spec in policies
        for rule in spec.get(direction, [])
        if port in [p["port"] for p in rule.get("ports", [])]
        for peer in rule.get(key, [])
    ]


@pytest.mark.parametrize("env,service", CASES)
def test_nothing_is_open_unless_said(env, service):
    specs = policies_for(environment(env), labels_of(environment(env), service))
    closed = [s for s in specs if s["policyTypes"] == ["Ingress", "Egress"] and not s.get("ingress") and not s.get("egress")]
    assert len(closed) == 1
    for spec in specs:
        for rule in spec.get("ingress", []) + spec.get("egress", []):
            assert rule.get("ports"), "a rule without ports opens all of them"
            assert rule.get("from") or rule.get("to"), "a rule without peers opens to everybody"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_migration_is_confined_too(env):
    objects = environment(env)
    for service in SERVICES:
        labels = pod_template(named(objects, "Job", f"{service}-migrate"))["metadata"]["labels"]
        specs = policies_for(objects, labels)
        assert any(s["policyTypes"] == ["Ingress", "Egress"] for s in specs)
        assert peers(specs, "egress", "to", 5432)
        assert not peers(specs, "egress", "to", 6379)


@pytest.mark.parametrize("env,service", CASES)
def test_what_a_service_needs_is_open(env, service):
    objects = environment(env)
    specs = policies_for(objects, labels_of(objects, service))
    for port in (53, 15012, 4317, 5432, 6379):
        assert peers(specs, "egress", "to", port), f"{service} cannot reach port {port}"
    for port in (8080, 15020):
        assert peers(specs, "ingress", "from", port), f"nobody reaches {service} on port {port}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_services_and_user_service_agree_on_their_flow(env):
    objects = environment(env)
    into = peers(policies_for(objects, labels_of(objects, "user-service")), "ingress", "from", 8080)
    for service in SERVICES:  # user-service too: its sidecar fetches the keys like every other
        labels = labels_of(objects, service)
        out = peers(policies_for(objects, labels), "egress", "to", 8080)
        assert any(selects(p["podSelector"], labels_of(objects, "user-service")) for p in out if "podSelector" in p)
        assert any(selects(p["podSelector"], labels) for p in into if "podSelector" in p)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_operations_port_is_closed_to_the_gateways(env):
    for service in SERVICES:
        specs = policies_for(environment(env), labels_of(environment(env), service))
        assert not peers(specs, "ingress", "from", 9090), "metrics are scraped from the sidecar's agent"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_gateways_reach_the_services_and_are_reached_from_the_load_balancer_alone(env):
    objects = environment(env)
    specs = [p["spec"] for p in of_kind(objects, "NetworkPolicy") if p["metadata"]["namespace"] == "istio-ingress"]
    assert [s for s in specs if s["policyTypes"] == ["Ingress", "Egress"] and s["podSelector"] == {}]
    for spec in specs:
        for rule in spec.get("ingress", []) + spec.get("egress", []):
            assert rule["ports"] and (rule.get("from") or rule.get("to"))
    balancer = {p["ipBlock"]["cidr"] for p in peers(specs, "ingress", "from", 8443)}
    assert balancer == {p["ipBlock"]["cidr"] for p in peers(specs, "ingress", "from", 15021)} == set(subnets(env, "public"))
    for service in SERVICES:
        assert any(selects(p["podSelector"], labels_of(objects, service)) for p in peers(specs, "egress", "to", 8080))
    for port in (53, 4317, 15012):
        assert peers(specs, "egress", "to", port), port


@pytest.mark.parametrize("env,service", CASES)
def test_databases_are_looked_for_where_terraform_puts_them(env, service):
    specs = policies_for(environment(env), labels_of(environment(env), service))
    for port in (5432, 6379):
        assert {p["ipBlock"]["cidr"] for p in peers(specs, "egress", "to", port)} == set(subnets(env, "data"))


def test_no_two_environments_have_the_same_addresses():
    networks = [ipaddress.ip_network(vpc(env)) for env in ENVIRONMENTS]
    assert not any(a.overlaps(b) for i, a in enumerate(networks) for b in networks[:i])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_private_address_in_a_policy_is_of_its_own_vpc(env):
    own, found = ipaddress.ip_network(vpc(env)), 0
    for policy in of_kind(environment(env), "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
            for peer in rule.get("from", []) + rule.get("to", []):
                network = ipaddress.ip_network(peer.get("ipBlock", {}).get("cidr", "0.0.0.0/0"))
                if network.is_private and network.prefixlen:
                    found += 1
                    assert network.subnet_of(own), policy["metadata"]["name"]
    assert found > 10


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("service", ["user-service", "video-service"])
def test_services_that_need_aws_reach_it_where_terraform_puts_its_endpoints(env, service):
    """Each takes its role from STS first; mail goes to SES."""
    specs = policies_for(environment(env), labels_of(environment(env), service))
    private = {p["ipBlock"]["cidr"] for p in peers(specs, "egress", "to", 443)} - {"0.0.0.0/0"}
    assert private == set(subnets(env, "private"))
    endpoints = (ROOT / "infra/terraform/modules/network/endpoints.tf").read_text()
    assert "subnet_ids          = [for subnet in aws_subnet.private : subnet.id]" in endpoints
    assert '"email"' in endpoints and '"sts"' in endpoints


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_mail_goes_to_ses_from_the_environments_own_host_alone(env):
    given = settings(environment(env), "user-service")
    assert given["REQUIRE_VERIFIED_EMAIL"] == "true"
    assert given["MAIL_URL"] == "ses://ap-northeast-1"
    host = re.search(r'^host\s*= "([^"]+)"', (ROOT / f"infra/terraform/environments/{env}.tfvars").read_text(), re.MULTILINE)[1]
    assert given["MAIL_FROM"] == f"no-reply@{host}"
    assert 'mail_from = "no-reply@${var.host}"' in (ROOT / "infra/terraform/mail.tf").read_text(), "its role may send as nobody else"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_videos_go_into_the_bucket_that_terraform_makes_in_that_environment(env):
    account = re.search(r'^account_id\s*= "(\d+)"', (ROOT / f"infra/terraform/environments/{env}.tfvars").read_text(), re.MULTILINE)[1]
    assert 'bucket        = "${local.name}-videos-${var.account_id}"' in (ROOT / "infra/terraform/s3.tf").read_text()
    wanted = f"s3://hiroba-{env}-videos-{account}?region=ap-northeast-1"
    assert settings(environment(env), "video-service")["OBJECT_STORE_URL"] == wanted
    [migration] = pod_template(named(environment(env), "Job", "video-service-migrate"))["spec"]["containers"]
    assert {"name": "OBJECT_STORE_URL", "value": wanted} in migration["env"]
