"""The running platform as a browser's page and an app see it: through the gateway, at its domain name."""
import base64
import json
import os
import secrets
import urllib.error
import urllib.request

ADDRESS = os.environ["PUBLIC_URL"]
PASSWORD = secrets.token_hex(12)


class Answer:
    def __init__(self, status: int, fields, body: bytes):
        self.status, self.fields = status, fields
        self.json = json.loads(body) if body and "json" in (fields.get("Content-Type") or "") else None

    @property
    def code(self) -> str | None:
        return self.json.get("code") if isinstance(self.json, dict) else None


def ask(method: str, path: str, body=None, token: str | None = None) -> Answer:
    request = urllib.request.Request(ADDRESS + path, method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as refusal:
        return Answer(refusal.code, refusal.headers, refusal.read())


class Person:
    """An account of this run's own, signed in by password."""

    def __init__(self):
        self.email = f"browser-{secrets.token_hex(8)}@example.com"
        signed_up = ask("POST", "/v1/users", {"email": self.email, "password": PASSWORD, "display_name": "花子"})
        assert signed_up.status == 201, signed_up.json
        tokens = self.sign_in()
        assert tokens.status == 201, tokens.json
        self.id, self.token = tokens.json["user_id"], tokens.json["access_token"]

    def sign_in(self) -> Answer:
        return ask("POST", "/v1/sessions", {"email": self.email, "password": PASSWORD})

    def ask(self, method: str, path: str, body=None) -> Answer:
        return ask(method, path, body, self.token)

    def upload(self, film: bytes) -> str:
        """Sends a film in one request, and answers its video's id."""
        request = urllib.request.Request(ADDRESS + "/v1/uploads", method="POST", data=film)
        title = base64.b64encode(b"film").decode()
        for name, value in {
            "Authorization": f"Bearer {self.token}", "Tus-Resumable": "1.0.0", "Upload-Length": str(len(film)),
            "Upload-Metadata": f"filename {title},title {title}", "Content-Type": "application/offset+octet-stream",
        }.items():
            request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers["Video-Id"]
