"""Every rendered object is one that an API server with the pinned CRDs would take. The CRDs come in by `make infra-test CRDS=FOLDER`
(scripts/fetch-crds.sh makes the folder); without it the rendered objects are skipped here, by name, and the judge alone is tested.
"""
import os
import pathlib

import pytest
from crds import Schemas, faults, is_core, wrong_names
from rendering import ENVIRONMENTS, K8S, ROOT, render, title

FOLDER = os.environ.get("CRDS")
RENDERED = [
    *(K8S / "overlays" / env for env in ENVIRONMENTS), K8S / "db", ROOT / "cicd/gatekeeper-constraints",
    *(ROOT / "cicd/clusters" / env for env in ENVIRONMENTS), *(ROOT / "cicd/environments" / env for env in ENVIRONMENTS),
]


def label(path: pathlib.Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.skipif(not FOLDER, reason="custom kinds are not judged: no CRDS=FOLDER was given (scripts/fetch-crds.sh FOLDER makes one)")
@pytest.mark.parametrize("path", RENDERED, ids=label)
def test_an_api_server_would_take_every_object(path):
    objects = render(path)
    schemas = Schemas(ROOT / FOLDER, objects)
    found = {title(o): faults(o, schema) for o in objects if not is_core(o) and (schema := schemas.of(o))}
    assert found, "nothing was judged: is this the right folder?"
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.skipif(not FOLDER, reason="no CRDS=FOLDER was given")
@pytest.mark.parametrize("path", RENDERED, ids=label)
def test_every_custom_kind_has_its_crd_in_the_folder(path):
    objects = render(path)
    schemas = Schemas(ROOT / FOLDER, objects)
    assert {f"{o['apiVersion']} {o['kind']}" for o in objects if not is_core(o) and schemas.of(o) is None} == set()


@pytest.mark.parametrize("path", RENDERED, ids=label)
def test_names_and_labels_are_ones_an_api_server_takes(path):
    assert {title(o): wrong_names(o) for o in render(path) if wrong_names(o)} == {}


DURATION = {"type": "string", "x-kubernetes-validations": [
    {"rule": "duration(self) >= duration('1ms')", "message": "must be a valid duration greater than 1ms"}]}
ROUTE = {"type": "object", "properties": {"spec": {"type": "object", "properties": {
    "http": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "timeout": DURATION}}},
    "jwksUri": {"type": "string", "x-kubernetes-validations": [{"rule": "url(self).getScheme() in ['http', 'https']"}]},
    "labels": {"type": "object", "additionalProperties": {"type": "string", "x-kubernetes-validations": [
        {"rule": "!self.contains('*')", "message": "wildcard not allowed"}]}},
    "mode": {"type": "string", "default": "NONE"},
    "endpoints": {"type": "array", "items": {"type": "string"}},
    "port": {"x-kubernetes-int-or-string": True},
    "kind": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
    "asks": {"type": "string", "x-kubernetes-validations": [{"rule": "self.unheardOf()"}]},
}, "x-kubernetes-validations": [{"rule": "self.mode == 'NONE' ? !has(self.endpoints) : true", "message": "NONE takes none"}]}}}


def said(**spec) -> list[str]:
    return faults({"apiVersion": "a.example/v1", "kind": "Route", "metadata": {"name": "x"}, "spec": spec}, ROUTE)


@pytest.mark.parametrize("timeout", ["0s", "0", "500us", "soon"])
def test_a_timeout_below_the_rule_is_refused_although_its_schema_lets_it_through(timeout):
    assert "must be a valid duration greater than 1ms" in said(http=[{"name": "sockets", "timeout": timeout}])[0]


@pytest.mark.parametrize("timeout", ["1ms", "30s", "1h5m"])
def test_a_timeout_that_the_rule_takes_passes(timeout):
    assert said(http=[{"name": "sockets", "timeout": timeout}]) == []


@pytest.mark.parametrize("spec", [
    {"http": [{"nmae": "x"}]}, {"jwksUri": "ftp://x/y"}, {"labels": {"a": "*"}}, {"port": 1.5}, {"asks": "x"},
    {"endpoints": ["x"]},  # only the default makes this wrong
])
def test_what_an_api_server_refuses_is_refused(spec):
    assert said(**spec) != []


@pytest.mark.parametrize("spec", [
    {}, {"http": [{"name": "x"}]}, {"jwksUri": "https://x/y"}, {"labels": {"a": "b"}}, {"port": 80}, {"port": "http"},
    {"endpoints": ["x"], "mode": "STATIC"}, {"kind": "x"},
])
def test_what_an_api_server_takes_is_taken(spec):
    assert said(**spec) == []


TEMPLATE = {"kind": "ConstraintTemplate", "spec": {"crd": {"spec": {
    "names": {"kind": "Labelled"}, "validation": {"openAPIV3Schema": {"type": "object", "properties": {"labels": {"type": "array"}}}}}}}}


@pytest.mark.parametrize("parameters,taken", [({"labels": []}, True), ({"lables": []}, False), ({"labels": "team"}, False)])
def test_a_constraint_is_judged_by_its_template(parameters, taken):
    constraint = {"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "Labelled", "metadata": {"name": "x"},
                  "spec": {"enforcementAction": "deny", "match": {"kinds": []}, "parameters": parameters}}
    assert (faults(constraint, Schemas(pathlib.Path("none"), [TEMPLATE]).of(constraint)) == []) == taken


@pytest.mark.parametrize("metadata", [{"name": "Not_a_name"}, {"name": "x", "labels": {"a": "has a space"}}, {"name": "x", "labels": {"a": "y" * 64}}])
def test_a_name_or_label_that_no_api_server_takes_is_named(metadata):
    assert wrong_names({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}) != []
