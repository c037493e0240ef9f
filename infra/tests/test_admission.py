"""Our own manifests keep our own rules, once a release has put in digest and signature."""
import copy
import sys

import pytest
from rendering import ENVIRONMENTS, ROOT, containers, environment, of_kind, pod_template

sys.path.insert(0, str(ROOT / "cicd" / "opa-policies" / "tests"))
import engine  # noqa: E402
from signing import PEM, jws  # noqa: E402

ANNOTATION = "hiroba.dev/image-signatures"


def workloads(env):
    return [o for o in of_kind(environment(env), "Deployment", "Job") if o["metadata"]["namespace"] == "hiroba"]


def released(workload: dict) -> dict:
    """The workload as a release writes it: every image by digest, and signed."""
    copied = copy.deepcopy(workload)
    for container in containers(copied):
        container["image"] = container["image"].rsplit(":", 1)[0] + "@sha256:" + "ab" * 32
    images = {c["image"] for c in containers(copied)}
    pod_template(copied)["metadata"]["annotations"][ANNOTATION] = " ".join(jws(i) for i in sorted(images))
    return copied


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("name", engine.names())
def test_released_manifests_keep_every_rule(env, name):
    parameters = engine.constraint(name)["spec"].get("parameters", {})
    if name == "image-signature":
        parameters = parameters | {"publicKeys": [PEM]}
    for workload in workloads(env):
        assert engine.matches(name, workload)
        assert engine.violations(name, released(workload), parameters) == []


@pytest.mark.parametrize("name", ["image-digest", "image-signature"])
def test_what_was_never_released_is_refused(name):
    for workload in workloads("prd"):
        assert engine.violations(name, workload) != []
