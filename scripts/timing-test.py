#!/usr/bin/env python3
"""timing-test.py BASE WHAT...: one line for each of sign-up, sign-in, password-reset and verification, with the medians of calls
about known and unknown addresses in milliseconds; fails where they are more than five apart."""
import http.client
import json
import statistics
import sys
import time
from urllib.parse import urlsplit

TRIES, MOST_MS = 200, 5.0
PASSWORD = "a long enough pass phrase"


class Caller:
    def __init__(self, base):
        self.connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)

    def post(self, path, body):
        """The status, and how many milliseconds it took."""
        data = json.dumps(body).encode()
        begin = time.perf_counter()
        self.connection.request("POST", path, data, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, (time.perf_counter() - begin) * 1_000


def known(index):
    return f"known-{index}@example.com"


# What is asked, and what both kinds of addresses are answered. A sign-up makes an account of what was unknown.
CALLS = {
    "sign-up": ("/v1/users", lambda email: {"email": email, "password": PASSWORD, "display_name": "Timing"}, 202),
    "sign-in": ("/v1/sessions", lambda email: {"email": email, "password": "not the pass phrase"}, 401),
    "password-reset": ("/v1/password-resets", lambda email: {"email": email}, 202),
    "verification": ("/v1/email-verifications", lambda email: {"email": email}, 202),
}


def measure(caller, what, run):
    path, body, wanted = CALLS[what]
    times = {True: [], False: []}
    for index in range(TRIES + 10):
        # Either comes first as often, so that what changes meanwhile changes for both.
        for is_known in (True, False) if index % 2 else (False, True):
            email = known(index) if is_known else f"unknown-{run}-{what}-{index}@example.com"
            status, milliseconds = caller.post(path, body(email))
            if status != wanted:
                sys.exit(f"{what}: {status} and not {wanted}")
            if index >= 10:  # the first ones warm up
                times[is_known].append(milliseconds)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    apart = abs(medians[True] - medians[False])
    print(f"{what:<16} known {medians[True]:8.2f} ms   unknown {medians[False]:8.2f} ms   apart {apart:6.2f} ms   {TRIES} tries each")
    return apart <= MOST_MS


def main():
    base, *wanted = sys.argv[1:]
    caller = Caller(base)
    if "sign-up" in wanted:
        path, body, _ = CALLS["sign-up"]
        for index in range(TRIES + 10):
            caller.post(path, body(known(index)))
    mailed = time.monotonic()
    run = time.time_ns()
    results = []
    for what in wanted:
        if what == "verification":
            # Within a minute of the mail of the sign-up none goes out, and nothing would be measured.
            time.sleep(max(0, mailed + 61 - time.monotonic()))
        results.append(measure(caller, what, run))
    sys.exit(0 if all(results) else 1)


main()
