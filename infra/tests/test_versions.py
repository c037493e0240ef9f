"""Every pinned version of somebody else's is one whose release was looked up (infra/helm/versions.yaml), and all places agree."""
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, containers, environment, of_kind, render

SEEN = yaml.safe_load((ROOT / "infra/helm/versions.yaml").read_text())
CLUSTER = tuple(int(n) for n in str(SEEN["kubernetes"]["version"]).split("."))


def charts_named():
    """(where, chart, version) of every chart that the tree pins."""
    for line in (ROOT / "infra/helm/charts.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield "infra/helm/charts.txt", line.split()[3], line.split()[4]
    for env in ENVIRONMENTS:
        for app in render(ROOT / "cicd/environments" / env):
            for source in app["spec"].get("sources") or [app["spec"]["source"]]:
                if "chart" in source:
                    yield app["metadata"]["name"], source["chart"], source["targetRevision"]


def images_named():
    """(where, name, version) of every image that is not ours."""
    for env in ENVIRONMENTS:
        for workload in of_kind(environment(env), "Deployment", "DaemonSet", "StatefulSet", "Job"):
            for container in containers(workload):
                name, _, version = container["image"].partition(":")
                if "/hiroba/" not in name:
                    yield workload["metadata"]["name"], name, version
    for file in (ROOT / "cicd/gatekeeper-constraints").glob("*.yaml"):
        for name, version in re.findall(r'"(docker\.io/[a-z0-9/]+):([0-9.]+)"', file.read_text()):
            yield file.name, name, version


@pytest.mark.parametrize("kind,named", [("charts", charts_named), ("images", images_named)])
def test_every_version_was_seen_released_and_none_is_listed_for_nothing(kind, named):
    found = list(named())
    unseen = [(where, what, version) for where, what, version in found if SEEN[kind].get(what, {}).get("version") != version]
    assert found and unseen == []
    assert {what for _, what, _ in found} == set(SEEN[kind])


@pytest.mark.parametrize("kind", ["charts", "images"])
def test_the_release_that_was_seen_is_the_one_that_is_pinned(kind):
    for what, entry in SEEN[kind].items():
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry["seen"]), what
        plain = re.sub(r"b\d+$", "", entry["version"].removeprefix("v"))  # a build's number stands in an image's name alone
        assert entry["tag"].endswith(plain), f"{what}: {entry['tag']} is no release of {entry['version']}"


def test_every_chart_that_names_versions_of_kubernetes_names_ours():
    for chart, entry in SEEN["charts"].items():
        least, most = (tuple(int(n) for n in str(v).split(".")) if v is not None else None for v in entry["kubernetes"])
        assert (least is None or least <= CLUSTER) and (most is None or CLUSTER <= most), f"{chart} is not for {CLUSTER}"
    assert len(SEEN["kubernetes"]["seen"]) >= 3


def test_cluster_and_pod_standards_are_of_the_listed_minor():
    minor = SEEN["kubernetes"]["version"]
    variables = (ROOT / "infra/terraform/variables.tf").read_text()
    assert re.search(rf'variable "kubernetes_version".*?default\s+= "{re.escape(minor)}"', variables, re.DOTALL)
    for env in ENVIRONMENTS:
        assert f"kubernetes_version" not in (ROOT / f"infra/terraform/environments/{env}.tfvars").read_text(), "one minor for all"
        for space in of_kind(environment(env), "Namespace"):
            assert space["metadata"]["labels"].get("pod-security.kubernetes.io/enforce-version", f"v{minor}") == f"v{minor}"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_external_secrets_is_given_what_its_chart_takes(env):
    """Its _helpers.tpl fails the rendering when cluster-wide pushing is on and pushing is off."""
    [app] = [a for a in render(ROOT / "cicd/environments" / env) if a["metadata"]["name"] == f"external-secrets-{env}"]
    values = app["spec"]["source"]["helm"]["valuesObject"]
    assert values.get("processPushSecret", True) or values.get("processClusterPushSecret") is False
