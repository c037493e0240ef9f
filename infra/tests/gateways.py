"""Reads the mesh's rules as a gateway would: who is let through, and where it leads."""
import re
import sys

import yaml
from rendering import ROOT, environment, named, of_kind

sys.path.insert(0, str(ROOT / "scripts"))
from access import CALLERS, ROLES, SCOPES, Gateway, Route, declared  # noqa: E402, F401

# The data plane Istio uses, from scripts/requirements-infra.txt.
ENVOY = f"{sys.prefix}/bin/envoy"


def fits(pattern: str, value: str) -> bool:
    """Istio's string match: exact, a prefix before `*`, a suffix after it."""
    if pattern == "*":
        return value != ""
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value.endswith(pattern[1:]) if pattern.startswith("*") else pattern == value


def admits(objects, method: str, path: str, roles=None, scopes=(), withheld=()) -> bool:
    """What the AuthorizationPolicies at the gateways say to a caller with these roles and scopes, or without a token."""
    claims = {
        "request.auth.claims[roles]": set(roles or []), "request.auth.claims[scope]": set(scopes),
        "request.auth.claims[roles_withheld]": set(withheld),
    }
    issuer = named(objects, "RequestAuthentication", "access-token@istio-ingress")["spec"]["jwtRules"][0]["issuer"]
    principal = f"{issuer}/0190b3f4" if roles is not None else ""
    for policy in of_kind(objects, "AuthorizationPolicy"):
        if policy["metadata"]["namespace"] != "istio-ingress" or not policy.get("spec"):
            continue
        assert policy["spec"]["action"] == "ALLOW" and "selector" not in policy["spec"]
        for rule in policy["spec"]["rules"]:
            sources = [s["source"]["requestPrincipals"] for s in rule.get("from", [])]
            from_whom = not sources or any(fits(p, principal) for s in sources for p in s)
            what = any(
                method in to["operation"].get("methods", [method]) and any(fits(p, path) for p in to["operation"]["paths"])
                for to in rule["to"]
            )
            when = all(set(c["values"]) & claims[c["key"]] for c in rule.get("when", []))
            if from_whom and what and when:
                return True
    return False


def open_patterns(objects):
    """(methods or None for all, path pattern) of every rule that asks for no token."""
    for policy in of_kind(objects, "AuthorizationPolicy"):
        if policy["metadata"]["namespace"] == "istio-ingress":
            for rule in policy.get("spec", {}).get("rules", []):
                for to in rule["to"] if not rule.get("from") else []:
                    for path in to["operation"]["paths"]:
                        for method in to["operation"].get("methods", [None]):
                            yield method, path


def gateway_objects(env):
    """The environment's objects, with the two RequestAuthentications told apart by namespace."""
    objects = [dict(o, metadata=dict(o["metadata"])) for o in environment(env)]
    for found in of_kind(objects, "RequestAuthentication"):
        found["metadata"]["name"] += "@" + found["metadata"]["namespace"]
    return objects


def way(objects, service: str, method: str, path: str) -> dict | None:
    """The first route of the service's VirtualService that takes the request."""
    for route in named(objects, "VirtualService", service)["spec"]["http"]:
        for match in route["match"]:
            kind, uri = next(iter(match["uri"].items()))
            taken = {"exact": path == uri, "prefix": path.startswith(uri), "regex": re.fullmatch(uri, path)}[kind]
            if taken and re.fullmatch(
                next(iter(match.get("method", {"any": ".*"}).values())), method
            ):
                return route
    return None


def filters(objects) -> list[dict]:
    return [p for f in of_kind(objects, "EnvoyFilter") for p in f["spec"]["configPatches"]]


def edge(objects, gateway: str) -> dict:
    """What the EnvoyFilters make of the connection manager of one gateway."""
    merged = {}
    for found in of_kind(objects, "EnvoyFilter"):
        selector = found["spec"].get("workloadSelector", {}).get("labels", {"istio": gateway})
        for patch in found["spec"]["configPatches"]:
            if patch["applyTo"] == "NETWORK_FILTER" and selector == {"istio": gateway}:
                merged |= patch["patch"]["value"]["typed_config"]
    return merged


def composed(objects, gateway: str, port: int) -> dict:
    """A gateway as istiod would compose it around the EnvoyFilters; in its place of the mesh's rules, `/closed` is refused to all."""
    routes = [
        {"match": {"prefix": "/away"}, "route": {"cluster": "away"}},
        {"match": {"prefix": "/signin"}, "direct_response": {"status": 204}},
        {"match": {"prefix": "/v1"}, "direct_response": {"status": 204},
         "response_headers_to_add": [{"header": {"key": "x-heard", "value": "%REQ(AUTHORIZATION)%"}}]},
    ]
    closed = {"policies": {"closed": {
        "permissions": [{"url_path": {"path": {"prefix": "/v1/closed"}}}], "principals": [{"any": True}]}}}
    chain = [
        {"name": "rbac", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
                                          "rules": {"action": "DENY"} | closed}},
        {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}},
    ]
    for patch in filters(objects):
        if patch["applyTo"] == "HTTP_FILTER":
            assert patch["patch"]["operation"] == "INSERT_FIRST"
            chain.insert(0, patch["patch"]["value"])
        if patch["applyTo"] == "HTTP_ROUTE":
            routes[1] |= patch["patch"]["value"]
    manager = edge(objects, gateway) | {
        "stat_prefix": gateway, "http_filters": chain,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
    }
    return {"static_resources": {
        "listeners": [{
            "name": "edge", "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
            "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}],
        }],
        "clusters": [{"name": "away", "load_assignment": {"cluster_name": "away"}}],
    }}
