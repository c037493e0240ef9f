"""Judges an object as an API server with the same CRD would: structure without unknown fields, defaults, and the CEL rules beside them.

A schema comes from a folder of JSON files, one a kind (GROUP_VERSION_KIND.json, {"schema": openAPIV3Schema}); scripts/fetch-crds.sh
makes one from the pinned releases. Rules about a change (`oldSelf`) are left out: everything is judged as if it were new.
"""
import copy
import functools
import json
import pathlib
import re
import urllib.parse

import celpy
import jsonschema
from celpy import celtypes

CEL = celpy.Environment()


class Schemas:
    """The kinds of a folder, and those that ConstraintTemplates among the judged objects make."""

    def __init__(self, folder: pathlib.Path, objects=()):
        self.folder = folder
        self.made = {t["spec"]["crd"]["spec"]["names"]["kind"]: t for t in objects if t["kind"] == "ConstraintTemplate"}

    def of(self, obj: dict) -> dict | None:
        """The schema of the object's kind; nothing for a kind that is neither in the folder nor made by a template."""
        if obj["apiVersion"] == "constraints.gatekeeper.sh/v1beta1" and obj["kind"] in self.made:
            return of_constraint(self.made[obj["kind"]])
        return read(self.folder / f"{obj['apiVersion'].replace('/', '_')}_{obj['kind']}.json")


@functools.cache
def read(file: pathlib.Path) -> dict | None:
    return json.loads(file.read_text())["schema"] if file.exists() else None


def of_constraint(template: dict) -> dict:
    """What Gatekeeper makes of a template (constraint/pkg/client/crds): `match` is any object here, parameters are the template's."""
    parameters = template["spec"]["crd"]["spec"].get("validation", {}).get("openAPIV3Schema", {"type": "object"})
    return {"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "enforcementAction": {"enum": ["deny", "dryrun", "warn", "scoped"]},
        "match": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "parameters": parameters,
    }}}}


def is_core(obj: dict) -> bool:
    """Kubernetes' own kinds, which kubernetes-validate judges."""
    group = obj["apiVersion"].split("/")[0] if "/" in obj["apiVersion"] else ""
    return "." not in group or group.endswith(".k8s.io") and not group.endswith("cert-manager.k8s.io")


def faults(obj: dict, schema: dict) -> list[str]:
    """What an API server would say when it refuses the object; empty when it takes it."""
    full = {**schema, "properties": {**schema.get("properties", {}), "apiVersion": {}, "kind": {}, "metadata": {}}}
    whole = with_defaults(copy.deepcopy(obj), full)
    errors = jsonschema.Draft202012Validator(strict(full)).iter_errors(whole)
    wrong = [f"/{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in errors]
    return wrong + list(broken_rules(whole, full, ""))


def strict(schema):
    """Kubernetes' dialect in plain JSON Schema, refusing fields that an API server would silently drop."""
    if not isinstance(schema, dict):
        return schema
    plain = {k: v for k, v in schema.items() if k != "format"}
    if plain.get("x-kubernetes-int-or-string"):
        plain.pop("type", None)
        plain["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if plain.get("nullable") and "type" in plain:
        plain["type"] = [plain["type"], "null"]
    if "properties" in plain:
        plain["properties"] = {name: strict(inner) for name, inner in plain["properties"].items()}
        if not any(plain.get(f"x-kubernetes-{free}") for free in ("preserve-unknown-fields", "embedded-resource")):
            plain.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties"):
        if key in plain:
            plain[key] = strict(plain[key])
    return plain


def inside(value, schema: dict):
    """(step, inner value, its schema) of everything directly below."""
    if isinstance(value, dict):
        for key, inner in value.items():
            below = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
            if isinstance(below, dict):
                yield key, inner, below
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        yield from ((i, inner, schema["items"]) for i, inner in enumerate(value))


def with_defaults(value, schema: dict):
    """Puts in what the schema says where the object says nothing: rules are asked after that."""
    if isinstance(value, dict):
        for key, below in schema.get("properties", {}).items():
            if "default" in below:
                value.setdefault(key, copy.deepcopy(below["default"]))
    for _, inner, below in inside(value, schema):
        with_defaults(inner, below)
    return value


def broken_rules(value, schema: dict, path: str):
    for rule in schema.get("x-kubernetes-validations", []):
        if "oldSelf" not in rule["rule"]:
            holds = evaluate(rule["rule"], value)
            if holds is not True:
                yield f"{path or '/'}: {rule.get('message', rule['rule'])}" + (f" ({holds})" if holds else "")
    for step, inner, below in inside(value, schema):
        yield from broken_rules(inner, below, f"{path}/{step}")


def evaluate(rule: str, value) -> bool | str:
    """True or False; a text when the rule cannot be asked, which an API server would refuse as well."""
    try:
        return bool(program(rule).evaluate({"self": celpy.json_to_cel(value)}))
    except celpy.CELEvalError as error:
        return f"cannot be asked: {str(error)[:120]}"


# What Kubernetes adds to CEL (apiserver/pkg/cel/library), as far as rules here use it. A rule that asks for more fails loudly.
def substring(text, start, end=None):
    return celtypes.StringType(text[int(start):None if end is None else int(end)])


def is_url(text):
    parts = urllib.parse.urlsplit(text)
    return celtypes.BoolType(bool(parts.scheme and (parts.netloc or parts.path)) or text.startswith("/"))


def get_scheme(url):
    return celtypes.StringType(urllib.parse.urlsplit(url).scheme)


ADDED = {"substring": substring, "isURL": is_url, "url": lambda text: text, "getScheme": get_scheme}


@functools.cache
def program(rule: str):
    return CEL.program(CEL.compile(rule), functions=ADDED)


LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def wrong_names(obj: dict) -> list[str]:
    """What no schema says of metadata: a name is a DNS name (except in RBAC), a label's value is short and plain."""
    metadata = obj["metadata"]
    wrong = [] if "rbac" in obj["apiVersion"] or NAME.fullmatch(metadata["name"]) else [f"/metadata/name: {metadata['name']}"]
    return wrong + [f"/metadata/labels/{k}: {v!r}" for k, v in metadata.get("labels", {}).items() if not LABEL.fullmatch(str(v))]
