"""Renders overlays once, and finds things in what came out. The fragments are never checked, only what a cluster would get."""
import functools
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).parents[2]
K8S = ROOT / "infra" / "k8s"
ENVIRONMENTS = ["dev", "stg", "prd"]
SERVICES = ["user-service", "video-service", "chat-service"]


@functools.cache
def render(path: str) -> tuple[dict, ...]:
    run = subprocess.run(["kubectl", "kustomize", K8S / path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return tuple(doc for doc in yaml.safe_load_all(run.stdout) if doc)


def environment(name: str) -> tuple[dict, ...]:
    return render(f"overlays/{name}")


def of_kind(objects, *kinds: str) -> list[dict]:
    return [o for o in objects if o["kind"] in kinds]


def named(objects, kind: str, name: str) -> dict:
    found = [o for o in of_kind(objects, kind) if o["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind}/{name}: {len(found)} found"
    return found[0]


def title(obj: dict) -> str:
    return f"{obj['kind']}/{obj['metadata'].get('namespace', '-')}/{obj['metadata']['name']}"


def pod_template(workload: dict) -> dict:
    return workload["spec"]["template"]


def containers(workload: dict) -> list[dict]:
    spec = pod_template(workload)["spec"]
    return spec.get("initContainers", []) + spec["containers"]


def selects(selector: dict, labels: dict) -> bool:
    """Whether a label selector, plain or with expressions, takes these labels."""
    plain = selector.get("matchLabels", {})
    if any(labels.get(k) != v for k, v in plain.items()):
        return False
    for rule in selector.get("matchExpressions", []):
        assert rule["operator"] == "In", "only In is used here"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def settings(objects, service: str) -> dict[str, str]:
    """What the service's ConfigMap sets; its name ends in a hash."""
    used = containers(named(objects, "Deployment", service))[0]["envFrom"][0]["configMapRef"]["name"]
    return named(objects, "ConfigMap", used)["data"]
