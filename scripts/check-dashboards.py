#!/usr/bin/env python3
"""Asks a running Prometheus what dashboards, rules and alerts ask of our services: check-dashboards.py ADDRESS.

A question is wrong where Prometheus refuses it, and unanswered where it has no series although every one of ours that it names is there. What
others export (the cluster's parts, the mesh) is left out: a machine has none of them.
"""
import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

MONITORING = Path(__file__).parents[1] / "infra/k8s/monitoring"


def asked(address: str, path: str, **fields) -> dict:
    with urllib.request.urlopen(f"{address}/api/v1/{path}?{urllib.parse.urlencode(fields)}", timeout=30) as answer:
        return json.load(answer)["data"]


def questions():
    for path in sorted(MONITORING.glob("dashboards/*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{path.name}: {panel['title']}", target["expr"]
    for path in sorted(MONITORING.glob("rules-*.yaml")):
        for group in yaml.safe_load(path.read_text())["spec"]["groups"]:
            for rule in group["rules"]:
                # An alert that is well has no answer: what it compares must have one.
                sides = re.split(r"\band\b|\bunless\b|[<>]=?|==|!=", rule["expr"]) if "alert" in rule else [rule["expr"]]
                yield rule.get("alert") or rule["record"], rule["expr"] if "record" in rule else sides[0]


def is_answered(address: str, text: str) -> bool:
    return bool(asked(address, "query", query=text)["result"])


def wider(text: str) -> str:
    """Without what is picked by how something ended: nothing may have ended so yet."""
    return re.sub(r',?\b(?:status|effect|route|outcome)(?:=~|!~|!=|=)"[^"]*"', "", text)


def main(address: str) -> int:
    # Those of this moment: what a platform counted before it was last started is of no use to a question.
    there = {series["metric"]["__name__"] for series in asked(address, "query", query='group by (__name__) ({__name__=~".+"})')["result"]}
    here, wrong, empty = 0, [], []
    # A rate needs two looks at a series; all questions together wait that long.
    deadline = time.monotonic() + 60
    for where, text in questions():
        plain = re.sub(r"\{[^}]*\}|\b(?:by|on) \([^)]*\)", "", text)
        names = set(re.findall(r"[a-z][a-z0-9]*_[a-z0-9_]+(?!\w|\s*\()|service:[a-z0-9_:]+", plain))
        if not names <= there:
            continue
        here += 1
        try:
            answered = is_answered(address, text)
            while not answered and not is_answered(address, wider(text)) and time.monotonic() < deadline:
                time.sleep(1)
            if not answered and not is_answered(address, wider(text)):
                empty.append(f"{where}: {text}")
        except urllib.error.HTTPError as error:
            wrong.append(f"{where}: {error.read().decode()}")
    print(f"{here} questions about series that are there, {len(wrong)} refused, {len(empty)} without an answer")
    print("\n".join(wrong + empty), end="\n" if wrong + empty else "")
    return 1 if wrong or empty or not here else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
