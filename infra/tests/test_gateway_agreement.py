"""The gateways of a cluster and the one on a machine are the same to a client; and Envoy takes what ours are made of."""
import re
import subprocess

import pytest
import yaml
from gateways import ENVOY, Gateway, composed, declared, edge, filters, way
from rendering import ENVIRONMENTS, ROOT, environment

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


def test_connections_have_the_limits_of_the_gateway_on_one_machine():
    here = edge(environment("prd"), "gateway-api")
    for key in ("max_request_headers_kb", "request_headers_timeout", "stream_idle_timeout", "normalize_path", "merge_slashes",
                "path_with_escaped_slashes_action", "common_http_protocol_options", "http2_protocol_options",
                "generate_request_id", "preserve_external_request_id", "always_set_request_id_in_response",
                "request_id_extension"):
        assert here[key] == EDGE[key], key
    socket = next(r for r in GATEWAY.routes if r["match"].get("path") == "/v1/ws")
    assert edge(environment("prd"), "gateway-sockets")["stream_idle_timeout"] == socket["route"]["idle_timeout"]


def test_refusals_have_the_form_of_the_gateway_on_one_machine():
    def forms(config):
        mappers = config["local_reply_config"]["mappers"]
        bodies = [m["body_format_override"]["json_format"] for m in mappers] + [config["local_reply_config"]["body_format"]["json_format"]]
        return {b["code"]: b["title"] for b in bodies}

    here = edge(environment("prd"), "gateway-api")
    assert forms(EDGE).items() <= forms(here).items()
    # The local gateway refuses by token alone and has no roles to judge.
    assert forms(here).keys() - forms(EDGE).keys() == {"platform.forbidden"}


def causes(config) -> dict[str, str]:
    """By code: what Envoy must say of itself for the answer to be that."""
    def expression(found) -> str:
        inner = found["and_filter"]["filters"][0] if "and_filter" in found else found
        return inner.get("extension_filter", {}).get("typed_config", {}).get("expression", "whatever else is above 499")

    mappers = config["local_reply_config"]["mappers"]
    return {f"{m['body_format_override']['json_format']['code']} {n}": expression(m["filter"]) for n, m in enumerate(mappers)}


def test_refusals_have_the_causes_of_the_gateway_on_one_machine():
    ours = [(code.split()[0], cause) for code, cause in causes(edge(environment("prd"), "gateway-api")).items()]
    theirs = [(code.split()[0], cause) for code, cause in causes(EDGE).items()]
    assert [pair for pair in ours if "rbac" not in pair[1]] == theirs


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
        if patch["applyTo"] == "NETWORK_FILTER" or value.get("name", "").endswith(("lua", "header_mutation")):
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
