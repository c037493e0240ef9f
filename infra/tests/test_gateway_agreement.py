"""The gateways of a cluster and the one on a machine are the same to a client; and Envoy takes what ours are made of."""
import re
import subprocess

import pytest
import yaml
from gateways import ENVOY, Gateway, composed, declared, edge, filters, way
from rendering import ENVIRONMENTS, ROOT, SERVICES, environment, named, of_kind

TEXT = (ROOT / "infra/local/envoy.yaml").read_text()
LOCAL = yaml.safe_load(re.sub(r"\$\{[A-Z0-9_]+\}", "1", TEXT))
EDGE = LOCAL["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
GATEWAY = Gateway(TEXT)


def seconds(text) -> float:
    return float(str(text).removesuffix("s"))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_routes_have_the_limits_of_the_gateway_on_one_machine(env):
    objects = environment(env)
    for found in declared():
        if found.is_internal:
            continue
        name = f"{found.method} {found.path}"
        here, there = way(objects, found.service, found.method, found.path), GATEWAY.way(found.method, found.path)
        if found.method != "OPTIONS":  # asks without a body, under either limit
            assert seconds(here.get("timeout", 0)) == seconds(there["route"]["timeout"]), name
        own = there.get("typed_per_filter_config", {})
        assert (here["name"] == "credentials") == ("envoy.filters.http.local_ratelimit" in own), name


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_routes_lead_where_they_lead_on_one_machine_and_are_tried_again_as_there(env):
    objects = environment(env)
    for found in declared():
        if found.is_internal or found.method == "OPTIONS":
            continue
        name = f"{found.method} {found.path}"
        here, there = way(objects, found.service, found.method, found.path), GATEWAY.way(found.method, found.path)
        assert {t["destination"]["host"].split(".")[0] for t in here["route"]} == {there["route"]["cluster"]}, name
        assert here.get("rewrite", {}).get("uri") == there["route"].get("prefix_rewrite"), name
        assert tried_here(here) == tried_there(there), name


def tried_here(route: dict) -> tuple[int, set[str]]:
    """How often, and for what; for nothing where it is not tried again."""
    rule = route["retries"]
    assert rule.keys() <= {"attempts", "retryOn"}
    return rule["attempts"], set(rule["retryOn"].split(",")) if rule["attempts"] else set()


def tried_there(route: dict) -> tuple[int, set[str]]:
    rule = route["route"].get("retry_policy") or EDGE["route_config"]["virtual_hosts"][0]["retry_policy"]
    # What the mesh does by itself: another replica than before, and five looks for one.
    assert rule["num_retries"] == 0 or rule["host_selection_retry_max_attempts"] == 5
    assert rule["num_retries"] == 0 or [p["name"] for p in rule["retry_host_predicate"]] == ["envoy.retry_host_predicates.previous_hosts"]
    return rule["num_retries"], set(rule["retry_on"].split(",")) if rule["num_retries"] else set()


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_called_as_on_one_machine(env, service):
    """Bounds of connections and queues, and who is left out for how long."""
    policy = named(environment(env), "DestinationRule", service)["spec"]["trafficPolicy"]
    [there] = [c for c in LOCAL["static_resources"]["clusters"] if c["name"] == service]
    pool, watch = policy["connectionPool"], policy["outlierDetection"]
    [bounds] = there["circuit_breakers"]["thresholds"]
    assert bounds == {
        "max_connections": pool["tcp"]["maxConnections"], "max_pending_requests": pool["http"]["http1MaxPendingRequests"],
        "max_requests": pool["http"]["http2MaxRequests"], "max_retries": pool["http"]["maxRetries"]}
    assert there["connect_timeout"] == pool["tcp"]["connectTimeout"]
    assert there["lb_policy"] == policy["loadBalancer"]["simple"]
    out = there["outlier_detection"]
    assert {
        "splitExternalLocalOriginErrors": out["split_external_local_origin_errors"],
        "consecutiveLocalOriginFailures": out["consecutive_local_origin_failure"],
        "consecutive5xxErrors": out["consecutive_5xx"],
        "consecutiveGatewayErrors": out["enforcing_consecutive_gateway_failure"],
        "interval": out["interval"], "baseEjectionTime": out["base_ejection_time"], "maxEjectionPercent": out["max_ejection_percent"],
        "minHealthPercent": there["common_lb_config"]["healthy_panic_threshold"]["value"],
    } == watch
    # What Istio sets by itself, or leaves out: no statistics over all replicas.
    assert out["enforcing_consecutive_local_origin_failure"] == 100 and out["enforcing_success_rate"] == 0
    assert "max_ejection_time" not in out


def test_the_sender_is_told_as_on_one_machine():
    """What a caller writes into these fields reaches no service."""
    [patch] = [p["patch"] for p in filters(environment("prd")) if p["applyTo"] == "ROUTE_CONFIGURATION"]
    assert patch["value"] == {"request_headers_to_remove": EDGE["route_config"]["request_headers_to_remove"]}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_tokens_are_taken_as_on_one_machine(env):
    there = filter_of_theirs("jwt_authn")["providers"]["user_service"]
    for rule in of_kind(environment(env), "RequestAuthentication"):
        [jwt] = rule["spec"]["jwtRules"]
        assert [(h["name"], h["prefix"]) for h in jwt["fromHeaders"]] == [(h["name"], h["value_prefix"]) for h in there["from_headers"]]
        assert jwt["forwardOriginalToken"] == there["forward"]
        assert jwt["jwksUri"].replace(".hiroba.svc.cluster.local", "") == there["remote_jwks"]["http_uri"]["uri"]
        assert jwt["timeout"] == there["remote_jwks"]["http_uri"]["timeout"]


def test_connections_have_the_limits_of_the_gateway_on_one_machine():
    here = edge(environment("prd"), "gateway-api")
    for key in ("max_request_headers_kb", "request_headers_timeout", "stream_idle_timeout", "normalize_path", "merge_slashes",
                "path_with_escaped_slashes_action", "common_http_protocol_options", "http2_protocol_options",
                "generate_request_id", "preserve_external_request_id", "always_set_request_id_in_response",
                "request_id_extension"):
        assert here[key] == EDGE[key], key
    socket = next(r for r in GATEWAY.routes if r["match"].get("path") == "/v1/ws")
    assert edge(environment("prd"), "gateway-sockets")["stream_idle_timeout"] == socket["route"]["idle_timeout"]


def test_no_more_is_left_unread_than_on_one_machine():
    [patch] = [p["patch"] for p in filters(environment("prd")) if p["applyTo"] == "LISTENER"]
    [bound] = patch["value"]["socket_options"]
    assert bound["name"] == 8 and bound in LOCAL["static_resources"]["listeners"][0]["socket_options"]


def refusals(config) -> list:
    """Cause, status, fields and body of each, the addresses of problems without what stands before their code."""
    reply = yaml.safe_dump(config["local_reply_config"])
    reply = yaml.safe_load(re.sub(r"type: \S*/(platform\.)", r"type: \1", reply))
    return [*reply["mappers"], reply["body_format"]]


def test_refusals_are_those_of_the_gateway_on_one_machine():
    # There the rules alone keep out who has no token; here the route asks for one before any rule.
    ours = [r for r in refusals(edge(environment("prd"), "gateway-api")) if "invert_match" not in str(r)]
    assert ours == refusals(EDGE)


def filter_of_ours(name: str) -> dict:
    [found] = [p["patch"]["value"]["typed_config"] for p in filters(environment("prd")) if p["patch"]["value"].get("name", "").endswith(name)]
    return found


def filter_of_theirs(name: str) -> dict:
    [found] = [f["typed_config"] for f in EDGE["http_filters"] if f["name"].endswith(name)]
    return found


def test_an_answer_gets_the_same_fields_as_on_one_machine():
    assert filter_of_ours("header_mutation") == filter_of_theirs("header_mutation")


def test_a_request_gets_the_same_safe_form_as_on_one_machine():
    assert filter_of_ours("lua") == filter_of_theirs("lua")
    assert edge(environment("prd"), "gateway-api")["http_protocol_options"]["ignore_http_11_upgrade"] == \
        EDGE["http_protocol_options"]["ignore_http_11_upgrade"]


def test_limits_count_by_address_as_the_gateway_on_one_machine_does():
    def shape(config):
        plain = ("rate_limits", "max_dynamic_descriptors", "always_consume_default_token_bucket")
        return [config[key] for key in plain], [d["entries"] for d in config["descriptors"]]

    theirs = [f for f in EDGE["http_filters"] if f["name"].endswith("local_ratelimit")][0]["typed_config"]
    for patch in filters(environment("prd")):
        value = patch["patch"]["value"]
        if patch["applyTo"] in ("LISTENER", "NETWORK_FILTER", "ROUTE_CONFIGURATION") or value.get("name", "").endswith(("lua", "header_mutation")):
            continue
        config = value.get("typed_config") or value["typed_per_filter_config"]["envoy.filters.http.local_ratelimit"]
        assert shape(config) == shape(theirs)


@pytest.mark.parametrize("gateway", ["gateway-api", "gateway-sockets", "gateway-uploads"])
def test_envoy_takes_what_the_filters_make(gateway, tmp_path):
    """A misspelt field or a wrong type is refused."""
    file = tmp_path / "envoy.yaml"
    file.write_text(yaml.safe_dump(composed(environment("prd"), gateway, 0)))
    run = subprocess.run([ENVOY, "--mode", "validate", "-c", file, "-l", "error"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr + run.stdout
