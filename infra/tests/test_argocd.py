"""What Argo CD is told fits what there is to deploy: paths, waves, rights, and a rollback that nothing undoes."""
import fnmatch
import functools
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, SERVICES, named, of_kind, render, title

GIT = "https://github.com/hiroba-platform/hiroba.git"
# Who brings the kinds of a group: it must be there a wave earlier.
PROVIDERS = {
    "cert-manager.io": "cert-manager",
    "external-secrets.io": "external-secrets",
    "mutations.gatekeeper.sh": "gatekeeper",
    "networking.istio.io": "istio-base",
    "security.istio.io": "istio-base",
    "telemetry.istio.io": "istio-base",
    "templates.gatekeeper.sh": "gatekeeper",
}


OWN_PARTS = ["namespaces", "policies", "mesh", "monitoring"]
# Charts whose few values stand in their Application.
SMALL_CHARTS = ["cert-manager", "external-secrets", "aws-load-balancer-controller", "cluster-autoscaler"]


@functools.cache
def charts() -> dict[str, dict]:
    """The pinned charts by the name of their release (infra/helm/charts.txt)."""
    columns = ("release", "namespace", "folder", "chart", "version", "repository")
    lines = (ROOT / "infra/helm/charts.txt").read_text().splitlines()
    pins = [dict(zip(columns, line.split(), strict=True)) for line in lines if line and not line.startswith("#")]
    return {pin["release"]: pin for pin in pins}


def applications(env) -> tuple[dict, ...]:
    return render(ROOT / "cicd" / "environments" / env)


def hub() -> tuple[dict, ...]:
    """What the Argo CD of every cluster has."""
    return render(ROOT / "cicd" / "argocd")


def root_of(env: str) -> dict:
    return named(render(ROOT / "cicd" / "clusters" / env), "Application", f"hiroba-{env}")


def wave(app) -> int:
    return int(app["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])


def sources(app) -> list[dict]:
    return app["spec"].get("sources") or [app["spec"]["source"]]


def own_objects(app) -> tuple[dict, ...]:
    """What the Application renders from this repository; nothing for a chart."""
    return tuple(o for s in sources(app) if "path" in s for o in render(ROOT / s["path"]))


def group(obj) -> str:
    return obj["apiVersion"].split("/")[0] if "/" in obj["apiVersion"] else ""


def namespace(obj, app) -> str | None:
    cluster_wide = ("Namespace", "ConstraintTemplate", "ClusterRole", "ClusterRoleBinding", "StorageClass")
    if obj["kind"] in cluster_wide or group(obj) in ("constraints.gatekeeper.sh", "mutations.gatekeeper.sh"):
        return None
    return obj["metadata"].get("namespace", app["spec"]["destination"]["namespace"])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_environment_has_an_application_of_each_service_and_of_each_part(env):
    names = [a["metadata"]["name"] for a in applications(env)]
    assert sorted(names) == sorted(f"{n}-{env}" for n in [*SERVICES, *OWN_PARTS, *SMALL_CHARTS, *charts()])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_an_environments_applications_touch_its_cluster_and_its_overlays_alone(env):
    for app in applications(env):
        assert app["metadata"]["namespace"] == "argocd"
        assert app["metadata"]["labels"]["hiroba.dev/environment"] == env
        assert app["spec"]["destination"]["name"] == f"hiroba-{env}"
        for source in sources(app):
            if "/overlays/" in source.get("path", ""):
                assert f"/overlays/{env}/" in source["path"]
        others = [o for o in ENVIRONMENTS if o != env]
        assert not re.search(rf"hiroba-({'|'.join(others)})", yaml.safe_dump(app))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_path_renders_and_every_values_file_exists(env):
    for app in applications(env):
        for source in sources(app):
            if "path" in source:
                assert render(ROOT / source["path"])
            for file in source.get("helm", {}).get("valueFiles", []):
                assert file.startswith("$values/") and (ROOT / file.removeprefix("$values/")).is_file(), file
            assert source["targetRevision"] == "main" if source["repoURL"] == GIT else re.fullmatch(
                r"v?\d+\.\d+\.\d+", source["targetRevision"]), "a chart is pinned to one version"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_charts_are_those_that_are_pinned(env):
    for app in applications(env):
        name = app["metadata"]["name"].removesuffix(f"-{env}")
        for source in sources(app):
            if "chart" not in source or name in SMALL_CHARTS:
                continue
            pin = charts()[name]
            assert (source["repoURL"], source["chart"], source["targetRevision"]) == (pin["repository"], pin["chart"], pin["version"])
            assert app["spec"]["destination"]["namespace"] == pin["namespace"]
            assert source["helm"]["releaseName"] == name
            files = [] if pin["folder"] == "-" else [f"$values/infra/helm/{pin['folder']}/values.yaml"]
            assert source["helm"].get("valueFiles", []) == files


def put(values, name: str, value):
    """What Helm's --set does with a path such as a.b[0].c\\.d."""
    *way, last = [int(i) if i else k.replace("\\.", ".") for i, k in re.findall(r"\[(\d+)\]|((?:\\.|[^.\[\]\\])+)", name)]
    for step in way:
        values = values[step]
    assert last in values if isinstance(values, dict) else last < len(values), f"{name} stands in for nothing"
    values[last] = value


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_parameters_fill_in_what_the_values_leave_open_and_nothing_else(env):
    account = yaml.safe_load((ROOT / f"infra/k8s/overlays/{env}/environment/environment.yaml").read_text())["data"]["account"]
    for app in applications(env):
        for source in sources(app):
            for file in source.get("helm", {}).get("valueFiles", []):
                text = (ROOT / file.removeprefix("$values/")).read_text()
                values = yaml.safe_load(text)
                for parameter in source["helm"].get("parameters", []):
                    put(values, parameter["name"], parameter["value"])
                filled = text.replace("${ENVIRONMENT}", env).replace("${ACCOUNT}", account)
                assert values == yaml.safe_load(filled), file


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_no_object_is_kept_by_two_applications(env):
    kept = [(title(o), namespace(o, a)) for a in applications(env) for o in own_objects(a)]
    assert len(kept) == len(set(kept))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_waves_are_crds_policies_mesh_data_services(env):
    tens = {}
    for app in applications(env):
        tens.setdefault(wave(app) // 10, set()).add(app["metadata"]["name"].removesuffix(f"-{env}"))
    watching = {"kube-prometheus-stack", "prometheus-adapter", "loki", "grafana", "kiali-operator", "monitoring"}
    gateways = {f"istio-gateway-{kind}" for kind in ("api", "sockets", "uploads")}
    assert tens == {
        0: {"namespaces", "cluster-autoscaler", "gatekeeper", "cert-manager", "istio-base"},
        1: {"policies"},
        2: {"aws-load-balancer-controller", "istio-cni", "istiod", "mesh"} | gateways,
        3: {"external-secrets"} | watching,
        4: set(SERVICES),
    }


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_what_an_application_needs_comes_a_wave_before_it(env):
    waves = {a["metadata"]["name"].removesuffix(f"-{env}"): wave(a) for a in applications(env)}
    for app in applications(env):
        name = app["metadata"]["name"].removesuffix(f"-{env}")
        for needed in {PROVIDERS[group(o)] for o in own_objects(app) if group(o) in PROVIDERS}:
            assert waves[needed] < wave(app), f"{name} is synced with or before {needed}"
    assert waves["istio-base"] < waves["istiod"] < waves["istio-gateway-api"] < waves["mesh"]
    # Neither is ready before it has user-service's keys and knows what was called back.
    assert waves["user-service"] < waves["video-service"] == waves["chat-service"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_everything_follows_git_and_is_tried_again(env):
    for app in [*applications(env), root_of(env)]:
        policy = app["spec"]["syncPolicy"]
        assert policy["automated"] == {"prune": True, "selfHeal": True}
        assert policy["retry"]["limit"] >= 5 and policy["retry"]["backoff"]["factor"] > 1
        assert app["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


@pytest.mark.parametrize("name", ["hiroba", "hiroba-monitoring"])
def test_a_project_of_ours_allows_what_is_rendered_and_nothing_else(name):
    project = named(hub(), "AppProject", name)["spec"]
    wide, within, places = set(), set(), set()
    for env in ENVIRONMENTS:
        for app in applications(env):
            if app["spec"]["project"] != name:
                continue
            places.add((f"hiroba-{env}", app["spec"]["destination"]["namespace"]))
            for obj in own_objects(app):
                where = namespace(obj, app)
                (within if where else wide).add((group(obj), obj["kind"]))
                if where:
                    places.add((f"hiroba-{env}", where))
    assert {(k["group"], k["kind"]) for k in project["clusterResourceWhitelist"]} == wide
    assert {(k["group"], k["kind"]) for k in project["namespaceResourceWhitelist"]} == within
    assert {(d["name"], d["namespace"]) for d in project["destinations"]} == places
    assert project["sourceRepos"] == [GIT]


def test_the_charts_project_allows_their_sources_and_places_and_nothing_else():
    project = named(hub(), "AppProject", "hiroba-addons")["spec"]
    apps = [a for env in ENVIRONMENTS for a in applications(env) if a["spec"]["project"] == "hiroba-addons"]
    assert set(project["sourceRepos"]) == {s["repoURL"] for a in apps for s in sources(a)} | {GIT}
    assert {d["namespace"] for d in project["destinations"]} == {a["spec"]["destination"]["namespace"] for a in apps}
    for app in apps:
        assert any(fnmatch.fnmatch(app["spec"]["destination"]["name"], d["name"]) for d in project["destinations"])
    assert not any("*" in k["kind"] or "*" in k["group"] for k in project["clusterResourceWhitelist"])
    assert "hiroba" not in {d["namespace"] for d in project["destinations"]}


def test_roots_make_applications_and_nothing_else():
    project = named(hub(), "AppProject", "hiroba-roots")["spec"]
    assert project["clusterResourceWhitelist"] == []
    assert project["namespaceResourceWhitelist"] == [{"group": "argoproj.io", "kind": "Application"}]
    assert project["destinations"] == [{"name": "hiroba-*", "namespace": "argocd"}]
    for env in ENVIRONMENTS:
        root = root_of(env)
        assert root["spec"]["project"] == "hiroba-roots"
        assert root["spec"]["source"]["path"] == f"cicd/environments/{env}"
        assert {a["kind"] for a in applications(env)} == {"Application"}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_clusters_argo_cd_knows_its_own_cluster_and_no_other(env):
    """A cluster's API is reached from its own network alone; and what knows no other cluster can break none."""
    objects = render(ROOT / "cicd" / "clusters" / env)
    [cluster] = of_kind(objects, "Secret")
    assert cluster["metadata"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster"}
    assert cluster["stringData"]["name"] == f"hiroba-{env}" and cluster["stringData"]["server"] == "https://kubernetes.default.svc"
    assert [a["metadata"]["name"] for a in of_kind(objects, "Application")] == [f"hiroba-{env}"]
    assert root_of(env)["spec"]["destination"] == {"name": f"hiroba-{env}", "namespace": "argocd"}
    assert "token" not in cluster["stringData"]["config"].lower() and "password" not in cluster["stringData"]["config"].lower()


def test_no_root_undoes_a_rollback():
    """deploy.sh turns auto-sync off for a service; its root must not turn it on again, nor may anything else in git."""
    script = (ROOT / "scripts/deploy.sh").read_text()
    assert script.index("--sync-policy none") < script.index("app sync \"$app\" --revision")
    for env in ENVIRONMENTS:
        spec = root_of(env)["spec"]
        assert {"group": "argoproj.io", "kind": "Application", "jsonPointers": ["/spec/syncPolicy/automated"]} in spec["ignoreDifferences"]
        assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]


def test_the_release_workflow_may_sync_services_and_no_more():
    roles = [r for p in of_kind(hub(), "AppProject") for r in p["spec"].get("roles", [])]
    assert [r["name"] for r in roles] == ["ci"]
    assert {p.split(", ")[3] for p in roles[0]["policies"]} == {"get", "sync"}
    assert {p.split(", ")[4] for p in roles[0]["policies"]} == {"hiroba/*-service-*"}
