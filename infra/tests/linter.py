"""The checks of kube-linter 0.8.3 that say something about a workload, a binding or a budget, in its own words (pkg/builtinchecks,
pkg/templates): it is built with Go and not to be had everywhere, and what it says is to be known before a push.
"""
import re

from rendering import ROOT, containers, of_kind, pod_template, selects

WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob")
MAKERS = {"pods", "deployments", "statefulsets", "replicasets", "cronjob", "jobs", "daemonsets"}
HOST_FOLDERS = {"/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr"}
SECRET_NAME = re.search(r'^      name: "(.*)"$', (ROOT / "cicd/scan/kube-linter.yaml").read_text(), re.MULTILINE)[1]


def bindings(objects):
    for binding in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        reference = binding["roleRef"]
        for role in of_kind(objects, reference["kind"]):
            if role["metadata"]["name"] == reference["name"] and role["metadata"].get("namespace") == binding["metadata"].get("namespace"):
                yield binding, role["rules"]


def unexposed(container: dict, probe: str) -> bool:
    names = {key for port in container.get("ports", []) for key in (port["containerPort"], port.get("name"))}
    return container.get(probe, {}).get("httpGet", {}).get("port", None) not in names | {None}


def rooted(container: dict, pod: dict) -> bool:
    ours = pod.get("securityContext", {}) | container.get("securityContext", {})
    return not (ours.get("runAsUser") or ours.get("runAsNonRoot"))


def dropped(container: dict) -> list[str]:
    return container.get("securityContext", {}).get("capabilities", {}).get("drop", [])


def of_workload(workload: dict, policies: list[dict]):
    """The names of the checks that meet this workload, before any annotation is read."""
    pod, every = pod_template(workload)["spec"], containers(workload)
    host = {v["name"] for v in pod.get("volumes", []) if v.get("hostPath", {}).get("path") in HOST_FOLDERS}
    strategy = workload["spec"].get("strategy", workload["spec"].get("updateStrategy", {}))
    labels, namespace = pod_template(workload)["metadata"].get("labels", {}), workload["metadata"]["namespace"]
    met = {
        "secret-in-env-var": any(re.search(SECRET_NAME, e["name"]) and e.get("value") for c in every for e in c.get("env", [])),
        "sensitive-host-mounts": any(m["name"] in host for c in every for m in c.get("volumeMounts", [])),
        "run-as-non-root": any(rooted(c, pod) for c in every),
        "host-network": pod.get("hostNetwork"),
        "host-pid": pod.get("hostPID"),
        "host-ipc": pod.get("hostIPC"),
        "no-read-only-root-fs": any(not c.get("securityContext", {}).get("readOnlyRootFilesystem") for c in every),
        "privilege-escalation-container": any(c.get("securityContext", {}).get("allowPrivilegeEscalation") for c in every),
        "drop-net-raw-capability": any(not {"ALL", "NET_RAW"} & set(dropped(c)) for c in every),
        "unset-memory-requirements": any(not all(c.get("resources", {}).get(k, {}).get("memory") for k in ("requests", "limits")) for c in every),
        "latest-tag": any(c["image"].endswith(":latest") or not re.search(r"[:@]", c["image"].rsplit("/", 1)[1]) for c in every),
        "liveness-port": any(unexposed(c, "livenessProbe") for c in every),
        "readiness-port": any(unexposed(c, "readinessProbe") for c in every),
        "no-rolling-update-strategy": workload["kind"] in ("Deployment", "DaemonSet") and strategy.get("type") != "RollingUpdate",
        "job-ttl-seconds-after-finished": workload["kind"] == "Job" and "ttlSecondsAfterFinished" not in workload["spec"],
        "non-isolated-pod": not any(
            p["metadata"]["namespace"] == namespace and selects(p["spec"]["podSelector"], labels) for p in policies),
    }
    return {name for name, found in met.items() if found}


def findings(objects) -> dict[str, set[str]]:
    """By kind and name: the checks that meet the object and that none of its annotations ignores."""
    policies = of_kind(objects, "NetworkPolicy")
    met = [(w, of_workload(w, policies)) for w in of_kind(objects, *WORKLOADS)]
    met += [(p, {"pdb-unhealthy-pod-eviction-policy"}) for p in of_kind(objects, "PodDisruptionBudget")
            if "unhealthyPodEvictionPolicy" not in p["spec"]]
    met += [(b, {"access-to-create-pods"}) for b, rules in bindings(objects)
            if any(MAKERS & set(r["resources"]) and "create" in r["verbs"] for r in rules)]
    return {f"{o['kind']}/{o['metadata']['name']}": open_ for o, checks in met if (open_ := checks - ignored(o))}


def ignored(obj: dict) -> set[str]:
    prefix = "ignore-check.kube-linter.io/"
    return {k.removeprefix(prefix) for k in obj["metadata"].get("annotations", {}) if k.startswith(prefix)}
