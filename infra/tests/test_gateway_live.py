"""A real Envoy with what the EnvoyFilters make of a gateway: what it lets by, and how it refuses."""
import contextlib
import http.client
import json
import socket
import subprocess
import time

import pytest
import yaml
from gateways import ENVOY, composed, edge
from rendering import environment

PROBLEM = "application/problem+json"


def free_port() -> int:
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("envoy"), free_port()
    (folder / "envoy.yaml").write_text(yaml.safe_dump(composed(environment("prd"), "gateway-api", port)))
    with (folder / "log").open("w") as log:
        envoy = subprocess.Popen([ENVOY, "-c", folder / "envoy.yaml", "-l", "warning", "--use-dynamic-base-id", "--concurrency", "1"],
                                 stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and envoy.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
        assert envoy.poll() is None, (folder / "log").read_text()
        yield port
    finally:
        envoy.terminate()
        envoy.wait(10)


def ask(port: int, path: str, client: str = "192.0.2.1", **fields):
    """One request as the load balancer passes it on: the client's address comes last in X-Forwarded-For."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"X-Forwarded-For": f"203.0.113.99, {client}"} | {k.replace("__", "-"): v for k, v in fields.items()}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    return answer, json.loads(body) if body and answer.getheader("content-type") == PROBLEM else body


@pytest.mark.parametrize("path,fields,status,code", [
    ("/v1/closed", {}, 401, "platform.unauthenticated"),
    ("/v1/closed", {"Authorization": "Bearer x"}, 403, "platform.forbidden"),
    ("/nowhere", {}, 404, "platform.not-found"),
    ("/away", {}, 503, "platform.unavailable"),
    ("/v1/open%2Fclosed", {}, 400, "platform.invalid-input"),
])
def test_every_refusal_is_a_problem(gateway, path, fields, status, code):
    answer, problem = ask(gateway, path, X__Request__Id="0190b3f4-0000-7000-8000-000000000000", **fields)
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"].endswith(code) and problem["request_id"] == "0190b3f4-0000-7000-8000-000000000000"
    if status == 401:
        assert answer.getheader("www-authenticate") == "Bearer"
    if status == 503:
        assert answer.getheader("retry-after") == "1"


@pytest.mark.parametrize("path", ["/v1/anything", "/v1/closed", "/nowhere", "/away"])
def test_every_answer_tells_browsers_to_make_nothing_of_it(gateway, path):
    """ASVS 3.4: also what the gateway says itself."""
    fields = {name.lower(): value for name, value in ask(gateway, path)[0].getheaders()}
    assert fields["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert fields["x-content-type-options"] == "nosniff" and fields["cache-control"] == "no-store"
    assert fields["referrer-policy"] == "no-referrer"
    policy = dict(rule.strip().partition(" ")[::2] for rule in fields["content-security-policy"].split(";"))
    assert {policy[name] for name in ("default-src", "base-uri", "object-src", "frame-ancestors")} == {"'none'"}


def test_a_refusal_does_not_repeat_the_query(gateway):
    _, problem = ask(gateway, "/nowhere?signature=secret")
    assert problem["instance"] == "/nowhere"


@pytest.mark.parametrize("path", ["//v1/closed", "/v1//closed", "/v1/./closed", "/v1/open/../closed", "/v1/%63losed"])
def test_no_other_spelling_of_a_path_gets_past_a_rule(gateway, path):
    assert ask(gateway, path)[0].status == 401


def test_a_header_with_an_underscore_is_refused(gateway):
    assert ask(gateway, "/v1/open", x_user="somebody")[0].status == 400


def test_the_callers_request_id_is_kept_and_one_is_made_where_there_is_none(gateway):
    known = "0190b3f4-0000-7000-8000-00000000000a"
    assert ask(gateway, "/v1/open", X__Request__Id=known)[0].getheader("x-request-id") == known
    assert ask(gateway, "/v1/open")[0].getheader("x-request-id")


def test_an_address_has_sixty_tries_a_minute_and_takes_none_from_others(gateway):
    statuses = [ask(gateway, "/signin", client="192.0.2.60")[0].status for _ in range(61)]
    assert statuses == [204] * 60 + [429]
    answer, problem = ask(gateway, "/signin", client="192.0.2.60")
    assert problem["code"] == "platform.rate-limited" and answer.getheader("retry-after") == "1"
    assert answer.getheader("ratelimit-policy") == '"gateway-credentials";q=60;w=60'
    assert ask(gateway, "/signin", client="192.0.2.61")[0].status == 204
    assert ask(gateway, "/v1/open", client="192.0.2.60")[0].status == 204, "the other routes have a bucket of their own"


def test_a_caller_cannot_choose_its_address(gateway):
    """What stands before the load balancer's own entry is the caller's invention."""
    def spoofed(number):
        connection = http.client.HTTPConnection("127.0.0.1", gateway, timeout=10)
        connection.request("GET", "/signin", headers={"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.70"})
        return connection.getresponse().status

    assert [spoofed(n) for n in range(61)][-1] == 429


def answered(port: int, *lines: str) -> tuple[int, bytes]:
    """The status and all of the answer to a request of just these lines, which end the connection: http.client would mend some of them."""
    with socket.create_connection(("127.0.0.1", port), 10) as wire:
        wire.sendall("\r\n".join([*lines, "X-Forwarded-For: 192.0.2.1", "", ""]).encode())
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    return int(answer.split()[1]), answer


@pytest.mark.parametrize("protocol", ["TLS/1.2", "h2c", "foo/2", "w", "WebSockets", "TLS/1.2, HTTP/2.0"])
def test_an_upgrade_that_nobody_speaks_is_ignored(gateway, protocol):
    """Apache's HttpClient asks for TLS by itself; it must not be told that its token is bad."""
    status, _ = answered(gateway, "GET /v1/open HTTP/1.1", "Host: x", f"Upgrade: {protocol}", "Connection: Upgrade, close")
    assert status == 204


@pytest.mark.parametrize("spelling", ["websocket", "WebSocket", "WEBSOCKET"])
def test_a_refused_upgrade_is_a_wrong_request_and_not_a_missing_token(gateway, spelling):
    status, answer = answered(gateway, "GET /v1/open HTTP/1.1", "Host: x", f"Upgrade: {spelling}", "Connection: Upgrade, close",
                              "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    assert status == 400 and b"platform.no-socket-here" in answer


def test_an_unknown_transfer_coding_is_not_an_outage(gateway):
    status, answer = answered(gateway, "POST /v1/open HTTP/1.1", "Host: x", "Transfer-Encoding: brotli")
    assert status == 501 and b"platform.unknown-transfer-coding" in answer


def test_two_hosts_are_refused(gateway):
    assert answered(gateway, "GET /v1/open HTTP/1.1", "Host: x", "Host: y", "Connection: close")[0] == 400


@pytest.mark.parametrize("sent", ["short", "a" * 129, "has a space", "line{break}"])
def test_an_id_that_is_no_id_is_replaced(gateway, sent):
    answer, _ = ask(gateway, "/v1/open", X__Request__Id=sent)
    assert answer.getheader("x-request-id") != sent and len(answer.getheader("x-request-id")) >= 32


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "BeArEr"])
def test_a_tokens_scheme_is_taken_in_any_case(gateway, scheme):
    assert ask(gateway, "/v1/open", Authorization=f"{scheme} abc.DEF")[0].getheader("x-heard") == "Bearer abc.DEF"


def test_another_scheme_stays_as_it_came(gateway):
    assert ask(gateway, "/v1/open", Authorization="Basic QmVhcmVyIA==")[0].getheader("x-heard") == "Basic QmVhcmVyIA=="


def test_causes_are_told_apart_by_envoys_details_and_not_by_status():
    mappers = edge(environment("prd"), "gateway-api")["local_reply_config"]["mappers"]
    by_status = [m for m in mappers if "status_code_filter" in str(m["filter"])]
    assert [m["filter"]["status_code_filter"]["comparison"]["op"] for m in by_status] == ["GE"], "whatever else keeps it from a service"
