"""What an environment can switch on, switched on in a copy: another identity provider, a second domain, A or B by a header field."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml
from crds import Schemas, faults, is_core
from rendering import K8S, ROOT, SERVICES, named, of_kind, pod_template, selects

LAST = "  - ../../../components/without-environment"
PROVIDER = """apiVersion: v1
kind: ConfigMap
metadata:
  name: external-issuer
  annotations: {config.kubernetes.io/local-config: "true"}
data:
  issuer: https://login.example.org/realms/staff
  principals: https://login.example.org/realms/staff/*
  audience: hiroba
  jwks_uri: https://login.example.org/realms/staff/protocol/openid-connect/certs
  host: login.example.org
"""


class Copy:
    def __init__(self, folder: pathlib.Path):
        shutil.copytree(K8S, folder / "k8s")
        self.environment = folder / "k8s/overlays/prd"

    def add(self, part: str, *components: str, resource: str = ""):
        """Lists components where cicd/README.md says: before the environment's settings are taken away."""
        file = self.environment / part / "kustomization.yaml"
        text = file.read_text()
        assert text.count(LAST) == 1
        lines = "".join(f"  - ../../../components/{c}\n" for c in components)
        file.write_text(text.replace(LAST, lines + LAST).replace("  - ../environment\n", f"  - ../environment\n{resource}", 1))

    def rendered(self) -> list[dict]:
        run = subprocess.run(["kubectl", "kustomize", self.environment], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        objects = [o for o in yaml.safe_load_all(run.stdout) if o]
        if os.environ.get("CRDS"):
            schemas = Schemas(ROOT / os.environ["CRDS"], objects)
            wrong = {o["metadata"]["name"]: f for o in objects if not is_core(o) and (s := schemas.of(o)) and (f := faults(o, s))}
            assert wrong == {}
        return objects


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path)


@pytest.fixture
def with_provider(copy):
    (copy.environment / "mesh/external-issuer.yaml").write_text(PROVIDER)
    copy.add("mesh", "external-issuer", resource="  - external-issuer.yaml\n")
    return copy.rendered()


def test_a_second_issuers_tokens_are_taken_beside_our_own(with_provider):
    for found in of_kind(with_provider, "RequestAuthentication"):
        ours, theirs = found["spec"]["jwtRules"]
        assert ours["issuer"] == "https://api.hiroba.example.com" and theirs["issuer"] == "https://login.example.org/realms/staff"
        assert theirs["audiences"] == ["hiroba"] and theirs["fromHeaders"] == ours["fromHeaders"]
    principals = named(with_provider, "AuthorizationPolicy", "signed-in")["spec"]["rules"][0]["from"][0]["source"]["requestPrincipals"]
    assert principals == ["https://api.hiroba.example.com/*", "https://login.example.org/realms/staff/*"]
    assert not [o for o in of_kind(with_provider, "ConfigMap") if o["metadata"]["name"] == "external-issuer"]


def test_a_second_issuer_makes_no_administrators(with_provider):
    assert "login.example.org" not in str(named(with_provider, "AuthorizationPolicy", "administrators"))


def test_every_proxy_gets_to_the_second_issuers_keys(with_provider):
    host = named(with_provider, "ServiceEntry", "external-issuer")["spec"]["hosts"][0]
    rule = named(with_provider, "DestinationRule", "external-issuer")["spec"]
    keys = of_kind(with_provider, "RequestAuthentication")[0]["spec"]["jwtRules"][1]["jwksUri"]
    assert keys.startswith(f"https://{host}/") and rule["host"] == rule["trafficPolicy"]["tls"]["sni"] == host
    for service in SERVICES:
        labels = pod_template(named(with_provider, "Deployment", service))["metadata"]["labels"]
        assert selects(named(with_provider, "NetworkPolicy", "services-to-external-issuer")["spec"]["podSelector"], labels)
    for name in ("services-to-external-issuer", "gateways-to-external-issuer"):
        [way] = named(with_provider, "NetworkPolicy", name)["spec"]["egress"]
        assert way["ports"] == [{"port": 443}] and "10.0.0.0/8" in way["to"][0]["ipBlock"]["except"], "nothing of ours is meant"


def test_a_second_domain_has_every_route_of_the_first(copy):
    settings = copy.environment / "environment/environment.yaml"
    settings.write_text(settings.read_text().rstrip("\n") + "\n  second_host: chat.example.net\n")
    for service in SERVICES:
        copy.add(service, "second-host-service")
    copy.add("mesh", "second-host-mesh")
    objects = copy.rendered()
    for ingress in [named(objects, "Ingress", service) for service in SERVICES]:
        first, second = ingress["spec"]["rules"]
        assert (first["host"], second["host"]) == ("api.hiroba.example.com", "chat.example.net") and first["http"] == second["http"]
    for found in of_kind(objects, "VirtualService"):
        assert found["spec"]["hosts"] == ["api.hiroba.example.com", "chat.example.net"]
    assert named(objects, "Certificate", "gateway-tls")["spec"]["dnsNames"] == ["api.hiroba.example.com", "chat.example.net"]


@pytest.fixture(params=SERVICES)
def variant(request, copy):
    plain = {v["metadata"]["name"]: v["spec"]["http"] for v in of_kind(copy.rendered(), "VirtualService")}
    copy.add("mesh", f"variant/{request.param}")
    return request.param, plain, copy.rendered()


def test_who_asks_for_the_canary_gets_it_and_everybody_else_what_the_weights_say(variant):
    service, plain, objects = variant
    first, *rest = named(objects, "VirtualService", service)["spec"]["http"]
    assert rest == plain[service]
    assert [t["destination"]["subset"] for t in first["route"]] == ["canary"]
    assert all(m["headers"] == {"x-hiroba-variant": {"exact": "canary"}} for m in first["match"])
    for other in set(SERVICES) - {service}:
        assert named(objects, "VirtualService", other)["spec"]["http"] == plain[other]


def meets(one: dict, other: dict) -> bool:
    """Whether a path that `other` is for, or begins as it does, is one that `one` is for."""
    (kind, wanted), path = next(iter(one.items())), next(iter(other.values()))
    return bool({"exact": path == wanted, "prefix": path.startswith(wanted), "regex": re.fullmatch(wanted, path)}[kind])


def test_the_field_gets_nobody_around_a_limit_and_cuts_nothing_short(variant):
    """Routes with a limit, a longer time-out or none stay as they are, field or not."""
    service, plain, objects = variant
    variant_of = [m["uri"] for m in named(objects, "VirtualService", service)["spec"]["http"][0]["match"]]
    for route in plain[service]:
        special = route["name"] == "credentials" or route.get("timeout") != "30s"
        for match in route["match"]:
            if special:
                assert not any(meets(match["uri"], p) or meets(p, match["uri"]) for p in variant_of), match
