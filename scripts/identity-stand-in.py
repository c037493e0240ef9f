#!/usr/bin/env python3
"""Stands in for user-service where an image is started without one: identity-stand-in.py PORT.

Whoever asks gets a token for services that opens nothing, and nothing was ever called back.
"""
import http.server
import json
import sys

ANSWERS = {
    ("POST", "/oauth2/token"): {"access_token": "stand-in", "token_type": "Bearer", "expires_in": 300},
    ("GET", "/internal/v1/revocations"): {"items": [], "next": "0"},
    ("GET", "/internal/v1/erasures"): {"items": [], "next": "0"},
    ("GET", "/internal/v1/data-exports"): {"items": []},
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = ANSWERS.get((self.command, self.path.split("?")[0]))
        body = json.dumps(found or {}).encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
