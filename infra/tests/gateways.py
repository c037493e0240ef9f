"""Reads docs/api and the mesh's rules as a gateway would: what is published, who is let through, and where it leads."""
import re

import yaml
from rendering import ROOT, SERVICES, environment, named, of_kind


def published():
    """(service, method, path with an id in it, whether it is open) of every operation in docs/api."""
    for service in SERVICES:
        document = yaml.safe_load((ROOT / "docs/api" / f"openapi-{service.split('-')[0]}.yaml").read_text())
        for path, item in document["paths"].items():
            for method in item.keys() & {"get", "put", "post", "patch", "delete", "head", "options"}:
                security = item[method].get("security", document["security"])
                name = re.sub(r"\{[a-z_]+\}", "0190b3f4", path)
                # The gateway serves each service's own specification beside the others'.
                name = f"/docs/api/openapi-{service.split('-')[0]}.yaml" if name == "/openapi.yaml" else name
                yield service, method.upper(), name, security == [] or {} in security


def fits(pattern: str, value: str) -> bool:
    """Istio's string match: exact, a prefix before `*`, a suffix after it."""
    if pattern == "*":
        return value != ""
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value.endswith(pattern[1:]) if pattern.startswith("*") else pattern == value


def admits(objects, method: str, path: str, roles=None) -> bool:
    """What the AuthorizationPolicies at the gateways say to a caller with these roles, or without a token."""
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
            when = all(set(c["values"]) & set(roles or []) for c in rule.get("when", []))
            if from_whom and what and when:
                return True
    return False


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
            if (path == uri if kind == "exact" else path.startswith(uri)) and re.fullmatch(
                next(iter(match.get("method", {"any": ".*"}).values())), method
            ):
                return route
    return None
