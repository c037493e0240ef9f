"""Every policy with samples it allows and samples it refuses."""
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import samples
from engine import constraint, names, violations
from signing import PEM, jws
from samples import container, cron_job, deployment, pod, pod_spec, pod_template

SHAPES = [pod, deployment, cron_job]
SIGNED = {"publicKeys": [PEM], "exemptImages": []}


def changed(shape, change):
    manifest = shape()
    change(manifest)
    return manifest


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", [n for n in names() if n != "require-image-signature"])
def test_a_workload_that_keeps_every_rule_is_allowed(name, shape):
    assert violations(name, shape()) == []


REFUSED = {
    "require-label": [
        lambda m: pod_template(m)["metadata"]["labels"].pop("team"),
        lambda m: pod_template(m)["metadata"]["labels"].update(team="NOT a name"),
        lambda m: pod_template(m)["metadata"].pop("labels"),
        lambda m: m["metadata"].pop("labels"),
    ],
    "deny-privileged": [
        lambda m: container(m)["securityContext"].update(privileged=True),
        lambda m: container(m)["securityContext"].update(allowPrivilegeEscalation=True),
        lambda m: container(m)["securityContext"].pop("allowPrivilegeEscalation"),
        lambda m: container(m)["securityContext"].pop("capabilities"),
        lambda m: container(m)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]),
        lambda m: container(m)["securityContext"].update(runAsNonRoot=False),
        lambda m: container(m)["securityContext"].update(runAsUser=0),
        lambda m: container(m)["securityContext"].update(seccompProfile={"type": "Unconfined"}),
        lambda m: container(m).pop("securityContext"),
        lambda m: pod_spec(m).pop("securityContext"),
        lambda m: pod_spec(m)["securityContext"].update(runAsUser=0),
        lambda m: container(m)["securityContext"].update(windowsOptions={"hostProcess": True}),
        lambda m: container(m)["securityContext"].update(procMount="Unmasked"),
        lambda m: pod_spec(m).update(ephemeralContainers=[{"name": "debug", "image": samples.IMAGE}]),
        lambda m: pod_spec(m).update(initContainers=[{"name": "init", "image": samples.IMAGE}]),
    ],
    "deny-host-access": [
        lambda m: pod_spec(m).update(hostNetwork=True),
        lambda m: pod_spec(m).update(hostPID=True),
        lambda m: pod_spec(m).update(hostIPC=True),
        lambda m: pod_spec(m).update(volumes=[{"name": "root", "hostPath": {"path": "/"}}]),
        lambda m: container(m).update(ports=[{"containerPort": 80, "hostPort": 80}]),
    ],
    "require-resources": [
        lambda m: container(m).pop("resources"),
        lambda m: container(m)["resources"].pop("limits"),
        lambda m: container(m)["resources"]["requests"].pop("cpu"),
        lambda m: container(m)["resources"]["limits"].update(memory="64Gi"),
    ],
    "require-image-registry": [
        lambda m: container(m).update(image=f"docker.io/library/nginx@{samples.DIGEST}"),
        lambda m: container(m).update(image=samples.IMAGE.replace("/hiroba/", "/hiroba-evil/")),
        lambda m: container(m).update(image=samples.IMAGE.replace(".com/", ".com.example.net/")),
        lambda m: pod_spec(m).update(initContainers=[{"name": "init", "image": "busybox"}]),
    ],
    "require-image-digest": [
        lambda m: container(m).update(image=f"{samples.REGISTRY}/chat-service:v1"),
        lambda m: container(m).update(image=samples.IMAGE[:-1]),
    ],
    "require-probes": [
        lambda m: container(m).pop("livenessProbe"),
        lambda m: container(m).pop("readinessProbe"),
        lambda m: container(m).update(readinessProbe={"periodSeconds": 5}),
    ],
}


@pytest.mark.parametrize(
    "name,change,shape",
    [
        (name, change, shape)
        for name, changes in REFUSED.items()
        for change in changes
        for shape in SHAPES
        if (name, shape) != ("require-probes", cron_job)  # a job needs none
    ],
)
def test_a_workload_that_breaks_a_rule_is_refused(name, change, shape):
    assert violations(name, changed(shape, change)) != []


def test_every_policy_has_samples_it_refuses():
    assert set(REFUSED) | {"require-image-signature"} == set(names())


def test_a_pod_that_is_being_deleted_may_always_be_updated():
    manifest = changed(pod, lambda m: pod_spec(m).update(hostNetwork=True))
    manifest["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert violations("deny-host-access", manifest) == []


BREAKS = {
    "deny-privileged": lambda m: container(m).pop("securityContext"),
    "require-probes": lambda m: container(m).pop("readinessProbe"),
    "require-resources": lambda m: container(m).pop("resources"),
    "require-image-registry": lambda m: None,
    "require-image-digest": lambda m: None,
    "require-image-signature": lambda m: None,
}


@pytest.mark.parametrize("name", sorted(BREAKS))
@pytest.mark.parametrize("entry,exempt", [
    ("docker.io/istio/proxyv2:1.2.3", True), ("docker.io/istio/*", True),
    ("docker.io/istio/proxyv2:1.2", False), ("docker.io/istio/", False), ("*proxyv2:1.2.3", False), ("", False),
])
def test_an_image_is_exempt_by_its_whole_name_or_by_a_star_at_the_end(name, entry, exempt):
    manifest = changed(pod, BREAKS[name])
    container(manifest)["image"] = "docker.io/istio/proxyv2:1.2.3"
    rules = constraint(name)["spec"].get("parameters", {}) | {"exemptImages": [entry]}
    assert (violations(name, manifest, rules) == []) == exempt


@pytest.mark.parametrize("name", ["require-label", "require-resources", "require-image-registry", "require-image-signature", "require-probes"])
@pytest.mark.parametrize("parameters", [{}, {"labels": [], "requests": [], "limits": [], "registries": [], "require-probes": []}])
def test_a_policy_that_was_told_nothing_refuses(name, parameters):
    assert violations(name, pod(), parameters) != []


def test_a_job_and_its_pods_need_no_probes():
    manifest = changed(pod, lambda m: container(m).pop("livenessProbe"))
    manifest["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "migrate"}]
    assert violations("require-probes", manifest) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_a_signed_image_is_allowed(shape):
    manifest = shape()
    pod_template(manifest)["metadata"]["annotations"] = {"hiroba.dev/image-signatures": jws(samples.IMAGE)}
    assert violations("require-image-signature", manifest, SIGNED) == []


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        jws("example.com/other@" + samples.DIGEST),
        jws(samples.IMAGE, key=ec.generate_private_key(ec.SECP256R1())),
        jws(samples.IMAGE, typ="JWT"),
        jws(samples.IMAGE)[:-6] + "AAAAAA",
    ],
    ids=["none", "garbage", "another image", "a foreign key", "another kind of token", "a broken signature"],
)
def test_an_image_without_a_valid_signature_is_refused(token):
    manifest = pod()
    manifest["metadata"]["annotations"] = {"hiroba.dev/image-signatures": token}
    assert violations("require-image-signature", manifest, SIGNED) != []


def test_without_a_key_every_image_is_refused():
    manifest = pod()
    manifest["metadata"]["annotations"] = {"hiroba.dev/image-signatures": jws(samples.IMAGE)}
    assert violations("require-image-signature", manifest, {"publicKeys": []}) != []


def test_every_image_of_the_pod_needs_a_signature_of_its_own():
    manifest = pod()
    second = dict(container(manifest), name="second", image=samples.IMAGE.replace("chat", "video"))
    pod_spec(manifest)["containers"].append(second)
    manifest["metadata"]["annotations"] = {"hiroba.dev/image-signatures": jws(samples.IMAGE)}
    assert len(violations("require-image-signature", manifest, SIGNED)) == 1
    both = jws(samples.IMAGE) + " " + jws(second["image"])
    manifest["metadata"]["annotations"] = {"hiroba.dev/image-signatures": both}
    assert violations("require-image-signature", manifest, SIGNED) == []
