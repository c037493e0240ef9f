"""Asks a policy about a manifest as Gatekeeper would, with a real Rego engine (regocpp)."""
import copy
import json
import pathlib

import yaml
from regopy import Interpreter

CICD = pathlib.Path(__file__).parents[2]
POLICIES = CICD / "opa-policies"
CONSTRAINTS = CICD / "gatekeeper-constraints"


def documents(name: str) -> tuple[dict, dict]:
    """The template and the constraint of a policy, which stand in one file."""
    first, second = yaml.safe_load_all((CONSTRAINTS / f"{name}.yaml").read_text())
    return first, second


def template(name: str) -> dict:
    return documents(name)[0]


def constraint(name: str) -> dict:
    return documents(name)[1]


def names() -> list[str]:
    return sorted(p.stem for p in POLICIES.glob("*.rego"))


def violations(name: str, manifest: dict, parameters: dict | None = None) -> list[str]:
    """The messages of policy `name` about `manifest`, with the shipped constraint's parameters unless others are given.

    The text comes out of the ConstraintTemplate, so it is what the cluster runs.
    """
    source = template(name)["spec"]["targets"][0]["code"][0]["source"]
    package = next(line.split()[1] for line in source["rego"].splitlines() if line.startswith("package "))
    engine = Interpreter()
    engine.add_module(name, source["rego"])
    for index, library in enumerate(source["libs"]):
        engine.add_module(f"lib{index}", library)
    if parameters is None:
        parameters = constraint(name)["spec"].get("parameters", {})
    engine.set_input({"review": {"object": copy.deepcopy(manifest)}, "parameters": parameters})
    answer = json.loads(str(engine.query(f"data.{package}.violation")))
    found = answer["expressions"][0]
    return sorted(item["msg"] for item in found)


def matches(name: str, manifest: dict) -> bool:
    """Whether the constraint's `match.kinds` asks the policy about this manifest at all."""
    version, kind = manifest.get("apiVersion", ""), manifest.get("kind", "")
    group = version.split("/")[0] if "/" in version else ""
    return any(group in k["apiGroups"] and kind in k["kinds"] for k in constraint(name)["spec"]["match"]["kinds"])
