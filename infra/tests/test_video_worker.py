"""Who processes videos in a cluster: confined, apart from callers, with room for the largest film, and never without the programs it runs."""
import re

import pytest
from rendering import ENVIRONMENTS, ROOT, containers, environment, named, of_kind, pod_template, selects, settings
from test_network import labels_of, peers, policies_for
from test_settings import KNOWN, required
from test_workloads import quantity

WORKER = "video-worker"


def worker(env: str) -> dict:
    return named(environment(env), "Deployment", WORKER)


def default(name: str) -> str:
    return re.search(rf"^#{name}=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)[1]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_it_is_the_service_s_own_image_told_to_work(env):
    [container] = containers(worker(env))
    [service] = containers(named(environment(env), "Deployment", "video-service"))
    assert container["args"] == ["work"]
    assert container["image"] == service["image"], "what serves and what works are of one build"
    marks = [pod_template(named(environment(env), "Deployment", n))["metadata"]["annotations"]["hiroba.dev/image-signatures"]
             for n in (WORKER, "video-service")]
    assert marks[0] == marks[1]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_it_has_all_settings_it_needs_and_none_that_nobody_reads(env):
    [container] = containers(worker(env))
    given = {e["name"] for e in container["env"]} | set(settings(environment(env), WORKER))
    secret = named(environment(env), "ExternalSecret", pod_template(worker(env))["spec"]["volumes"][0]["secret"]["secretName"])
    given |= {item["secretKey"] for item in secret["spec"]["data"]}
    assert required("video-service") <= given <= KNOWN


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_nobody_calls_it_and_it_calls_nobody_but_its_stores(env):
    objects = environment(env)
    labels = labels_of(objects, WORKER)
    specs = policies_for(objects, labels)
    assert not peers(specs, "ingress", "from", 8080) and peers(specs, "ingress", "from", 15020)
    assert {p["port"] for s in specs for r in s.get("egress", []) for p in r["ports"]} == {53, 443, 4317, 5432, 15012}
    assert not any(selects({"matchLabels": s["spec"]["selector"]}, labels) for s in of_kind(objects, "Service") if "selector" in s["spec"])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_it_needs_no_privilege_and_no_more_than_the_runtime_s_calls(env):
    spec = pod_template(worker(env))["spec"]
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    [container] = containers(worker(env))
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert not spec.get("hostUsers", False) and not spec["automountServiceAccountToken"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_largest_film_fits_twice_where_it_works_and_its_programs_into_its_memory(env):
    [container] = containers(worker(env))
    told = {e["name"]: e["value"] for e in container["env"]}
    [place] = [m["name"] for m in container["volumeMounts"] if told["PROCESSING_DIRECTORY"].startswith(m["mountPath"] + "/")]
    [volume] = [v for v in pod_template(worker(env))["spec"]["volumes"] if v["name"] == place]
    claim = volume["ephemeral"]["volumeClaimTemplate"]["spec"]
    largest = int(settings(environment(env), WORKER).get("MAX_UPLOAD_BYTES", default("MAX_UPLOAD_BYTES")))
    assert quantity(claim["resources"]["requests"]["storage"]) >= 2 * largest
    assert claim["storageClassName"] in {s["metadata"]["name"] for s in of_kind(environment(env), "StorageClass")}
    lanes = sum(int(told.get(n, default(n))) for n in ("PROCESSING_LANES", "PROCESSING_QUICK_LANES"))
    memory = quantity(container["resources"]["limits"]["memory"])
    assert lanes * int(told["PROCESSING_MEMORY_MIB"]) * 2**20 + 256 * 2**20 <= memory, "the child ends before the pod does"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_there_are_more_while_there_is_work_and_they_go_slowly(env):
    objects = environment(env)
    scaler = named(objects, "HorizontalPodAutoscaler", WORKER)["spec"]
    assert scaler["scaleTargetRef"]["name"] == WORKER and scaler["minReplicas"] < scaler["maxReplicas"]
    [metric] = scaler["metrics"]
    [container] = containers(worker(env))
    asked, most = (quantity(container["resources"][k]["cpu"]) for k in ("requests", "limits"))
    assert asked * metric["containerResource"]["target"]["averageUtilization"] / 100 < most * 0.8, "a busy one is above the mark"
    assert scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 900
    assert "replicas" not in worker(env)["spec"]
    budget = named(objects, "PodDisruptionBudget", WORKER)["spec"]
    assert selects(budget["selector"], pod_template(worker(env))["metadata"]["labels"]) and budget["maxUnavailable"] == 1
    if env == "prd":
        assert scaler["minReplicas"] >= 2


def test_the_image_has_every_program_that_a_worker_runs():
    """Whatever path below /usr/bin stands in what starts children, and prlimit, which is looked for by its name."""
    sources = ROOT.glob("libs/Sources/ConfinedProcesses/*.swift"), (ROOT / "services/video-service/Sources/VideoTranscoding").glob("*.swift")
    text = "\n".join(path.read_text() for paths in sources for path in paths)
    run = {f"/usr/bin/{name}" for name in re.findall(r'"/usr/bin/([a-z]+)"', text)} | {"/usr/bin/prlimit", "/usr/bin/ffprobe", "/usr/bin/ffmpeg"}
    dockerfile = (ROOT / "services/video-service/Dockerfile").read_text()
    brought = set(re.search(r'PROGRAMS="([^"]+)"', dockerfile)[1].split())
    assert run <= brought
