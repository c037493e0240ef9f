"""Charts are pinned, their values hold only keys that are known, and they agree with Terraform and with the manifests."""
import json
import os
import re
import subprocess
import sys

import pytest
import yaml
from rendering import ENVIRONMENTS, K8S, ROOT, environment, named, of_kind

HELM = ROOT / "infra" / "helm"
COLUMNS = ("release", "namespace", "folder", "chart", "version", "repository")
LINES = [line for line in (HELM / "charts.txt").read_text().splitlines() if line and not line.startswith("#")]
RELEASES = [dict(zip(COLUMNS, line.split(), strict=True)) for line in LINES]
FOLDERS = sorted(path.parent.name for path in HELM.glob("*/values.yaml"))
TERRAFORM = "\n".join(path.read_text() for path in sorted((ROOT / "infra/terraform").glob("*.tf")))
KINDS = {"string": str, "integer": int, "boolean": bool, "list": list}


def values(folder: str, env: str = "prd") -> dict:
    """As the script hands them to Helm."""
    run = subprocess.run([ROOT / "scripts/install-addons.sh"], env={**os.environ, "PRINT_VALUES": folder, "ENV": env},
                         capture_output=True, text=True, check=True)
    return yaml.safe_load(run.stdout)


def wrong(ours, keys, path=""):
    """Every key that keys.yaml does not have, or that has another type there."""
    for key, value in ours.items():
        where, wanted = f"{path}{key}", keys.get(key)
        if wanted is None:
            yield f"{where} is unknown"
        elif isinstance(wanted, dict):
            yield from wrong(value, wanted, f"{where}.")
        elif wanted == "resources":
            if not value.get("requests", {}).get("memory") or not value.get("limits", {}).get("memory"):
                yield f"{where} has no request or no limit of memory"
        elif wanted != "any" and type(value) is not KINDS[wanted]:
            yield f"{where} is no {wanted}"


def everywhere(value, path=()):
    """All leaves with their paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from everywhere(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from everywhere(inner, path)
    else:
        yield path, value


def test_every_chart_has_an_exact_version_and_a_repository():
    assert len({r["release"] for r in RELEASES}) == len(RELEASES)
    for release in RELEASES:
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", release["version"]), release["release"]
        assert release["repository"].startswith("https://")
    for chart in ("base", "istiod", "gateway"):
        assert {r["version"] for r in RELEASES if r["chart"] == chart} == {r["version"] for r in RELEASES if r["chart"] == "base"}


def test_every_folder_is_installed_and_every_release_has_its_folder():
    assert {r["folder"] for r in RELEASES} - {"-"} == set(FOLDERS)


@pytest.mark.parametrize("folder", FOLDERS)
def test_values_hold_only_known_keys_of_the_right_type(folder):
    keys = yaml.safe_load((HELM / folder / "keys.yaml").read_text())
    assert keys["read_in"]
    assert list(wrong(values(folder), keys["keys"])) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_runs_has_resources(folder):
    keys = (HELM / folder / "keys.yaml").read_text()
    assert "resources" in keys and any("resources" in path for path, _ in everywhere(values(folder)))


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_secret_and_no_moving_tag_stands_in_the_values(folder):
    for path, value in everywhere(values(folder)):
        assert value != "latest" and not str(value).endswith(":latest"), path
        if isinstance(value, str) and re.search(r"(password|secret|token|api_?key)$", path[-1], re.IGNORECASE):
            assert path[-1] == "existingSecret", f"{'.'.join(path)} holds a secret"
    assert "${" not in yaml.safe_dump(values(folder)), "something was not put in"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_roles_are_those_that_terraform_makes_for_just_these_accounts(env):
    settings = yaml.safe_load((K8S / f"overlays/{env}/environment/environment.yaml").read_text())["data"]
    pairs = []
    for release in RELEASES:
        for path, value in everywhere(values(release["folder"], env) or {} if release["folder"] != "-" else {}):
            if path[-1] == "eks.amazonaws.com/role-arn":
                accounts = values(release["folder"], env)
                for key in path[:-2]:
                    accounts = accounts[key]
                pairs.append((value, release["namespace"], accounts["name"]))
    for account in of_kind(environment(env), "ServiceAccount"):
        if account["metadata"]["namespace"] in ("monitoring", "amazon-cloudwatch") and account["metadata"]["name"] != "jaeger":
            role = account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
            pairs.append((role, account["metadata"]["namespace"], account["metadata"]["name"]))
    assert len(pairs) == 6, "or one goes without a role"
    made = re.findall(r'^    ([a-z-]+) = \{\n      namespace +=\s"([a-z-]+)"\n      service_account = "([a-z-]+)"', TERRAFORM, re.MULTILINE)
    made = {(f"arn:aws:iam::{settings['account']}:role/hiroba-{env}-{part}", namespace, name) for part, namespace, name in made}
    assert set(pairs) <= made
    assert TERRAFORM.count('name              = "${local.name}-${each.key}"') == 1


def test_volumes_are_of_the_class_that_is_made():
    classes = {o["metadata"]["name"] for o in of_kind(environment("prd"), "StorageClass")}
    asked = {v for folder in FOLDERS for path, v in everywhere(values(folder)) if path[-1] in ("storageClassName", "storageClass")}
    assert asked == classes


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_alerts_and_logs_go_where_terraform_makes_a_place(env):
    account = yaml.safe_load((K8S / f"overlays/{env}/environment/environment.yaml").read_text())["data"]["account"]
    receivers = values("prometheus", env)["alertmanager"]["config"]["receivers"]
    topics = {c["topic_arn"] for r in receivers for c in r["sns_configs"]}
    assert topics == {f"arn:aws:sns:ap-northeast-1:{account}:hiroba-{env}-{topic}" for topic in ("alarms", "heartbeat")}
    for topic in ("alarms", "heartbeat"):
        assert f'name              = "${{local.name}}-{topic}"' in TERRAFORM
    assert set(values("loki", env)["loki"]["storage"]["bucketNames"].values()) == {f"hiroba-{env}-loki-{account}"}
    assert 'bucket        = "${local.name}-loki-${var.account_id}"' in TERRAFORM


def test_a_sign_of_life_comes_often_enough_for_the_alarm_that_waits_for_it():
    """What watches is watched from outside the cluster: silence is the alarm."""
    route, minutes = values("prometheus")["alertmanager"]["config"]["route"]["routes"][0], r"(\d+)m"
    assert route["receiver"] == "heartbeat" and route["matchers"] == ['alertname = "Heartbeat"']
    pause = int(re.fullmatch(minutes, route["group_interval"])[1]) + int(re.fullmatch(minutes, route["repeat_interval"])[1])
    alarm = re.search(r"watchers-silent = \{(.*?)\n    \}", TERRAFORM, re.DOTALL)[1]
    assert 'missing = "breaching"' in alarm and "aws_sns_topic.heartbeat.name" in alarm
    assert int(re.search(r"minutes = (\d+)", alarm)[1]) >= 2 * pause, "one that is late wakes nobody"


def test_admission_fails_closed_and_our_namespaces_are_not_exempt():
    gatekeeper = values("gatekeeper")
    assert gatekeeper["validatingWebhookFailurePolicy"] == "Fail"
    assert gatekeeper["validatingWebhookCheckIgnoreFailurePolicy"] == "Fail", "or a label on a namespace would open it"
    exempt = set(gatekeeper["controllerManager"]["exemptNamespaces"])
    assert exempt == set(gatekeeper["validatingWebhookExemptNamespacesLabels"]["kubernetes.io/metadata.name"])
    enforced = {o["metadata"]["name"] for o in of_kind(environment("prd"), "Namespace")
                if o["metadata"]["labels"].get("hiroba.dev/policies") == "enforced"}
    assert enforced and not exempt & (enforced | {"istio-ingress", "monitoring"})
    assert gatekeeper["pdb"]["controllerManager"]["minAvailable"] < gatekeeper["replicas"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_nothing_but_workloads_of_enforced_namespaces_waits_for_admission(env):
    """Node leases and Nodes above all: a fail-closed webhook over them gives every node up when Gatekeeper's pods are gone."""
    gatekeeper = values("gatekeeper", env)
    rules = gatekeeper["validatingWebhookCustomRules"]
    assert rules and all(rule["scope"] == "Namespaced" for rule in rules)
    asked = {(group, resource) for rule in rules for group in rule["apiGroups"] for resource in rule["resources"]}
    assert "*" not in str(asked) and not {"leases", "nodes", "events"} & {resource for _, resource in asked}
    enforced = {o["metadata"]["name"] for o in of_kind(environment(env), "Namespace")
                if o["metadata"]["labels"].get("hiroba.dev/policies") == "enforced"}
    [condition] = gatekeeper["validatingWebhookMatchConditions"]
    assert set(re.findall(r"'([a-z-]+)'", condition["expression"])) == enforced
    assert condition["expression"].startswith("request.namespace in [")


def test_the_webhook_asks_about_every_kind_that_a_policy_judges():
    plural = {"Pod": "pods", "Deployment": "deployments", "ReplicaSet": "replicasets", "StatefulSet": "statefulsets",
              "DaemonSet": "daemonsets", "Job": "jobs", "CronJob": "cronjobs", "ReplicationController": "replicationcontrollers"}
    asked = {(group, resource) for rule in values("gatekeeper")["validatingWebhookCustomRules"]
             for group in rule["apiGroups"] for resource in rule["resources"]}
    judged = set()
    for file in (ROOT / "cicd/gatekeeper-constraints").glob("*.yaml"):
        for document in yaml.safe_load_all(file.read_text()):
            for match in document.get("spec", {}).get("match", {}).get("kinds", []) if document["kind"] not in ("ConstraintTemplate", "Kustomization") else []:
                judged |= {(group, plural[kind]) for group in match["apiGroups"] for kind in match["kinds"]
                           if (group, kind) in {("", "Pod"), ("", "ReplicationController"), ("batch", "Job"), ("batch", "CronJob")} or group == "apps"}
    assert judged and judged <= asked


def test_gateways_are_called_as_the_manifests_call_them():
    objects = environment("prd")
    releases = {r["release"] for r in RELEASES if r["folder"] == "istio-gateway"}
    assert releases == {f"istio-{g['spec']['selector']['istio']}" for g in of_kind(objects, "Gateway")}
    backends = {p["backend"]["service"]["name"] for i in of_kind(objects, "Ingress") for r in i["spec"].get("rules", []) for p in r["http"]["paths"]}
    assert backends <= releases
    ports = {p["name"]: p["port"] for p in values("istio-gateway")["service"]["ports"]}
    assert ports["https"] == of_kind(objects, "Gateway")[0]["spec"]["servers"][0]["port"]["number"]


def test_telemetry_names_providers_that_the_mesh_has():
    telemetry = named(environment("prd"), "Telemetry", "default")["spec"]
    asked = {p["name"] for part in ("tracing", "accessLogging", "metrics") for item in telemetry[part] for p in item["providers"]}
    providers = {p["name"]: p for p in values("istio")["meshConfig"]["extensionProviders"]}
    assert asked - {"prometheus"} == set(providers)
    collector = named(environment("prd"), "Service", providers["otel"]["opentelemetry"]["service"].split(".")[0])
    assert [p["port"] for p in collector["spec"]["ports"]] == [providers["otel"]["opentelemetry"]["port"]]


def test_grafana_takes_the_labels_and_the_secret_that_are_there():
    objects, grafana = environment("prd"), values("grafana")
    for kind in ("dashboards", "datasources"):
        sidecar = grafana["sidecar"][kind]
        assert any(o["metadata"]["labels"].get(sidecar["label"]) == sidecar["labelValue"] for o in of_kind(objects, "ConfigMap"))
    secret = named(objects, "ExternalSecret", grafana["admin"]["existingSecret"])
    assert {grafana["admin"]["userKey"], grafana["admin"]["passwordKey"]} == {d["secretKey"] for d in secret["spec"]["data"]}


def test_data_sources_and_kiali_call_services_that_the_charts_make():
    made = {f"{r['release']}.{r['namespace']}" for r in RELEASES}
    made |= {f"{values('prometheus')['fullnameOverride']}-{part}.monitoring" for part in ("prometheus", "alertmanager")}
    made |= {f"{s['metadata']['name']}.monitoring" for s in of_kind(environment("prd"), "Service") if s["metadata"]["namespace"] == "monitoring"}
    sources = yaml.safe_load(named(environment("prd"), "ConfigMap", "grafana-datasources")["data"]["datasources.yaml"])["datasources"]
    kiali = named(environment("prd"), "Kiali", "kiali")["spec"]["external_services"]
    asked = [s["url"] for s in sources] + [kiali["prometheus"]["url"], kiali["grafana"]["internal_url"], kiali["tracing"]["internal_url"]]
    assert {re.match(r"http://([^:]+):\d+$", url)[1] for url in asked} <= made


def check_keys(ours: dict, keys: dict, defaults: dict, tmp_path) -> int:
    (tmp_path / "values.yaml").write_text(json.dumps(ours))
    (tmp_path / "keys.yaml").write_text(json.dumps(keys))
    run = subprocess.run([sys.executable, HELM / "check_keys.py", tmp_path], input=json.dumps(defaults), text=True,
                         capture_output=True, check=False)
    return run.returncode


@pytest.mark.parametrize("ours,keys,agrees", [
    ({"replicas": 2}, {}, True),
    ({"replcias": 2}, {}, False),
    ({"pod": {"labels": {"team": "x"}}}, {}, True),
    ({"pod": {"lables": {"team": "x"}}}, {}, False),
    ({"inner": 1}, {}, True),
    ({"sub-chart": {"x": 1}}, {"not_in_defaults": ["sub-chart"]}, True),
    ({"config": {"route": {"receiver": "x"}}}, {"keys": {"config": "any"}}, True),
    ({"a.ini": {"section": {"key": 1}}}, {"keys": {"a.ini": "any"}}, True),
    ({"a.ini": {"section": {"key": 1}}}, {}, False),
    ({"resources": {"limits": {"memory": "1Gi"}}}, {"keys": {"resources": "resources"}}, True),
])
def test_the_installer_finds_a_key_that_the_chart_does_not_know(ours, keys, agrees, tmp_path):
    defaults = {"replicas": 1, "pod": {"labels": {}}, "config": {"global": {}}, "a.ini": {"other": 1},
                "resources": {"requests": {}}, "_internal_defaults_do_not_set": {"inner": 0}}
    assert (check_keys(ours, {"keys": {}} | keys, defaults, tmp_path) == 0) == agrees


def test_repairs_are_asked_for_new_pods_alone_and_hold_nothing_up():
    """Nodes, leases and everything else must come up without them."""
    gatekeeper = values("gatekeeper")
    assert gatekeeper["disableMutation"] is False and gatekeeper["mutatingWebhookFailurePolicy"] == "Ignore"
    assert [(r["operations"], r["resources"]) for r in gatekeeper["mutatingWebhookCustomRules"]] == [(["CREATE"], ["pods"])]
