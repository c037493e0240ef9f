"""Small stand-ins for the services: each says who it is and what it was sent, and does what it is told in its own fields."""
import base64
import contextlib
import hashlib
import http.server
import json
import socket
import threading
import time


def free_port() -> int:
    with contextlib.closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Replica:
    """One replica of a service on a port of its own. It is ready, and well as long as `fails` is not set."""

    def __init__(self, service: str, name: str, keys: dict):
        self.service, self.name, self.keys = service, name, keys
        self.fails = False
        self.first_bytes = threading.Event()
        self.calls = 0
        replica = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer in one piece: two would wait for each other

            def log_message(self, *_):
                pass

            def answer(self):
                replica.handle(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, call: http.server.BaseHTTPRequestHandler):
        if call.path == "/readyz":
            return self.send(call, 200, {})
        if call.path == "/.well-known/jwks.json" and self.service == "user-service":
            return self.send(call, 200, self.keys | {"service": self.service})
        self.calls += 1
        if call.headers.get("Upgrade"):
            return self.shake_hands(call)
        length = int(call.headers.get("Content-Length", 0))
        first = call.rfile.read(min(length, 4))
        if first:
            self.first_bytes.set()
        received = len(first) + len(call.rfile.read(length - len(first)))
        time.sleep(float(call.headers.get("X-Rest", 0)))
        told = {"service": self.service, "replica": self.name, "path": call.path, "received": received,
                "fields": {k.lower(): v for k, v in call.headers.items()}}
        return self.send(call, 500 if self.fails else 200, told)

    def send(self, call, status: int, body: dict):
        text = json.dumps(body).encode()
        call.send_response(status)
        call.send_header("Content-Type", "application/json")
        call.send_header("Content-Length", str(len(text)))
        call.end_headers()
        if call.command != "HEAD":
            call.wfile.write(text)

    def shake_hands(self, call):
        """Then repeats every byte (RFC 6455 1.3 has the answer)."""
        key = call.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        call.send_response(101)
        call.send_header("Upgrade", "websocket")
        call.send_header("Connection", "Upgrade")
        call.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode())
        call.end_headers()
        call.wfile.flush()
        call.close_connection = True
        with contextlib.suppress(OSError):
            while data := call.connection.recv(4096):
                call.connection.sendall(data)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Tokens:
    """Signs access tokens as user-service does (ES256), and publishes the key."""

    def __init__(self, issuer: str, audience: str):
        from cryptography.hazmat.primitives.asymmetric import ec

        self.issuer, self.audience = issuer, audience
        self.key = ec.generate_private_key(ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        self.keys = {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "one",
                               "x": encoded(numbers.x.to_bytes(32, "big")), "y": encoded(numbers.y.to_bytes(32, "big"))}]}

    def token(self, roles=(), scopes=(), seconds=300, **other) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        now = int(time.time())
        claims = {"iss": self.issuer, "aud": self.audience, "sub": "0190b3f4", "iat": now - 1, "exp": now + seconds, "roles": list(roles)}
        claims |= ({"scope": " ".join(scopes)} if scopes else {}) | other
        text = encoded(json.dumps({"alg": "ES256", "kid": "one", "typ": "JWT"}).encode()) + "." + encoded(json.dumps(claims).encode())
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return text + "." + encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
