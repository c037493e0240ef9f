"""What the schema cannot see: that names meet, ports exist and numbers make sense."""
import re

import pytest
from rendering import (
    ENVIRONMENTS, ROOT, SERVICES, containers, environment, named, of_kind, pod_template, selects, settings, title,
)

CASES = [(e, s) for e in ENVIRONMENTS for s in SERVICES]


def workloads(env):
    return of_kind(environment(env), "Deployment", "Job")


def quantity(text) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)([a-zA-Z]*)", str(text)).groups()
    scale = {"": 1, "m": 1e-3, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[unit]
    return float(number) * scale


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_no_two_objects_share_a_name(env):
    seen = [title(o) for o in environment(env)]
    assert sorted(seen) == sorted(set(seen))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_object_says_whose_it_is(env):
    without = [title(o) for o in environment(env) if "team" not in o["metadata"].get("labels", {})]
    assert without == []


@pytest.mark.parametrize("env,service", CASES)
def test_selectors_find_their_pods_and_only_those(env, service):
    objects = environment(env)
    labels = pod_template(named(objects, "Deployment", service))["metadata"]["labels"]
    migration = pod_template(named(objects, "Job", f"{service}-migrate"))["metadata"]["labels"]
    assert selects(named(objects, "Deployment", service)["spec"]["selector"], labels)
    assert selects(named(objects, "PodDisruptionBudget", service)["spec"]["selector"], labels)
    for name in (service, f"{service}-operations"):
        selector = {"matchLabels": named(objects, "Service", name)["spec"]["selector"]}
        assert selects(selector, labels)
        assert not selects(selector, migration), "a migration must get no traffic"
        others = [o for o in of_kind(objects, "Deployment") if o["metadata"]["name"] != service]
        assert not any(selects(selector, pod_template(o)["metadata"]["labels"]) for o in others)


@pytest.mark.parametrize("env,service", CASES)
def test_every_named_port_exists(env, service):
    objects = environment(env)
    container = containers(named(objects, "Deployment", service))[0]
    ports = {p["name"] for p in container["ports"]}
    for name in (service, f"{service}-operations"):
        assert {p["targetPort"] for p in named(objects, "Service", name)["spec"]["ports"]} <= ports
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "operations"


@pytest.mark.parametrize("env,service", CASES)
def test_the_public_service_does_not_expose_the_operations_port(env, service):
    ports = named(environment(env), "Service", service)["spec"]["ports"]
    assert [p["targetPort"] for p in ports] == ["http"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_reference_resolves(env):
    objects = environment(env)
    names = {kind: {o["metadata"]["name"] for o in of_kind(objects, kind)} for kind in ("ConfigMap", "ServiceAccount")}
    secrets = {o["spec"]["target"]["name"] for o in of_kind(objects, "ExternalSecret")}
    stores = {o["metadata"]["name"]: o for o in of_kind(objects, "SecretStore")}
    for workload in workloads(env):
        spec = pod_template(workload)["spec"]
        assert spec["serviceAccountName"] in names["ServiceAccount"]
        volumes = {v["name"] for v in spec.get("volumes", [])}
        assert {v["secret"]["secretName"] for v in spec.get("volumes", []) if "secret" in v} <= secrets
        for container in containers(workload):
            assert {m["name"] for m in container.get("volumeMounts", [])} <= volumes
            assert {s["configMapRef"]["name"] for s in container.get("envFrom", [])} <= names["ConfigMap"]
    for secret in of_kind(objects, "ExternalSecret"):
        store = stores[secret["spec"]["secretStoreRef"]["name"]]
        account = store["spec"]["provider"]["aws"]["auth"]["jwt"]["serviceAccountRef"]["name"]
        assert account in names["ServiceAccount"]
    for scaler in of_kind(objects, "HorizontalPodAutoscaler"):
        named(objects, scaler["spec"]["scaleTargetRef"]["kind"], scaler["spec"]["scaleTargetRef"]["name"])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_no_secret_value_is_in_git(env):
    assert of_kind(environment(env), "Secret") == []


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_requests_fit_into_limits(env):
    for workload in workloads(env):
        for container in containers(workload):
            requests, limits = container["resources"]["requests"], container["resources"]["limits"]
            for resource in requests.keys() & limits.keys():
                assert quantity(requests[resource]) <= quantity(limits[resource])


@pytest.mark.parametrize("env,service", CASES)
def test_scaling_and_disruption_leave_room(env, service):
    objects = environment(env)
    scaler = named(objects, "HorizontalPodAutoscaler", service)["spec"]
    assert 1 <= scaler["minReplicas"] <= scaler["maxReplicas"]
    if env == "prd":
        assert scaler["minReplicas"] >= 3, "a replica in each zone"
    assert named(objects, "PodDisruptionBudget", service)["spec"]["maxUnavailable"] == 1
    assert "replicas" not in named(objects, "Deployment", service)["spec"], "the autoscaler owns it"


@pytest.mark.parametrize("env,service", CASES)
def test_a_pod_ends_in_order(env, service):
    """Endpoints are withdrawn (preStop), then the service finishes what is open, then the sidecar goes; all within the grace."""
    objects = environment(env)
    template = pod_template(named(objects, "Deployment", service))
    annotations = template["metadata"]["annotations"]
    before = template["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    mesh = int(re.search(r"terminationDrainDuration: (\d+)s", annotations["proxy.istio.io/config"])[1])
    own = int(settings(objects, service)["SHUTDOWN_GRACE_SECONDS"])
    assert annotations["sidecar.istio.io/nativeSidecar"] == "true", "or the sidecar would go first"
    assert before > mesh
    assert before + own + mesh <= template["spec"]["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("env,service", CASES)
def test_the_autoscaler_asks_for_measures_the_service_has(env, service):
    """A rate the metrics adapter makes is named X_per_second after the counter X_total."""
    sources = [*(ROOT / "libs/Sources").rglob("*.swift"), *(ROOT / "services" / service / "Sources").rglob("*.swift")]
    exported = set(re.findall(r'(?:Counter|Gauge)\(label: "([a-z_]+)"', " ".join(f.read_text() for f in sources)))
    metrics = named(environment(env), "HorizontalPodAutoscaler", service)["spec"]["metrics"]
    own = [m["pods"]["metric"]["name"] for m in metrics if m["type"] == "Pods"]
    assert own and "ContainerResource" in {m["type"] for m in metrics}
    for name in own:
        assert re.sub("_per_second$", "_total", name) in exported, name


@pytest.mark.parametrize("env,service", CASES)
def test_the_sidecars_agent_knows_where_the_services_figures_are(env, service):
    objects = environment(env)
    template = pod_template(named(objects, "Deployment", service))
    annotations = template["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true" and annotations["prometheus.io/path"] == "/metrics"
    ports = {p["name"]: str(p["containerPort"]) for p in template["spec"]["containers"][0]["ports"]}
    assert annotations["prometheus.io/port"] == ports["operations"] == settings(objects, service)["OPERATIONS_PORT"]
    assert ports["http"] == settings(objects, service)["PORT"]


@pytest.mark.parametrize("env,service", CASES)
def test_replicas_are_spread_over_zones_and_nodes(env, service):
    template = pod_template(named(environment(env), "Deployment", service))
    keys = {}
    for rule in template["spec"]["topologySpreadConstraints"]:
        assert selects(rule["labelSelector"], template["metadata"]["labels"])
        keys[rule["topologyKey"]] = rule["whenUnsatisfiable"]
    assert keys == {"topology.kubernetes.io/zone": "DoNotSchedule", "kubernetes.io/hostname": "ScheduleAnyway"}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_pods_are_confined(env):
    for workload in workloads(env):
        spec = pod_template(workload)["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in containers(workload):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }


@pytest.mark.parametrize("env,service", CASES)
def test_the_migration_runs_before_the_new_pods_with_their_image(env, service):
    objects = environment(env)
    job = named(objects, "Job", f"{service}-migrate")
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate"]
    image = containers(named(objects, "Deployment", service))[0]["image"]
    assert [c["image"] for c in containers(job)] == [image]
    for kind, name in (("ServiceAccount", f"{service}-migrate"), ("ExternalSecret", f"{service}-migrate")):
        annotations = named(objects, kind, name)["metadata"]["annotations"]
        assert annotations["argocd.argoproj.io/hook"] == "PreSync"
        assert int(annotations["argocd.argoproj.io/sync-wave"]) < 0
