"""The gateways let through exactly what the services declare (docs/api/access-*.txt), to those it is for."""
import pytest
from gateways import ROLES, SCOPES, Gateway, Route, admits, declared, fits, gateway_objects, open_patterns, way
from rendering import ENVIRONMENTS, ROOT, SERVICES, environment, named, of_kind

PERSON, MODERATOR, ADMIN = ["user"], ["user", "moderator"], ["user", "admin"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_declared_route_is_let_through_for_its_callers_alone(env):
    objects = gateway_objects(env)
    for route in declared():
        for roles in (None, [], *([role] for role in ROLES)):
            let_in = admits(objects, route.method, route.path, roles)
            assert let_in == route.takes(roles), f"{route} for {roles}"
        for scope in SCOPES:
            assert admits(objects, route.method, route.path, [], {scope}) == route.takes([], {scope}), f"{route} for {scope}"
        assert bool(way(objects, route.service, route.method, route.path)) != route.is_internal, f"{route}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_declared_route_leads_to_its_service_and_to_no_other(env):
    """Routes of services that share a host stand in no said order (Istio: VirtualService): a path that two want is anybody's."""
    objects = environment(env)
    for route in declared():
        takers = [service for service in SERVICES if way(objects, service, route.method, route.path)]
        assert takers == ([] if route.is_internal else [route.service]), f"{route}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_nothing_is_let_through_without_a_token_that_no_service_declared(env):
    lines = [route for route in declared() if route.is_open]
    for method, pattern in open_patterns(gateway_objects(env)):
        assert any(method in (None, route.method) and fits(pattern, route.path) for route in lines), f"{method} {pattern}"


def test_the_gateway_on_one_machine_keeps_to_the_tables():
    assert list(Gateway((ROOT / "infra/local/envoy.yaml").read_text()).findings(declared())) == []


@pytest.mark.parametrize("change,finding", [
    (lambda g: g.way("GET", "/v1/videos").pop("typed_per_filter_config"), "GET /v1/videos (token) is open to callers without a token"),
    (lambda g: g.way("GET", "/v1/admin/users")["typed_per_filter_config"].pop("envoy.filters.http.rbac"),
     "GET /v1/admin/users (roles:admin) is open to ([], ())"),
    (lambda g: g.way("POST", "/v1/authz/decisions")["typed_per_filter_config"]["envoy.filters.http.rbac"]["rbac"]["rules"]["policies"].pop("services"),
     "POST /v1/authz/decisions (scope:authz:decide|roles:admin,moderator) is closed to ([], ('authz:decide',))"),
    (lambda g: g.routes.remove(g.way("GET", "/media/a")), "GET /media/some/thing (proof:signed-address) leads nowhere"),
    (lambda g: g.routes.append({"match": {"path": "/metrics"}, "route": {"cluster": "user-service"}}),
     "GET /metrics (internal) is reachable from outside"),
    (lambda g: g.routes.append({"match": {"path": "/v2"}, "route": {"cluster": "user-service"}}),
     "{'path': '/v2'} lets callers through without a token, and no service declared anything there"),
])
def test_a_gateway_that_does_not_is_found(change, finding):
    gateway = Gateway((ROOT / "infra/local/envoy.yaml").read_text())
    change(gateway)
    assert finding in list(gateway.findings(declared()))


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("path", [
    "/", "/v1", "/v2/users", "/internal/v1/revocations", "/oauth2/token", "/metrics", "/livez", "/readyz", "/version", "/openapi.yaml",
    "/docs/api/other.yaml", "/v1/usersandmore", "/v1/roomservice", "/stats", "/healthz/ready",
])
def test_what_is_not_declared_is_refused_to_everybody(env, path):
    for method in ("GET", "POST"):
        assert not admits(gateway_objects(env), method, path, ["user", "creator", "moderator", "admin"], SCOPES)


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("path,callers", [
    ("/v1/admin/users", [ADMIN]), ("/v1/moderation/reports", [MODERATOR, ADMIN]),
    ("/v1/moderation/video-reports", [MODERATOR, ADMIN]), ("/v1/authz/explain", [MODERATOR, ADMIN]),
    ("/v1/authz/decisions", [MODERATOR, ADMIN]),
])
def test_what_needs_a_role_needs_that_role(env, path, callers):
    for roles in (None, [], PERSON, MODERATOR, ADMIN):
        assert admits(gateway_objects(env), "GET", path, roles) == (roles in callers)
        # A role that is withheld leads to the service, which says what would help, and to nothing else.
        assert admits(gateway_objects(env), "GET", path, PERSON, withheld=set(roles or []) - set(PERSON)) == (roles in callers)


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_services_token_opens_from_outside_what_its_scope_is_for_and_nothing_of_administrators(env, scope):
    objects = gateway_objects(env)
    assert admits(objects, "POST", "/v1/authz/decisions", [], {scope}) == (scope == "authz:decide")
    for path in ("/v1/authz/explain", "/v1/admin/users", "/v1/moderation/reports", "/v1/moderation/video-reports"):
        assert not admits(objects, "GET", path, [], {scope})


@pytest.mark.parametrize("line,roles,scopes,taken", [
    ("scope:identity:events GET /v1/feed", ["admin"], [], False),
    ("scope:identity:events GET /v1/feed", [], ["authz:decide"], False),
    ("scope:identity:events GET /v1/feed", [], ["identity:events"], True),
    ("scope:authz:decide|roles:admin,moderator POST /v1/d", ["user"], [], False),
    ("scope:authz:decide|roles:admin,moderator POST /v1/d", ["moderator"], [], True),
    ("scope:authz:decide|roles:admin,moderator POST /v1/d", [], ["authz:decide"], True),
    ("scope:authz:decide|roles:admin,moderator POST /v1/d", None, [], False),
    ("scope:identity:events GET /internal/v1/revocations", [], ["identity:events"], False),
    ("open POST /oauth2/token", None, [], False),
])
def test_a_line_of_a_table_is_read_as_it_is_meant(line, roles, scopes, taken):
    assert Route("user-service", *line.split()).takes(roles, scopes) == taken


@pytest.mark.parametrize("path", ["/internal/v1/revocations", "/oauth2/token"])
def test_the_gateway_on_one_machine_does_not_lead_to_what_services_ask_each_other(path):
    gateway = Gateway((ROOT / "infra/local/envoy.yaml").read_text())
    assert gateway.way("GET", path) is None and gateway.way("POST", path) is None
    gateway.routes.append({"match": {"path": path}, "route": {"cluster": "user-service"}})
    line = Route("user-service", "scope:identity:events", "GET", path)
    assert f"GET {path} (scope:identity:events) is reachable from outside" in list(gateway.findings([line]))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_rule_leads_somewhere_and_every_route_is_reachable(env):
    """No rule for paths without a route, and no path of a route without a way from the load balancer and a rule."""
    objects = environment(env)
    routed = [
        (v["metadata"]["name"], next(iter(m["uri"].values())))
        for v in of_kind(objects, "VirtualService") for r in v["spec"]["http"] for m in r["match"]
    ]
    allowed = {
        p for a in of_kind(objects, "AuthorizationPolicy") if a["metadata"]["namespace"] == "istio-ingress"
        for rule in a.get("spec", {}).get("rules", []) for to in rule["to"] for p in to["operation"]["paths"]
    }
    for path in allowed:
        assert any(path.startswith(uri) for _, uri in routed), f"{path} is allowed and leads nowhere"
    for service, uri in routed:
        paths = named(objects, "Ingress", service)["spec"]["rules"][0]["http"]["paths"]
        assert any(uri == p["path"] or (p["pathType"] == "Prefix" and uri.startswith(p["path"] + "/")) for p in paths), uri
        assert any(fits(path, uri) or path.rstrip("*").startswith(uri) for path in allowed), f"{uri} is routed and closed to all"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_load_balancer_has_no_way_to_what_services_ask_each_other(env):
    for ingress in of_kind(environment(env), "Ingress"):
        for path in [p["path"] for rule in ingress["spec"].get("rules", []) for p in rule["http"]["paths"]]:
            assert not path.startswith(("/internal", "/oauth2")) and path != "/"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_each_kind_of_traffic_has_a_gateway_of_its_own(env):
    sent = {
        p["path"]: p["backend"]["service"]["name"].removeprefix("istio-gateway-")
        for i in of_kind(environment(env), "Ingress") for r in i["spec"].get("rules", []) for p in r["http"]["paths"]
    }
    apart = {"/v1/ws": "sockets", "/v1/uploads": "uploads", "/media": "uploads"}
    assert sent == {path: apart.get(path, "api") for path in sent}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_tokens_are_taken_from_the_header_alone(env):
    for rule in of_kind(environment(env), "RequestAuthentication"):
        for jwt in rule["spec"]["jwtRules"]:
            assert {h["name"] for h in jwt["fromHeaders"]} == {"Authorization"}
            assert {h["prefix"].lower() for h in jwt["fromHeaders"]} == {"bearer "}
            assert "fromParams" not in jwt and "fromCookies" not in jwt
