"""The gateways of a cluster as one Envoy: what istiod makes of our objects, as far as callers notice, with other replicas behind it."""
import copy

from gateways import edge, filters
from rendering import SERVICES, named, of_kind

TYPE = "type.googleapis.com/envoy.extensions.filters"
CLAIMS = "envoy.filters.http.jwt_authn"


def gateway(objects, port: int, replicas: dict[tuple[str, str], list[int]]) -> dict:
    """`replicas`: the ports of each service's subsets."""
    chain = [{"name": CLAIMS, "typed_config": tokens(objects)}, {"name": "rbac", "typed_config": rules(objects)},
             {"name": "router", "typed_config": {"@type": f"{TYPE}.http.router.v3.Router", "suppress_envoy_headers": True}}]
    table = {"name": "all", "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": list(routes(objects))}]}
    # Istio puts those of a higher priority in later: in front of the others.
    for found in sorted(of_kind(objects, "EnvoyFilter"), key=lambda f: f["spec"].get("priority", 0)):
        for change in found["spec"]["configPatches"]:
            value = copy.deepcopy(change["patch"]["value"])
            if change["applyTo"] == "HTTP_FILTER":
                chain.insert(0, value)
            if change["applyTo"] == "ROUTE_CONFIGURATION":
                table |= value
            if change["applyTo"] == "HTTP_ROUTE":
                name = change["match"]["routeConfiguration"]["vhost"]["route"]["name"]
                for route in table["virtual_hosts"][0]["routes"]:
                    if route["name"] == name:
                        route |= value
    manager = edge(objects, "gateway-api") | {
        "stat_prefix": "public", "http_filters": chain, "route_config": table, "upgrade_configs": [{"upgrade_type": "websocket"}]}
    return {"static_resources": {
        "listeners": [{
            "name": "public", "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
            "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]}],
        "clusters": [cluster(objects, service, subset, ports) for (service, subset), ports in replicas.items()],
    }}


def tokens(objects) -> dict:
    """RequestAuthentication: who shows a token shows a good one; who has none is the rules' affair."""
    [found] = [o for o in of_kind(objects, "RequestAuthentication") if o["metadata"]["namespace"] == "istio-ingress"]
    [jwt] = found["spec"]["jwtRules"]
    return {
        "@type": f"{TYPE}.http.jwt_authn.v3.JwtAuthentication",
        "providers": {"one": {
            "issuer": jwt["issuer"], "audiences": jwt["audiences"], "forward": jwt["forwardOriginalToken"], "payload_in_metadata": "claims",
            "from_headers": [{"name": h["name"], "value_prefix": h["prefix"]} for h in jwt["fromHeaders"]],
            "remote_jwks": {"http_uri": {"uri": jwt["jwksUri"], "cluster": "user-service.stable", "timeout": jwt["timeout"]}},
        }},
        "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": [{"provider_name": "one"}, {"allow_missing": {}}]}}}],
    }


def rules(objects) -> dict:
    """AuthorizationPolicies at the gateways: what no rule allows is denied."""
    policies = {}
    for policy in of_kind(objects, "AuthorizationPolicy"):
        if policy["metadata"]["namespace"] == "istio-ingress":
            for number, rule in enumerate(policy.get("spec", {}).get("rules", [])):
                who = [{"metadata": claim("iss", [p.removesuffix("/*")])} for f in rule.get("from", []) for p in f["source"]["requestPrincipals"]]
                when = [{"or_ids": {"ids": [{"metadata": claim(c["key"].split("[")[1][:-1], [v])} for v in c["values"]]}} for c in rule.get("when", [])]
                assert len(who) <= 1
                policies[f"{policy['metadata']['name']}-{number}"] = {
                    "permissions": [operation(to["operation"]) for to in rule["to"]],
                    "principals": [{"and_ids": {"ids": [{"any": True}, *who, *when]}}]}
    return {"@type": f"{TYPE}.http.rbac.v3.RBAC", "rules": {"action": "ALLOW", "policies": policies}}


def claim(name: str, values: list[str]) -> dict:
    """Istio takes a text apart at its spaces, and looks for the value among the parts or in the list."""
    [value] = values
    match = {"iss": {"string_match": {"exact": value}}, "scope": {"string_match": {"safe_regex": {"regex": f"(.* )?{value}( .*)?"}}}}
    return {"filter": CLAIMS, "path": [{"key": "claims"}, {"key": name}],
            "value": match.get(name) or {"list_match": {"one_of": {"string_match": {"exact": value}}}}}


def operation(what: dict) -> dict:
    paths = [{"url_path": {"path": {"prefix": p[:-1]} if p.endswith("*") else {"exact": p}}} for p in what["paths"]]
    methods = [{"header": {"name": ":method", "string_match": {"exact": m}}} for m in what.get("methods", [])] or [{"any": True}]
    return {"and_rules": {"rules": [{"or_rules": {"rules": paths}}, {"or_rules": {"rules": methods}}]}}


def routes(objects):
    for service in SERVICES:
        for route in named(objects, "VirtualService", service)["spec"]["http"]:
            for match in route["match"]:
                kind, uri = next(iter(match["uri"].items()))
                found = {"exact": {"path": uri}, "prefix": {"prefix": uri}, "regex": {"safe_regex": {"regex": uri}}}[kind]
                if "method" in match:
                    kind, method = next(iter(match["method"].items()))
                    text = {"exact": method} if kind == "exact" else {"safe_regex": {"regex": method}}
                    found["headers"] = [{"name": ":method", "string_match": text}]
                way = {"timeout": route.get("timeout", "0s"), "weighted_clusters": {"clusters": [
                    {"name": f"{t['destination']['host'].split('.')[0]}.{t['destination']['subset']}", "weight": t["weight"]} for t in route["route"]]}}
                if route["retries"]["attempts"]:
                    way["retry_policy"] = {
                        "retry_on": route["retries"]["retryOn"], "num_retries": route["retries"]["attempts"], "host_selection_retry_max_attempts": 5,
                        "retry_host_predicate": [{"name": "envoy.retry_host_predicates.previous_hosts", "typed_config": {
                            "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"}}]}
                if "rewrite" in route:
                    way["prefix_rewrite"] = route["rewrite"]["uri"]
                yield {"name": route["name"], "match": found, "route": way}


def cluster(objects, service: str, subset: str, ports: list[int]) -> dict:
    policy = named(objects, "DestinationRule", service)["spec"]["trafficPolicy"]
    pool, watch = policy["connectionPool"], policy["outlierDetection"]
    return {
        "name": f"{service}.{subset}", "connect_timeout": pool["tcp"]["connectTimeout"], "lb_policy": policy["loadBalancer"]["simple"],
        "circuit_breakers": {"thresholds": [{
            "max_connections": pool["tcp"]["maxConnections"], "max_pending_requests": pool["http"]["http1MaxPendingRequests"],
            "max_requests": pool["http"]["http2MaxRequests"], "max_retries": pool["http"]["maxRetries"]}]},
        "outlier_detection": {
            "split_external_local_origin_errors": watch["splitExternalLocalOriginErrors"],
            "consecutive_local_origin_failure": watch["consecutiveLocalOriginFailures"], "enforcing_consecutive_local_origin_failure": 100,
            "consecutive_5xx": watch["consecutive5xxErrors"], "enforcing_consecutive_gateway_failure": 100 if watch["consecutiveGatewayErrors"] else 0,
            "enforcing_success_rate": 0, "interval": watch["interval"], "base_ejection_time": watch["baseEjectionTime"],
            "max_ejection_percent": watch["maxEjectionPercent"]},
        "common_lb_config": {"healthy_panic_threshold": {"value": watch["minHealthPercent"]}},
        "load_assignment": {"cluster_name": f"{service}.{subset}", "endpoints": [{"lb_endpoints": [
            {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": p}}}} for p in ports]}]},
    }
