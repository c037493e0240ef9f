"""A canary as cicd/README.md describes it: three edits to an overlay, made here on a copy."""
import re
import shutil
import subprocess

import pytest
import yaml
from rendering import K8S, SERVICES, containers, named, of_kind, pod_template, selects

DIGESTS = {"stable": "sha256:" + "a" * 64, "canary": "sha256:" + "b" * 64}


def edit(file, pattern, text):
    changed, count = re.subn(pattern, text, file.read_text(), flags=re.MULTILINE)
    assert count == 1, f"{pattern} was not found in {file.name}"
    file.write_text(changed)


@pytest.fixture(params=SERVICES)
def canary(request, tmp_path):
    """The service's name and production's objects once it has a canary with a tenth of the traffic."""
    service = request.param
    shutil.copytree(K8S, tmp_path / "k8s")
    prd = tmp_path / "k8s" / "overlays" / "prd"
    overlay = prd / service / "kustomization.yaml"
    edit(overlay, "^  - ../environment$", f"  - ../environment\n  - ../../../canary/{service}")
    registry = re.search(r"newName: (\S+)", overlay.read_text())[1]
    edit(overlay, "^    newTag: .*$", (
        f"    digest: {DIGESTS['stable']}\n  - name: {service}-canary\n    newName: {registry}\n    digest: {DIGESTS['canary']}"
    ))
    edit(prd / "mesh" / "weights.yaml", rf'^  {service}.stable: "100"$', f'  {service}.stable: "90"')
    edit(prd / "mesh" / "weights.yaml", rf'^  {service}.canary: "0"$', f'  {service}.canary: "10"')
    run = subprocess.run(["kubectl", "kustomize", prd], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return service, [o for o in yaml.safe_load_all(run.stdout) if o]


def test_the_canary_has_its_own_image_and_the_stable_ones_settings(canary):
    service, objects = canary
    stable, second = (named(objects, "Deployment", n) for n in (service, f"{service}-canary"))
    assert [containers(d)[0]["image"].split("@")[1] for d in (stable, second)] == [DIGESTS["stable"], DIGESTS["canary"]]
    assert containers(named(objects, "Job", f"{service}-migrate"))[0]["image"].endswith(DIGESTS["stable"])
    assert containers(stable)[0]["envFrom"] == containers(second)[0]["envFrom"]
    assert second["metadata"]["namespace"] == "hiroba"


def test_each_subset_selects_the_pods_of_one_deployment(canary):
    service, objects = canary
    for subset in named(objects, "DestinationRule", service)["spec"]["subsets"]:
        found = [d["metadata"]["name"] for d in of_kind(objects, "Deployment")
                 if (subset["labels"] | {"app.kubernetes.io/name": service}).items() <= pod_template(d)["metadata"]["labels"].items()]
        assert found == [service if subset["name"] == "stable" else f"{service}-canary"]


def test_the_two_deployments_do_not_count_each_others_pods(canary):
    service, objects = canary
    names = [service, f"{service}-canary"]
    for owner in names:
        selector = named(objects, "Deployment", owner)["spec"]["selector"]
        assert [n for n in names if selects(selector, pod_template(named(objects, "Deployment", n))["metadata"]["labels"])] == [owner]


def test_service_and_network_policies_take_both(canary):
    service, objects = canary
    labels = pod_template(named(objects, "Deployment", f"{service}-canary"))["metadata"]["labels"]
    assert selects({"matchLabels": named(objects, "Service", service)["spec"]["selector"]}, labels)
    assert selects(named(objects, "NetworkPolicy", f"{service}-default-deny")["spec"]["podSelector"], labels)
    assert selects(named(objects, "PodDisruptionBudget", service)["spec"]["selector"], labels)


def test_nothing_else_is_doubled(canary):
    _, objects = canary
    titles = [(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects]
    assert len(titles) == len(set(titles))


def test_every_route_of_the_service_sends_the_canary_its_share(canary):
    service, objects = canary
    for route in named(objects, "VirtualService", service)["spec"]["http"]:
        assert [(t["destination"]["subset"], t["weight"]) for t in route["route"]] == [("stable", 90), ("canary", 10)]
