#!/usr/bin/env python3
"""Reads the applied state and refuses what our rules forbid, in the policies as AWS would see them.

Usage: check_state.py STATE.json
"""
import json
import sys


def resources(module: dict):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def statements(text: str):
    body = json.loads(text)
    found = body["Statement"]
    return found if isinstance(found, list) else [found]


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def problems(resource: dict):
    values, where = resource["values"], resource["address"]
    for attribute in ("policy", "assume_role_policy"):
        if not isinstance(values.get(attribute), str) or not values[attribute].startswith("{"):
            continue
        for statement in statements(values[attribute]) if "Statement" in values[attribute] else []:
            if statement["Effect"] != "Allow":
                continue
            for action in listed(statement.get("Action", [])):
                if action == "*" or action.endswith(":*"):
                    yield f"{where}: {attribute} allows {action}"
            if resource["type"] == "aws_iam_role_policy" and "*" in listed(statement.get("Resource", [])):
                reads = ("Describe", "List", "Get")
                writes = [a for a in listed(statement["Action"]) if not a.split(":")[1].startswith(reads)]
                if writes:
                    yield f"{where}: {', '.join(writes)} on every resource"
            principals = statement.get("Principal", {})
            if principals == "*" or "*" in listed(principals.get("AWS", []) if isinstance(principals, dict) else []):
                yield f"{where}: {attribute} trusts everybody"
    if resource["type"] == "aws_cloudwatch_log_group" and not values["kms_key_id"]:
        yield f"{where}: not encrypted"


def main() -> int:
    state = json.load(open(sys.argv[1], encoding="utf-8"))
    everything = list(resources(state["values"]["root_module"]))
    found = [p for r in everything if r["mode"] == "managed" for p in problems(r)]
    print("\n".join(found) if found else f"{len(everything)} resources keep the rules")
    return 1 if found or not everything else 0


if __name__ == "__main__":
    sys.exit(main())
