"""What admission repairs, and what it leaves alone; the semantics are those of Gatekeeper's Assign and AssignMetadata."""
import copy

import pytest
import samples
import yaml
from engine import CICD, violations

FOLDER = CICD / "gatekeeper-mutations"
MUTATORS = {f.stem: yaml.safe_load(f.read_text()) for f in FOLDER.glob("*.yaml") if f.stem != "kustomization"}


def at(obj, path: str):
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def repaired(mutator: dict, pod: dict, namespace: str) -> dict:
    spec, changed = mutator["spec"], copy.deepcopy(pod)
    if namespace not in spec["match"]["namespaces"] or pod["kind"] not in spec["match"]["kinds"][0]["kinds"]:
        return changed
    if any(at(pod, test["subPath"]) is not None for test in spec["parameters"].get("pathTests", [])):
        return changed
    *way, last = spec["location"].split(".")
    inner = changed
    for step in way:
        inner = inner.setdefault(step, {})
    if mutator["kind"] == "Assign" or last not in inner:  # AssignMetadata only adds
        inner[last] = spec["parameters"]["assign"]["value"]
    return changed


def bare(**security) -> dict:
    pod = samples.pod()
    samples.pod_spec(pod)["securityContext"] = {"runAsNonRoot": True} | security
    return pod


def test_a_pod_without_a_seccomp_profile_gets_the_runtimes_and_is_allowed():
    pod = repaired(MUTATORS["seccomp-profile"], bare(), "hiroba")
    assert violations("deny-privileged", bare()) != []
    assert violations("deny-privileged", pod) == []


@pytest.mark.parametrize("profile", [{"type": "Unconfined"}, {"type": "Localhost", "localhostProfile": "own.json"}])
def test_a_profile_that_is_named_is_left_to_the_policy(profile):
    pod = bare(seccompProfile=profile)
    assert repaired(MUTATORS["seccomp-profile"], pod, "hiroba") == pod


def test_a_pod_of_the_platform_gets_its_owner_and_another_owner_stays():
    pod = samples.pod()
    pod["metadata"]["labels"].pop("team")
    assert repaired(MUTATORS["team-label"], pod, "monitoring")["metadata"]["labels"]["team"] == "platform"
    assert repaired(MUTATORS["team-label"], samples.pod(), "monitoring") == samples.pod()


def test_nobody_guesses_whose_a_service_is():
    pod = samples.pod()
    pod["metadata"]["labels"].pop("team")
    assert violations("require-label", repaired(MUTATORS["team-label"], pod, "hiroba")) != []


@pytest.mark.parametrize("name", MUTATORS)
def test_only_pods_in_named_namespaces_are_changed(name):
    match = MUTATORS[name]["spec"]["match"]
    assert match["scope"] == "Namespaced" and match["kinds"] == [{"apiGroups": [""], "kinds": ["Pod"]}]
    assert set(match["namespaces"]) <= {"hiroba", "istio-ingress", "monitoring"}
