"""People of this run's own, with what is theirs: whatever is done to them, nobody else on the platform notices."""
import atexit
import base64
import hmac
import http.client
import json
import os
import secrets
import time
import urllib.parse

import requests.auth

PORTS = {service: int(os.environ[f"{service.upper()}_PORT"]) for service in ("user", "video", "chat")}
# Shorter than an access token lives, so that a long run never comes with one that has ended.
TOKEN_SECONDS = 240


def ask(service: str, method: str, path: str, body=None, token=None, **fields):
    """Asks a service and returns status, header fields and the body; what the run itself needs must be granted."""
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    if token:
        fields["Authorization"] = f"Bearer {token}"
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        fields["Content-Type"] = "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", PORTS[service], timeout=30)
    try:
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path} of {service}-service, which this run needs, was refused: {answer.status} {content.decode()}")
    return answer, json.loads(content) if "json" in answer.headers.get("Content-Type", "") else content


class Person:
    """An account made for this run."""

    is_admin = False

    def __init__(self):
        self.email = f"api-{secrets.token_hex(8)}@example.com"
        self.password = secrets.token_hex(16)
        _, account = ask("user", "POST", "/v1/users", {"email": self.email, "password": self.password, "display_name": "花子"})
        self.id = account["id"]
        self._token, self._until = None, 0.0

    def sign_in(self) -> dict:
        return ask("user", "POST", "/v1/sessions", {"email": self.email, "password": self.password})[1]

    @property
    def token(self) -> str:
        if time.monotonic() > self._until:
            self._token, self._until = self.sign_in()["access_token"], time.monotonic() + TOKEN_SECONDS
        return self._token


class FirstAdmin(Person):
    """The one that `make up` made; it only gives this run's own administrator the role and takes it away again."""

    def __init__(self, line: str):
        self.email, self.password = line.split()
        self._token, self._until = None, 0.0


def version_of(service: str, path: str, token: str) -> str:
    return ask(service, "GET", path, token=token)[0].headers["ETag"]


def set_roles(admin: Person, person: str, roles: list[str]):
    path = f"/v1/admin/users/{person}"
    ask("user", "PUT", f"{path}/roles", {"roles": roles}, admin.token, If_Match=version_of("user", path, admin.token))


def administrator() -> Person:
    """A person of this run's own with the role `admin`, until the run ends."""
    with open(os.path.join(os.environ["HIROBA_STATE_DIR"], "admin")) as kept:
        first = FirstAdmin(kept.read())
    person = Person()
    set_roles(first, person.id, ["user", "admin"])
    person.is_admin = True
    atexit.register(set_roles, first, person.id, ["user"])
    return person


class Service:
    """A client of user-service, as `make up` keeps them: not a person, so it owns nothing."""

    def __init__(self):
        with open(os.path.join(os.environ["HIROBA_STATE_DIR"], "clients")) as kept:
            self.client, self.secret = kept.readline().split()[:2]
        self._token, self._until = None, 0.0

    @property
    def token(self) -> str:
        if time.monotonic() > self._until:
            form = urllib.parse.urlencode({"grant_type": "client_credentials"}).encode()
            proof = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
            answer = ask("user", "POST", "/oauth2/token", form, Authorization=f"Basic {proof}",
                         Content_Type="application/x-www-form-urlencoded")[1]
            self._token = answer["access_token"]
            self._until = time.monotonic() + min(TOKEN_SECONDS, answer["expires_in"] / 2)
        return self._token


class Provider(requests.auth.AuthBase):
    """The payment provider that `make up` knows: signs what it sends as it is sent (Standard Webhooks 1.0.0)."""

    def __init__(self):
        with open(os.path.join(os.environ["HIROBA_STATE_DIR"], "payments")) as kept:
            self.source, secret = kept.readline().split()[:2]
        self.customer = Person()
        self._key = base64.b64decode(secret.partition(",")[0].removeprefix("whsec_"))

    def __call__(self, request):
        request.headers.update({"webhook-id": f"msg_{secrets.token_hex(12)}", "webhook-timestamp": str(int(time.time()))})
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + body
        proof = base64.b64encode(hmac.digest(self._key, signed, "sha256")).decode()
        request.headers["webhook-signature"] = f"v1,{proof}"
        return request


class Nobody:
    """Who comes without a token."""

    token = None


def caller(name: str):
    return {"user": Person, "admin": administrator, "service": Service, "nobody": Nobody}[name]()
