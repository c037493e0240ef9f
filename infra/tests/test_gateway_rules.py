"""The same requests to two running gateways, the one on one machine and the one a cluster has: each rule lets one by and stops another."""
import contextlib
import http.client
import json
import re
import shutil
import socket
import subprocess
import time

import meshed
import pytest
import yaml
from gateways import ENVOY, SCOPES, declared
from rendering import ROOT, environment, of_kind
from upstreams import Replica, Tokens, free_port

ISSUER, AUDIENCE = "https://api.hiroba.example.com", "hiroba"
PROBLEM = "application/problem+json"
# Of a route that ends after 30 s: nobody waits for that here.
SHORT = "1s"
TEMPLATE = (ROOT / "infra/local/envoy.yaml").read_text()


def endpoint(port: int) -> str:
    return (f"{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}, "
            f"health_check_config: {{ port_value: {port} }} }} }}")


def on_one_machine(port: int, behind: dict) -> str:
    """As scripts/part-gateway.sh fills it in, with the limits of production."""
    chat = [r.port for r in behind["chat-service"]]
    given = {
        "GATEWAY_PORT": port, "GATEWAY_ADMIN_SOCKET": "envoy-admin.sock", "GATEWAY_MAX_CONNECTIONS": 1000, "TOKEN_ISSUER": ISSUER,
        "TOKEN_AUDIENCE": AUDIENCE, "PROBLEM_BASE_URL": "https://docs.example.com/problems", "GATEWAY_REQUEST_LIMIT": 1200,
        "GATEWAY_SIGN_IN_LIMIT": 60, "USER_PORT": behind["user-service"][0].port,
        "VIDEO_ENDPOINTS": ", ".join(endpoint(r.port) for r in behind["video-service"]),
        "CHAT_1_PORT": chat[0], "CHAT_2_PORT": chat[1], "CHAT_1_OPERATIONS_PORT": chat[0], "CHAT_2_OPERATIONS_PORT": chat[1],
    }
    text = "\n".join(line for line in TEMPLATE.splitlines() if not line.lstrip().startswith("#"))
    return re.sub(r"\$\{(\w+)\}", lambda m: str(given[m[1]]), text).replace("timeout: 30s", f"timeout: {SHORT}")


def in_a_cluster(port: int, behind: dict, weights=(100, 0)) -> str:
    objects = [yaml.safe_load(yaml.safe_dump(o)) for o in environment("prd")]
    for service in of_kind(objects, "VirtualService"):
        for route in service["spec"]["http"]:
            for target, weight in zip(route["route"], weights, strict=True):
                target["weight"] = weight
            if route.get("timeout") == "30s":
                route["timeout"] = SHORT
    # While the canary gets nothing its pods are not there.
    stable = {service: found[:-1] if weights[1] and len(found) > 1 else found for service, found in behind.items()}
    replicas = {(service, "stable"): [r.port for r in found] for service, found in stable.items()}
    replicas |= {(service, "canary"): [r.port for r in found if r not in stable[service]] for service, found in behind.items()}
    return yaml.safe_dump(meshed.gateway(objects, port, replicas))


@contextlib.contextmanager
def running(text: str, port: int, folder):
    (folder / "envoy.yaml").write_text(text)
    with (folder / "log").open("w") as log:
        envoy = subprocess.Popen([ENVOY, "-c", folder / "envoy.yaml", "-l", "warning", "--use-dynamic-base-id", "--concurrency", "1"],
                                 stdout=log, stderr=log, cwd=folder)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and envoy.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
        assert envoy.poll() is None, (folder / "log").read_text()
        yield
    finally:
        envoy.terminate()
        envoy.wait(10)


class Edge:
    """One gateway with its services behind it, as a client sees it."""

    def __init__(self, port: int, behind: dict, tokens: Tokens):
        self.port, self.behind, self.tokens, self.people = port, behind, tokens, 1

    def somebody(self) -> str:
        """An address nobody had before: one client's limits are not another's."""
        self.people += 1
        return f"127.0.{self.people // 250 + 1}.{self.people % 250 + 1}"

    def ask(self, method: str, path: str, client: str | None = None, body: bytes | None = None, **fields):
        """Status, fields and body. What stands before a cluster's gateways appends the client's address; one machine sees it itself."""
        client = client or self.somebody()
        headers = {"X-Forwarded-For": client, "Content-Length": str(len(body or b""))} | {k.replace("__", "-"): v for k, v in fields.items()}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(client, 0))) as line:
            line.request(method, path, body=body, headers=headers)
            answer = line.getresponse()
            text = answer.read()
        told = json.loads(text) if text and "json" in answer.getheader("content-type", "") else {}
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, told

    def bearer(self, *arguments, **named) -> dict:
        return {"Authorization": "Bearer " + self.tokens.token(*arguments, **named)}


@pytest.fixture(scope="module")
def behind():
    tokens = Tokens(ISSUER, AUDIENCE)
    count = {"user-service": 1, "video-service": 2, "chat-service": 2}
    found = {s: [Replica(s, f"{s}-{n}", tokens.keys) for n in range(many)] for s, many in count.items()}
    yield found, tokens
    for replica in [r for many in found.values() for r in many]:
        replica.stop()


@pytest.fixture(scope="module", params=["one machine", "cluster"])
def gateway(request, behind, tmp_path_factory):
    if request.param == "cluster" and not shutil.which("kubectl"):
        pytest.skip("what a cluster has is rendered by kubectl, which is missing")
    replicas, tokens = behind
    port = free_port()
    text = (on_one_machine if request.param == "one machine" else in_a_cluster)(port, replicas)
    with running(text, port, tmp_path_factory.mktemp("envoy")):
        found = Edge(port, replicas, tokens)
        deadline = time.monotonic() + 10  # until it has the keys of tokens
        while found.ask("GET", "/v1/videos", **found.bearer(["user"]))[0] == 503 and time.monotonic() < deadline:
            pass
        yield found


def test_every_declared_route_reaches_its_service_for_its_callers_and_for_nobody_else(gateway):
    callers = [(None, ()), *(([role], ()) for role in ("user", "moderator", "admin")), *(([], (scope,)) for scope in SCOPES)]
    for route in declared():
        if route.access == "internal":
            continue
        for roles, scopes in callers:
            fields = {} if roles is None else gateway.bearer(roles, scopes)
            status, _, told = gateway.ask(route.method, route.path, **fields)
            name = f"{route.method} {route.path} ({route.access}) for {roles} {scopes}: {status}"
            if route.is_internal:
                assert status in (401, 403, 404), name
            elif route.takes(roles, scopes):
                assert status == 200 and (route.method == "HEAD" or told["service"] == route.service), name
            else:
                assert (status, told.get("code", "")) == ((401, "platform.unauthenticated") if roles is None else (403, "platform.forbidden")) \
                    or route.method == "HEAD" and status in (401, 403), name


@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz", "/version", "/internal/v1/revocations", "/stats", "/v3/videos"])
def test_what_nobody_declared_is_there_for_nobody(gateway, path):
    for fields in ({}, gateway.bearer(["admin"])):
        status, _, problem = gateway.ask("GET", path, **fields)
        assert status in (401, 403, 404) and problem["code"].startswith("platform.")


def test_a_good_token_is_taken_and_a_bad_one_is_not(gateway):
    def status(token: str, path: str = "/v1/videos") -> int:
        return gateway.ask("GET", path, Authorization=f"Bearer {token}")[0]

    token = gateway.tokens.token
    assert status(token(["user"])) == 200
    assert status(Tokens(ISSUER, AUDIENCE).token(["user"])) == 401, "signed by somebody else"
    assert status(token(["user"], seconds=-120)) == 401, "from before"
    assert status(token(["user"], aud="another")) == 401 and status(token(["user"], iss="https://example.com")) == 401
    assert status("x") == 401 and status(token(["user"])[:-4] + "AAAA") == 401
    assert gateway.ask("GET", f"/v1/videos?access_token={token(['user'])}")[0] == 401, "never from an address"
    # A socket without a token asks with its first frame; one with a bad token is not opened.
    assert gateway.ask("GET", "/v1/ws")[0] == 200 and gateway.ask("GET", "/v1/ws", Authorization="Bearer x")[0] == 401


@pytest.mark.parametrize("method,path,role", [
    ("GET", "/v1/admin/users", "admin"), ("POST", "/v1/authz/explain", "moderator"), ("POST", "/v1/authz/decisions", "admin")])
def test_whose_role_is_withheld_reaches_the_service_that_says_what_would_help(gateway, method, path, role):
    assert gateway.ask(method, path, **gateway.bearer(["user"], roles_withheld=[role]))[0] == 200
    assert gateway.ask(method, path, **gateway.bearer(["user"], roles_withheld=["creator"]))[0] == 403


def test_a_refusal_is_a_problem_with_the_callers_request_id(gateway):
    known = "0190b3f4-0000-7000-8000-00000000000a"
    status, fields, problem = gateway.ask("GET", "/v1/videos?secret=1", X__Request__Id=known)
    assert (status, fields["content-type"], fields["www-authenticate"]) == (401, PROBLEM, "Bearer")
    assert problem["request_id"] == known == fields["x-request-id"] and problem["instance"] == "/v1/videos"
    # What a service answers passes as it is.
    status, fields, told = gateway.ask("GET", "/v1/videos", X__Request__Id=known, **gateway.bearer(["user"]))
    assert (status, fields["content-type"], told["fields"]["x-request-id"]) == (200, "application/json", known)


@pytest.mark.parametrize("field", ["Forwarded", "X-Forwarded-Host", "X-Envoy-Original-Path", "X-Envoy-Upstream-Rq-Timeout-Ms", "X-Envoy-Retry-On"])
def test_what_only_a_proxy_may_write_reaches_no_service(gateway, field):
    fields = {field.replace("-", "__"): "1"} | gateway.bearer(["user"])
    _, _, told = gateway.ask("GET", "/v1/videos", X__Kept="1", **fields)
    assert field.lower() not in told["fields"] and told["fields"]["x-kept"] == "1"


def passed(gateway, client: str, method: str, path: str) -> tuple[int, float]:
    """How many requests one address gets through until the first that is refused, and in how many seconds: a bucket fills while it is emptied."""
    begun, count = time.monotonic(), 0
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60, source_address=(client, 0))) as line:
        while True:
            line.request(method, path, headers={"X-Forwarded-For": client, "Content-Length": "0"})
            answer = line.getresponse()
            answer.read()
            if answer.status == 429:
                return count, time.monotonic() - begun
            assert answer.status == 200
            count += 1


def test_an_address_has_sixty_sign_ins_a_minute_and_takes_none_from_others(gateway):
    client = gateway.somebody()
    count, seconds = passed(gateway, client, "POST", "/v1/sessions")
    assert 60 <= count <= 61 + seconds
    answers = [gateway.ask("POST", "/v1/sessions", client) for _ in range(20)]
    status, fields, problem = next(a for a in answers if a[0] == 429)
    assert problem["code"] == "platform.rate-limited" and fields["retry-after"] == "1"
    assert fields["ratelimit-policy"] == '"gateway-credentials";q=60;w=60'
    assert gateway.ask("POST", "/v1/sessions")[0] == 200
    assert gateway.ask("GET", "/v1/videos", client, **gateway.bearer(["user"]))[0] == 200, "the other routes have a bucket of their own"


def test_an_address_has_twelve_hundred_requests_a_minute(gateway):
    client = gateway.somebody()
    count, seconds = passed(gateway, client, "GET", "/.well-known/jwks.json")
    assert 1200 <= count <= 1201 + 20 * seconds
    assert gateway.ask("GET", "/.well-known/jwks.json")[0] == 200


def test_fields_have_a_size(gateway):
    assert gateway.ask("GET", "/v1/videos", X__Large="x" * 16_000, **gateway.bearer(["user"]))[0] == 200
    assert gateway.ask("GET", "/v1/videos", X__Large="x" * 40_000, **gateway.bearer(["user"]))[0] == 431


def test_an_upload_flows_on_before_it_is_whole(gateway):
    """The service has its first bytes while the client still holds back the others: nothing is kept for later."""
    replicas, client = gateway.behind["video-service"], gateway.somebody()
    for replica in replicas:
        replica.first_bytes.clear()
    with socket.create_connection(("127.0.0.1", gateway.port), 20, source_address=(client, 0)) as wire:
        fields = [f"X-Forwarded-For: {client}", f"Authorization: {gateway.bearer(['user'])['Authorization']}", "Content-Length: 8", "Connection: close"]
        wire.sendall("\r\n".join(["PATCH /v1/uploads/one HTTP/1.1", "Host: x", *fields, "", "abcd"]).encode())
        deadline = time.monotonic() + 10
        while not any(r.first_bytes.wait(0.05) for r in replicas) and time.monotonic() < deadline:
            pass
        assert any(r.first_bytes.is_set() for r in replicas), "kept back until the last byte"
        wire.sendall(b"efgh")
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    assert b" 200 " in answer.split(b"\r\n")[0] and b'"received": 8' in answer


def test_a_call_has_an_end_and_uploads_films_archives_and_sockets_have_none(gateway):
    slow = {"X__Rest": "2"} | gateway.bearer(["user"])
    status, fields, problem = gateway.ask("GET", "/v1/videos", **slow)
    assert (status, problem["code"], fields["retry-after"]) == (503, "platform.unavailable", "1")
    assert gateway.ask("PATCH", "/v1/uploads/one", **slow)[0] == 200
    assert gateway.ask("GET", "/media/one", **slow)[0] == 200
    assert gateway.ask("GET", "/v1/me/data-exports/one/archive", **slow)[0] == 200
    assert gateway.ask("GET", "/v1/me/data-exports/one", **slow)[0] == 503


def test_a_socket_stays_open_beyond_the_end_of_calls_and_is_opened_at_one_address_alone(gateway):
    client = gateway.somebody()
    with socket.create_connection(("127.0.0.1", gateway.port), 20, source_address=(client, 0)) as wire:
        wire.sendall("\r\n".join([
            "GET /v1/ws HTTP/1.1", "Host: x", f"X-Forwarded-For: {client}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += wire.recv(1)
        assert b" 101 " in head.split(b"\r\n")[0] and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        for n in range(4):  # twice as long as a call may take
            wire.sendall(b"%d" % n)
            assert wire.recv(1) == b"%d" % n
            time.sleep(0.5)


def served(gateway, count: int) -> list[tuple[int, str]]:
    fields = gateway.bearer(["user"])
    return [(status, told.get("replica", told.get("code"))) for status, _, told in (gateway.ask("GET", "/v1/rooms", **fields) for _ in range(count))]


def test_the_circuit_of_a_failing_replica_opens_and_closes_again(gateway):
    well, ill = gateway.behind["chat-service"]
    assert {who for _, who in served(gateway, 60)} == {well.name, ill.name}, "both are asked"
    ill.fails = True
    try:
        # Were it asked like the other, 30 in a row would not meet it once in 2^30 tries.
        deadline, streak = time.monotonic() + 60, 0
        while streak < 30 and time.monotonic() < deadline:
            [(status, who)] = served(gateway, 1)
            assert (status, who) in ((200, well.name), (500, ill.name)), "what a replica answers passes as it is"
            streak = streak + 1 if status == 200 else 0
        assert streak == 30, "it is asked for ever"
    finally:
        ill.fails = False
    deadline = time.monotonic() + 60
    while (200, ill.name) not in served(gateway, 10) and time.monotonic() < deadline:
        pass
    assert {who for status, who in served(gateway, 60) if status == 200} == {well.name, ill.name}, "it is asked again once it is well"


def test_with_all_replicas_failing_their_own_answers_still_come_through(gateway):
    for replica in gateway.behind["chat-service"]:
        replica.fails = True
    try:
        answers = served(gateway, 120)
    finally:
        for replica in gateway.behind["chat-service"]:
            replica.fails = False
    assert {status for status, _ in answers} == {500} and all(who.startswith("chat-service-") for _, who in answers)


@pytest.mark.parametrize("kind", ["one machine", "cluster"])
def test_a_replica_that_refuses_connections_costs_nobody_an_answer(kind, behind, tmp_path):
    if kind == "cluster" and not shutil.which("kubectl"):
        pytest.skip("what a cluster has is rendered by kubectl, which is missing")
    replicas, tokens = behind
    dead = Replica("chat-service", "dead", tokens.keys)
    dead.stop()
    left = replicas | {"chat-service": [dead, replicas["chat-service"][0]]}
    port = free_port()
    with running((on_one_machine if kind == "one machine" else in_a_cluster)(port, left), port, tmp_path):
        edge = Edge(port, left, tokens)
        while edge.ask("GET", "/v1/videos", **edge.bearer(["user"]))[0] == 503:
            pass
        for method in ("GET", "POST"):
            fields = edge.bearer(["user"])
            assert {edge.ask(method, "/v1/rooms", **fields)[0] for _ in range(50)} == {200}


def test_a_canary_gets_its_share_of_a_thousand_requests(behind, tmp_path):
    if not shutil.which("kubectl"):
        pytest.skip("what a cluster has is rendered by kubectl, which is missing")
    replicas, tokens = behind
    port = free_port()
    with running(in_a_cluster(port, replicas, (90, 10)), port, tmp_path):
        edge = Edge(port, replicas, tokens)
        while edge.ask("GET", "/v1/videos", **edge.bearer(["user"]))[0] == 503:
            pass
        fields = edge.bearer(["user"])
        answers = [edge.ask("GET", "/v1/videos", **fields) for _ in range(1000)]
    assert {status for status, _, _ in answers} == {200}
    share = sum(told["replica"] == replicas["video-service"][-1].name for _, _, told in answers)
    assert 50 <= share <= 150, "a tenth; five deviations are 47"
