"""A pod that every policy allows, and the small changes that make one policy refuse it."""
import copy

from engine import constraint

REGISTRY = constraint("require-image-registry")["spec"]["parameters"]["registries"][0]
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"{REGISTRY}/chat-service@{DIGEST}"
LABELS = {"team": "chat", "app.kubernetes.io/name": "chat-service", "app.kubernetes.io/part-of": "hiroba"}

_CONTAINER = {
    "name": "chat-service",
    "image": IMAGE,
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
    "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    "livenessProbe": {"httpGet": {"path": "/livez", "port": "operations"}},
    "readinessProbe": {"httpGet": {"path": "/readyz", "port": "operations"}},
}
_SPEC = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [_CONTAINER],
}


def pod() -> dict:
    return copy.deepcopy(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "chat", "labels": LABELS}, "spec": _SPEC}
    )


def deployment() -> dict:
    template = {"metadata": {"labels": LABELS}, "spec": _SPEC}
    return copy.deepcopy(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "chat", "labels": LABELS},
            "spec": {"selector": {"matchLabels": LABELS}, "template": template},
        }
    )


def cron_job() -> dict:
    template = {"metadata": {"labels": LABELS}, "spec": _SPEC}
    return copy.deepcopy(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "chat", "labels": LABELS},
            "spec": {"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}},
        }
    )


def container(manifest: dict) -> dict:
    return pod_spec(manifest)["containers"][0]


def pod_template(manifest: dict) -> dict:
    if manifest["kind"] == "Pod":
        return manifest
    if manifest["kind"] == "CronJob":
        return manifest["spec"]["jobTemplate"]["spec"]["template"]
    return manifest["spec"]["template"]


def pod_spec(manifest: dict) -> dict:
    return pod_template(manifest)["spec"]
