#!/usr/bin/env python3
"""Holds the gateway on one machine against the tables of who may call what (docs/api/access-*.txt), both ways."""
import dataclasses
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).parents[1]
SERVICES = ["user-service", "video-service", "chat-service"]
ROLES = ["user", "creator", "moderator", "admin"]
SCOPES = ["identity:events", "authz:decide", "users:read"]
# Roles and scopes of a token, one at a time.
CALLERS = [([], ()), *(([role], ()) for role in ROLES), *(([], (scope,)) for scope in SCOPES)]


@dataclasses.dataclass(frozen=True)
class Route:
    """A line of a table: what a service declared."""
    service: str
    access: str
    method: str
    template: str

    @property
    def path(self) -> str:
        """An address it has, as clients write it."""
        # The gateway serves each service's own specification beside the others'.
        if self.template == "/openapi.yaml":
            return f"/docs/api/openapi-{self.service.removesuffix('-service')}.yaml"
        return re.sub(r"\{[a-z_]+\}", "0190b3f4", self.template.replace("**", "some/thing"))

    @property
    def is_open(self) -> bool:
        """Whether it is reached without a token: what proof it wants instead, the service itself asks."""
        return self.access == "open" or self.access.startswith("proof:")

    @property
    def is_internal(self) -> bool:
        """Whether no gateway leads there: the operations port, and on the public one what services ask each other."""
        return self.access == "internal" or self.template.startswith(("/internal/", "/oauth2/"))

    @property
    def scopes(self) -> set[str]:
        """What a service's token must hold one of; empty where it needs none."""
        return {way.removeprefix("scope:") for way in self.access.split("|") if way.startswith("scope:")}

    def takes(self, roles, scopes=()) -> bool:
        """Whether a gateway lets a caller with these roles or scopes call it, or without a token where roles are None."""
        if self.is_internal or roles is None:
            return self.is_open and not self.is_internal
        wanted = {role for way in self.access.split("|") if way.startswith("roles:") for role in way.removeprefix("roles:").split(",")}
        return not wanted | self.scopes or bool(wanted & set(roles) or self.scopes & set(scopes))


def declared() -> list[Route]:
    """Every line of every table, and the HEAD that comes with a GET."""
    found = []
    for service in SERVICES:
        text = (ROOT / "docs/api" / f"access-{service.removesuffix('-service')}.txt").read_text()
        lines = [Route(service, *line.split()) for line in text.splitlines()]
        assert lines, f"the table of {service} is empty"
        known = {(line.method, line.template) for line in lines}
        # A handshake is a GET and nothing else.
        heads = [dataclasses.replace(line, method="HEAD") for line in lines
                 if line.method == "GET" and line.access != "proof:first-frame"]
        found += lines + [head for head in heads if ("HEAD", head.template) not in known]
    return found


def _holds(rule: dict, claims: dict) -> bool:
    """Whether a token's claims are what a rule of Envoy's RBAC filter asks for."""
    found = claims.get(rule["path"][-1]["key"], "")
    if "list_match" in rule["value"]:
        return rule["value"]["list_match"]["one_of"]["string_match"]["exact"] in found
    return re.fullmatch(rule["value"]["string_match"]["safe_regex"]["regex"], found) is not None


class Gateway:
    """Reads infra/local/envoy.yaml as Envoy does."""

    def __init__(self, text: str):
        config = yaml.safe_load(re.sub(r"\$\{[A-Z0-9_]+\}", "1", text))
        edge = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
        self.routes = edge["route_config"]["virtual_hosts"][0]["routes"]
        [judge] = [f["typed_config"] for f in edge["http_filters"] if f["name"].endswith("jwt_authn")]
        self.requirements = judge["requirement_map"]

    def way(self, method: str, path: str) -> dict | None:
        """The first route that takes the request."""
        for route in self.routes:
            match = route["match"]
            by_path = (
                match.get("path") == path
                or ("path_separated_prefix" in match and (path + "/").startswith(match["path_separated_prefix"] + "/"))
                or ("safe_regex" in match and re.fullmatch(match["safe_regex"]["regex"], path))
            )
            if by_path and all(h["string_match"]["exact"] == method for h in match.get("headers", [])):
                return route
        return None

    def is_open(self, route: dict) -> bool:
        """Whether it lets a request without a token through."""
        rule = route.get("typed_per_filter_config", {}).get("envoy.filters.http.jwt_authn")
        return rule is None or "allow_missing" in str(self.requirements[rule["requirement_name"]])

    def admits(self, route: dict, roles=None, scopes=()) -> bool:
        """Whether it lets a caller with these roles or scopes through, or without a token where roles are None."""
        if roles is None:
            return self.is_open(route)
        rule = route.get("typed_per_filter_config", {}).get("envoy.filters.http.rbac")
        if rule is None:
            return True
        claims = {"roles": list(roles), "scope": " ".join(scopes)}
        return any(_holds(who["metadata"], claims) for policy in rule["rbac"]["rules"]["policies"].values() for who in policy["principals"])

    def findings(self, lines: list[Route]):
        used = []
        for line in lines:
            route = self.way(line.method, line.path)
            name = f"{line.method} {line.path} ({line.access})"
            if line.is_internal:
                if route:
                    yield f"{name} is reachable from outside"
            elif not route:
                yield f"{name} leads nowhere"
            elif route["route"]["cluster"] != line.service:
                yield f"{name} leads to {route['route']['cluster']}"
            elif self.is_open(route) != line.is_open:
                yield f"{name} is {'open' if self.is_open(route) else 'closed'} to callers without a token"
            elif wrong := next((c for c in CALLERS if self.admits(route, *c) != line.takes(*c)), None):
                yield f"{name} is {'closed' if line.takes(*wrong) else 'open'} to {wrong}"
            else:
                used.append(route)
        for route in self.routes:
            if self.is_open(route) and not any(route is one for one in used):
                yield f"{route['match']} lets callers through without a token, and no service declared anything there"


if __name__ == "__main__":
    wrong = list(Gateway((ROOT / "infra/local/envoy.yaml").read_text()).findings(declared()))
    print("\n".join(wrong), end="\n" if wrong else "", file=sys.stderr)
    sys.exit(1 if wrong else 0)
