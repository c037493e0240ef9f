#!/usr/bin/env python3
"""Reads the applied state and refuses what our rules forbid, in the policies as AWS would see them.

Usage: check_state.py STATE.json
"""
import json
import sys

# Conditions that say whose call it is: a statement for "everybody" that has one is not for everybody.
WHOSE = {"aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount", "aws:SourceArn", "AWS:SourceOwner"}
READS = ("Describe", "List", "Get")
# Writes that AWS cannot limit to a resource.
UNLIMITED = {
    "xray:PutTelemetryRecords", "xray:PutTraceSegments", "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
}


def resources(module: dict):
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def statements(text) -> list[dict]:
    if not isinstance(text, str) or not text.startswith("{"):
        return []
    found = json.loads(text).get("Statement", [])
    return found if isinstance(found, list) else [found]


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def is_for_everybody(statement: dict) -> bool:
    principal = statement.get("Principal", {})
    named = principal if isinstance(principal, str) else principal.get("AWS", [])
    conditions = {key for test in statement.get("Condition", {}).values() for key in test}
    return "*" in listed(named) and not conditions & WHOSE


def broad_actions(statement: dict):
    return [a for a in listed(statement.get("Action", [])) if "*" in a]


def problems(resource: dict):
    values, where = resource["values"], resource["address"]
    for attribute in ("policy", "assume_role_policy", "policy_document"):
        for statement in statements(values.get(attribute)):
            if statement["Effect"] != "Allow":
                continue
            for action in broad_actions(statement):
                yield f"{where}: {attribute} allows {action}"
            everywhere = "*" in listed(statement.get("Resource", []))
            actions = set(listed(statement.get("Action", []))) - UNLIMITED
            writes = sorted(a for a in actions if not a.split(":")[-1].startswith(READS))
            if resource["type"] == "aws_iam_role_policy" and everywhere and writes:
                yield f"{where}: {', '.join(writes)} on every resource"
            # An endpoint's policy grants nothing, it limits: there, everybody is harmless where the resource is named.
            if is_for_everybody(statement) and (everywhere or resource["type"] != "aws_vpc_endpoint"):
                yield f"{where}: {attribute} trusts everybody"
    if resource["type"] == "aws_cloudwatch_log_group" and not values["kms_key_id"]:
        yield f"{where}: not encrypted"
    if resource["type"] == "aws_vpc_endpoint" and not statements(values.get("policy")):
        yield f"{where}: has no policy"


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        everything = list(resources(json.load(file)["values"]["root_module"]))
    found = [p for r in everything if r["mode"] == "managed" for p in problems(r)]
    print("\n".join(found) if found else f"{len(everything)} resources keep the rules")
    return 1 if found or not everything else 0


if __name__ == "__main__":
    sys.exit(main())
