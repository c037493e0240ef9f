"""kube-linter has nothing to say that is not answered on the object itself."""
import copy

import pytest
from linter import findings
from rendering import ENVIRONMENTS, environment, named, of_kind, pod_template


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_finding_is_mended_or_accepted_on_its_object(env):
    assert findings(environment(env)) == {}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_an_acceptance_has_a_reason_and_meets_a_finding(env):
    objects = copy.deepcopy(environment(env))
    accepted = {}
    for obj in objects:
        notes = obj["metadata"].get("annotations", {})
        for key in [k for k in notes if k.startswith("ignore-check.kube-linter.io/")]:
            reason = notes.pop(key)
            assert len(reason.split()) >= 3, key
            accepted.setdefault(f"{obj['kind']}/{obj['metadata']['name']}", set()).add(key.split("/")[1])
    assert accepted and findings(objects) == accepted


@pytest.mark.parametrize("change,check", [
    (lambda t: t["spec"]["containers"][0]["env"].append({"name": "API_TOKEN", "value": "x"}), "secret-in-env-var"),
    (lambda t: t["spec"].update(hostNetwork=True), "host-network"),
    (lambda t: t["spec"]["securityContext"].update(runAsNonRoot=False, runAsUser=0), "run-as-non-root"),
    (lambda t: t["spec"]["containers"][0]["livenessProbe"]["httpGet"].update(port=1), "liveness-port"),
    (lambda t: t["metadata"].update(labels={}), "non-isolated-pod"),
    (lambda t: t["spec"]["containers"][0]["securityContext"].update(readOnlyRootFilesystem=False), "no-read-only-root-fs"),
    (lambda t: t["spec"]["containers"][0]["securityContext"].update(capabilities={}), "drop-net-raw-capability"),
    (lambda t: t["spec"]["containers"][0]["resources"].pop("limits"), "unset-memory-requirements"),
    (lambda t: t["spec"]["containers"][0].update(image="registry.example/chat-service:latest"), "latest-tag"),
])
def test_a_change_for_the_worse_is_found(change, check):
    objects = copy.deepcopy(environment("prd"))
    service = named(objects, "Deployment", "chat-service")
    service["metadata"]["namespace"] = "elsewhere" if check == "non-isolated-pod" else "hiroba"
    change(pod_template(service))
    assert findings(objects) == {"Deployment/chat-service": {check}}


def test_our_own_workloads_need_no_acceptance():
    for workload in of_kind(environment("prd"), "Deployment", "Job"):
        if workload["metadata"]["namespace"] == "hiroba":
            assert not [k for k in workload["metadata"].get("annotations", {}) if "kube-linter" in k]
