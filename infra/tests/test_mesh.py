"""The mesh's parts refer to one another by name: every name must be there, and every path must have exactly one way."""
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, SERVICES, environment, named, of_kind, pod_template

def routes(objects):
    for service in of_kind(objects, "VirtualService"):
        for route in service["spec"]["http"]:
            yield service["metadata"]["name"], route


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_routes_lead_to_services_ports_and_subsets_that_exist(env):
    objects = environment(env)
    for name, route in routes(objects):
        for target in route["route"]:
            host, subset = target["destination"]["host"], target["destination"]["subset"]
            service = named(objects, "Service", host.split(".")[0])
            assert target["destination"]["port"]["number"] in [p["port"] for p in service["spec"]["ports"]]
            rule = next(r for r in of_kind(objects, "DestinationRule") if r["spec"]["host"] == host)
            assert subset in [s["name"] for s in rule["spec"]["subsets"]], name
        assert sum(t["weight"] for t in route["route"]) == 100


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_stable_subset_selects_the_pods_there_are(env):
    objects = environment(env)
    for service in SERVICES:
        rule = named(objects, "DestinationRule", service)
        stable = next(s for s in rule["spec"]["subsets"] if s["name"] == "stable")
        labels = pod_template(named(objects, "Deployment", service))["metadata"]["labels"]
        assert stable["labels"].items() <= labels.items()


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_gateways_named_by_routes_exist_and_take_the_routes_host(env):
    objects = environment(env)
    gateways = {f"istio-ingress/{g['metadata']['name']}": g for g in of_kind(objects, "Gateway")}
    for service in of_kind(objects, "VirtualService"):
        assert service["spec"]["hosts"] and "*" not in service["spec"]["hosts"]
        for name in service["spec"]["gateways"]:
            for server in gateways[name]["spec"]["servers"]:
                space, host = server["hosts"][0].split("/")
                assert space == service["metadata"]["namespace"], "routes of another namespace would be let in"
                assert host in ("*", *service["spec"]["hosts"])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_gateway_behind_the_load_balancer_does_not_pick_by_a_name_in_the_handshake(env):
    """An ALB sends no SNI to its targets: a server with a host of its own would never be found (502 behind green health checks)."""
    for gateway in of_kind(environment(env), "Gateway"):
        for server in gateway["spec"]["servers"]:
            assert server["port"]["protocol"] != "HTTPS" or [h.split("/")[-1] for h in server["hosts"]] == ["*"]


def durations(value, path=()):
    """Every field of a route that is a duration, with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("timeout", "perTryTimeout", "fixedDelay", "maxAge", "connectTimeout", "interval", "baseEjectionTime"):
                yield ".".join((*path, key)), inner
            else:
                yield from durations(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from durations(inner, (*path, str(at)))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_no_duration_is_shorter_than_the_kinds_rule_allows(env):
    """networking.istio.io says of its durations: duration(self) >= duration('1ms'). A schema does not see it, an API server does."""
    unit = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    found = [(f"{o['metadata']['name']}.{where}", text) for o in of_kind(environment(env), "VirtualService", "DestinationRule")
             for where, text in durations(o["spec"])]
    assert found
    for where, text in found:
        parts = re.findall(r"([0-9.]+)(ms|s|m|h)", text)
        assert sum(float(n) * unit[u] for n, u in parts) >= 0.001, f"{where}: {text}"


NEVER_SENT = {"connect-failure", "refused-stream", "reset-before-request"}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_what_never_reached_a_replica_is_tried_at_another_and_nothing_else_is(env):
    """A replica's node dies: its address is asked until the mesh has left it out. As the gateway on one machine has it."""
    local = re.search(r"retry_on: ([a-z,-]+)", (ROOT / "infra/local/envoy.yaml").read_text())[1]
    assert set(local.split(",")) == NEVER_SENT
    for name, route in routes(environment(env)):
        if route["name"] == "uploads":
            assert route["retries"] == {"attempts": 0}, "its body streams through and is not kept for another try"
            continue
        assert route["retries"]["attempts"] >= 2, f"{name}/{route['name']}"
        assert set(route["retries"]["retryOn"].split(",")) == NEVER_SENT, f"{name}/{route['name']}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_no_call_is_given_up_before_its_time(env):
    """A time for each try ends a call that was sent, and the caller does not learn what became of it."""
    assert all("perTryTimeout" not in route["retries"] for _, route in routes(environment(env)))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_operations_paths_have_no_route(env):
    for _, route in routes(environment(env)):
        for match in route["match"]:
            (uri,) = match["uri"].values()
            for private in ("/metrics", "/livez", "/readyz", "/version", "/internal"):
                assert not private.startswith(uri)


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_both_namespaces_deny_by_default_and_speak_mtls_only(env):
    objects = environment(env)
    denied = {p["metadata"]["namespace"] for p in of_kind(objects, "AuthorizationPolicy") if not p.get("spec")}
    assert denied == {"hiroba", "istio-ingress"}
    modes = {p["metadata"]["namespace"]: p["spec"]["mtls"]["mode"] for p in of_kind(objects, "PeerAuthentication")}
    assert modes == {"istio-system": "STRICT", "hiroba": "STRICT"}
    for rule in of_kind(objects, "DestinationRule"):
        assert rule["spec"]["trafficPolicy"]["tls"]["mode"] == "ISTIO_MUTUAL"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_identities_named_by_policies_are_workloads_or_gateways(env):
    objects = environment(env)
    known = {f"cluster.local/ns/hiroba/sa/{s}" for s in SERVICES}
    known |= {f"cluster.local/ns/istio-ingress/sa/istio-{g['spec']['selector']['istio']}" for g in of_kind(objects, "Gateway")}
    for policy in of_kind(objects, "AuthorizationPolicy"):
        for rule in policy.get("spec", {}).get("rules", []):
            for source in rule.get("from", []):
                assert set(source["source"].get("principals", [])) <= known


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_tokens_are_those_the_services_issue(env):
    objects = environment(env)
    issuers = {r["issuer"] for a in of_kind(objects, "RequestAuthentication") for r in a["spec"]["jwtRules"]}
    settings = [c["data"] for c in of_kind(objects, "ConfigMap") if "-service-" in c["metadata"]["name"]]
    assert issuers == {s["TOKEN_ISSUER"] for s in settings}
    audiences = {a for o in of_kind(objects, "RequestAuthentication") for r in o["spec"]["jwtRules"] for a in r["audiences"]}
    assert audiences == {s["TOKEN_AUDIENCE"] for s in settings}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_canary_gets_traffic_only_when_it_has_pods(env):
    objects = environment(env)
    labels = [pod_template(d)["metadata"]["labels"] for d in of_kind(objects, "Deployment") if d["metadata"]["namespace"] == "hiroba"]
    deployed = {f"{found['version']}/{found['app.kubernetes.io/name']}" for found in labels}
    for name, route in routes(objects):
        for target in route["route"]:
            if target["weight"]:
                assert f"{target['destination']['subset']}/{name}" in deployed


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_service_is_called_with_bounded_queues_and_without_its_failing_replicas(env):
    for service in SERVICES:
        policy = named(environment(env), "DestinationRule", service)["spec"]["trafficPolicy"]
        assert policy["connectionPool"]["tcp"]["maxConnections"] and policy["connectionPool"]["tcp"]["connectTimeout"]
        assert policy["connectionPool"]["http"]["http1MaxPendingRequests"]
        assert policy["outlierDetection"]["consecutive5xxErrors"] and policy["outlierDetection"]["consecutiveLocalOriginFailures"]
        assert policy["outlierDetection"]["maxEjectionPercent"] <= 50, "half of the replicas always stay"


def test_istiod_leaves_the_keys_of_tokens_to_the_proxies():
    """It is outside the mesh, and STRICT mTLS would refuse it; see requestauthentication.yaml."""
    istiod = yaml.safe_load((ROOT / "infra/helm/istio/values.yaml").read_text())
    assert istiod["env"]["PILOT_JWT_ENABLE_REMOTE_JWKS"] == "envoy"


def callers(objects, service: str, method: str, path: str) -> set[str]:
    """The workloads that the service's own policy lets call a path of its public port."""
    found = set()
    for rule in named(objects, "AuthorizationPolicy", service)["spec"]["rules"]:
        for to in rule["to"]:
            what = to["operation"]
            assert what["ports"] == ["8080"], "the operations port is nobody's"
            fits = any(path == p or (p.endswith("*") and path.startswith(p[:-1])) for p in what.get("paths", [path]))
            spared = any(path == p or (p.endswith("*") and path.startswith(p[:-1])) for p in what.get("notPaths", []))
            if fits and not spared and method in what.get("methods", [method]):
                found |= {p.removeprefix("cluster.local/ns/") for source in rule["from"] for p in source["source"]["principals"]}
    return found


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("service,method,path,allowed", [
    ("user-service", "GET", "/v1/me", {"istio-ingress/sa/istio-gateway-api"}),
    ("user-service", "GET", "/internal/v1/revocations", {"hiroba/sa/video-service", "hiroba/sa/chat-service"}),
    ("user-service", "GET", "/internal/v1/erasures", {"hiroba/sa/video-service", "hiroba/sa/chat-service"}),
    ("user-service", "PUT", "/internal/v1/erasures/0a/report", {"hiroba/sa/video-service", "hiroba/sa/chat-service"}),
    ("user-service", "GET", "/internal/v1/data-exports", {"hiroba/sa/video-service", "hiroba/sa/chat-service"}),
    ("user-service", "POST", "/oauth2/token", {"hiroba/sa/video-service", "hiroba/sa/chat-service"}),
    ("user-service", "POST", "/internal/v1/revocations", set()),
    ("user-service", "POST", "/v1/authz/decisions", {
        "hiroba/sa/video-service", "hiroba/sa/chat-service", "istio-ingress/sa/istio-gateway-api"}),
    ("user-service", "GET", "/.well-known/jwks.json", {
        "hiroba/sa/user-service", "hiroba/sa/video-service", "hiroba/sa/chat-service", "istio-ingress/sa/istio-gateway-api",
        "istio-ingress/sa/istio-gateway-sockets", "istio-ingress/sa/istio-gateway-uploads"}),
    ("video-service", "GET", "/v1/videos", {"istio-ingress/sa/istio-gateway-api", "istio-ingress/sa/istio-gateway-uploads"}),
    ("chat-service", "GET", "/v1/ws", {"istio-ingress/sa/istio-gateway-api", "istio-ingress/sa/istio-gateway-sockets"}),
])
def test_a_service_is_called_by_the_workloads_that_need_it_and_no_other(env, service, method, path, allowed):
    assert callers(environment(env), service, method, path) == allowed
