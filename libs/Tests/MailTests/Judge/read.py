"""Reads messages as Python's email package does: a JSON list of base64 on standard input, what it makes of each on standard output."""
import base64
import email
import email.policy
import json
import re
import sys
from email.header import decode_header, make_header
from email.utils import getaddresses


def defects(message):
    found = [type(defect).__name__ for defect in message.defects]
    for name, value in message.items():
        found += [f"{name}: {type(defect).__name__}" for defect in getattr(value, "defects", [])]
    return found


def text(value):
    """Header text as UTF-8, which Python keeps as lone surrogates."""
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8")


def people(message, name):
    """By the older functions: up to 3.12 the newer ones leave spaces between encoded words of a name."""
    raw = "".join(value for field, value in message.raw_items() if field == name)
    pairs = getaddresses([re.sub(r"\r?\n", "", text(raw))])
    return [[str(make_header(decode_header(shown))), address] for shown, address in pairs]


def reading(data):
    message = email.message_from_bytes(data, policy=email.policy.SMTPUTF8)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "headers": [[name, text(value)] for name, value in message.items()],
        "people": {name: people(message, name) for name in ("From", "To", "Reply-To") if message[name]},
        "type": message.get_content_type(),
        "parts": [[part.get_content_type(), part.get_content_charset(), part.get_content()] for part in parts],
        "defects": [defect for part in message.walk() for defect in defects(part)],
    }


print(json.dumps([reading(base64.b64decode(text)) for text in json.load(sys.stdin)]))
