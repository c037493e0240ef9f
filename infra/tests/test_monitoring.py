"""What watches the platform asks for figures that exist, leads to help that is written, and writes where it may."""
import json
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, K8S, ROOT, SERVICES, environment, named, of_kind, selects

RULES = [rule for path in sorted(K8S.glob("monitoring/rules-*.yaml"))
         for group in yaml.safe_load(path.read_text())["spec"]["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
DASHBOARDS = {path.name: json.loads(path.read_text()) for path in sorted(K8S.glob("monitoring/dashboards/*.json"))}

# What others export, by who does it. A name that is in no list here is a typing error or a wish.
FOREIGN = {
    "Prometheus": {"up"},
    "kube-state-metrics": {
        "kube_deployment_status_replicas_available", "kube_pod_status_ready", "kube_pod_status_phase", "kube_job_status_failed",
        "kube_pod_container_status_restarts_total", "kube_pod_container_resource_limits", "kube_node_status_condition",
        "kube_horizontalpodautoscaler_status_current_replicas", "kube_horizontalpodautoscaler_spec_max_replicas",
    },
    "cAdvisor and kubelet": {
        "container_memory_working_set_bytes", "kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes",
    },
    "node-exporter": {"node_filesystem_avail_bytes", "node_filesystem_size_bytes"},
    "Istio": {"istio_requests_total", "pilot_total_xds_rejects"},
    "cert-manager": {"certmanager_certificate_expiration_timestamp_seconds"},
    "External Secrets": {"externalsecret_status_condition"},
    "Alertmanager": {"alertmanager_notifications_failed_total"},
    "Gatekeeper": {"gatekeeper_violations", "gatekeeper_audit_last_run_end_time"},
}


def exported(text: str) -> set[str]:
    """Names of the series that a Swift source makes."""
    return set(re.findall(r'\b(?:Counter|OutcomeCounter|Gauge|Meter|Timer|Recorder|FloatingPointCounter)\(\s*label:\s*"([^"]+)"', text))


def exported_by_our_services() -> set[str]:
    """Labels of counters, gauges and timers in the Swift sources, and what the registry prints about its own process."""
    sources = [p.read_text() for folder in ("libs/Sources", "services") for p in (ROOT / folder).rglob("*.swift") if "Tests" not in p.parts]
    text = "\n".join(sources)
    return exported(text) | set(re.findall(r'\.sample\("([a-z_]+)"', text))


def asked_for(expression: str) -> set[str]:
    """Names of series in a PromQL expression: what is left without strings, selectors, groupings and functions."""
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]', "", expression)
    bare = re.sub(r"\{[^}]*\}", " ", bare)
    bare = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", " ", bare)
    words = set(re.findall(r"[a-z_][a-z0-9_:]*(?!\w)(?!\s*\()", bare))
    return words - {"and", "or", "unless", "offset", "by", "on", "m", "s", "h"}


def questions():
    for rule in RULES:
        yield rule.get("alert") or rule["record"], rule["expr"]
    for name, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"]


def test_every_series_that_is_asked_for_exists():
    known = exported_by_our_services() | RECORDED | set().union(*FOREIGN.values())
    known |= {f"{name}_bucket" for name in known}
    wrong = {where: asked_for(expr) - known for where, expr in questions() if asked_for(expr) - known}
    assert wrong == {}
    assert all(asked_for(expr) for _, expr in questions())


def labels_of_ours() -> dict[str, set[str]]:
    """By series: the dimensions named in the file that makes it, beside what a scrape adds (infra/k8s/monitoring/prometheus.yaml)."""
    scraped = {"namespace", "service", "pod", "version", "instance", "job", "le"}
    found: dict[str, set[str]] = {}
    for folder in ("libs/Sources", "services"):
        for path in (ROOT / folder).rglob("*.swift"):
            text = path.read_text()
            for name in exported(text):
                dimensions = set(re.findall(r'\(\s*"([a-z_]+)"\s*,', text)) | ({"outcome"} if "OutcomeCounter(" in text else set())
                found[name] = found.get(name, set()) | scraped | dimensions
    return found | {f"{name}_bucket": labels for name, labels in found.items()}


def wrong_labels(expression: str, known: dict[str, set[str]]) -> set[str]:
    """Labels that a question picks or groups by and none of its own series has; a recorded or foreign series may have any."""
    names = asked_for(expression)
    picked = {(name, label) for name, body in re.findall(r"([a-z_][a-z0-9_:]*)\{([^}]*)\}", expression)
              for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", re.sub(r'"[^"]*"', "", body))}
    wrong = {label for name, label in picked if name in known and label not in known[name]}
    if names <= known.keys():
        grouped = {label.strip() for body in re.findall(r"\bby\s*\(([^)]*)\)", expression) for label in body.split(",")}
        wrong |= grouped - set().union(*(known[name] for name in names))
    return wrong


def test_every_label_that_is_asked_for_exists():
    known = labels_of_ours()
    assert {where: wrong_labels(expr, known) for where, expr in questions() if wrong_labels(expr, known)} == {}


@pytest.mark.parametrize("expression,wrong", [
    ('sum by (outcome) (rate(mails_total{kind="x"}[5m]))', set()),
    ('sum by (reason) (rate(mails_total{outcom="sent"}[5m]))', {"reason", "outcom"}),
    ('sum by (pod) (rate(chat_sockets{route=~"/v1.*"}[5m]))', {"route"}),
    ("histogram_quantile(0.9, sum by (route, le) (rate(http_request_duration_seconds_bucket[5m])))", set()),
    ("sum by (anything) (kube_pod_status_ready)", set()),
])
def test_a_label_that_nobody_exports_is_found(expression, wrong):
    assert wrong_labels(expression, labels_of_ours()) == wrong


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_dashboard_of_its_own_and_whatever_it_exports_is_drawn_or_watched(service):
    board = DASHBOARDS[f"{service}.json"]
    assert {"Requests by route", "Errors by route", "Slow routes", "What it leans on"} <= {p["title"] for p in board["panels"]}
    sources = "\n".join(p.read_text() for p in (ROOT / "services" / service / "Sources").rglob("*.swift"))
    asked = set().union(*(asked_for(expr) for _, expr in questions()))
    asked |= {name.removesuffix("_bucket") for name in asked}
    assert exported(sources) - asked == set()


def test_no_foreign_series_is_listed_that_nobody_asks_for():
    asked = set().union(*(asked_for(expr) for _, expr in questions()))
    assert set().union(*FOREIGN.values()) <= asked


def test_every_alert_leads_to_its_section():
    headings = set(re.findall(r"^### (\w+)$", (ROOT / "docs/monitoring.md").read_text(), re.MULTILINE))
    for name, alert in ALERTS.items():
        assert name in headings, f"docs/monitoring.md does not say what to do about {name}"
        assert alert["annotations"]["runbook_url"].endswith(f"/docs/monitoring.md#{name.lower()}")
    assert headings == set(ALERTS), "a section is about an alert that is no more"


def test_every_alert_says_whom_it_wakes_and_fits_into_a_message():
    for name, alert in ALERTS.items():
        assert alert["labels"]["severity"] in ("page", "ticket"), name
        # Alertmanager puts the text into JSON for the chat channels, without a way to escape it.
        assert not set('"\\\n') & set(alert["annotations"]["summary"]), name


def test_every_alert_was_seen_going_off():
    tests = "\n".join(p.read_text() for p in (ROOT / "infra/tests/alerts").glob("*.yaml"))
    seen = set(re.findall(r"labels: '\{alertname=\"(\w+)\"\}', value: 1", tests))
    assert seen == set(ALERTS)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one_that_grafana_loads(name):
    board = DASHBOARDS[name]
    assert board["uid"] and board["title"] and board["schemaVersion"]
    ids = [p["id"] for p in board["panels"]]
    assert len(ids) == len(set(ids))
    taken = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells
        assert panel["description"] and panel["fieldConfig"]["defaults"]["unit"]
        assert {t["datasource"]["uid"] for t in panel["targets"]} == {"prometheus"}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_dashboards_and_data_sources_reach_grafana(env):
    config = [o for o in of_kind(environment(env), "ConfigMap") if o["metadata"].get("namespace") == "monitoring"]
    boards = [o for o in config if o["metadata"]["labels"].get("grafana_dashboard") == "1"]
    assert {n for o in boards for n in o["data"]} == set(DASHBOARDS)
    [sources] = [o for o in config if o["metadata"]["labels"].get("grafana_datasource") == "1"]
    uids = {s["uid"] for s in yaml.safe_load(sources["data"]["datasources.yaml"])["datasources"]}
    assert {"prometheus", "loki"} <= uids


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_logs_and_figures_go_to_groups_that_terraform_makes(env):
    objects = environment(env)
    cluster = named(objects, "ConfigMap", "cluster-identity")["data"]["CLUSTER"]
    assert cluster == f"hiroba-{env}", "Terraform names the cluster so"
    text = named(objects, "ConfigMap", "fluent-bit")["data"]["fluent-bit.conf"]
    groups = {g.replace("${CLUSTER}", cluster) for g in re.findall(r"log_group_name\s+(\S+)", text)}
    agent = json.loads(named(objects, "ConfigMap", "cloudwatch-agent")["data"]["cwagentconfig.json"])
    name = agent["logs"]["metrics_collected"]["kubernetes"]["cluster_name"]
    groups.add(f"/aws/containerinsights/{name}/performance")
    made = {f"/hiroba/hiroba-{env}/{s}-service" for s in ("user", "video", "chat")}
    made |= {f"/aws/containerinsights/hiroba-{env}/{part}" for part in ("performance", "platform")}
    assert groups == made
    source = (ROOT / "infra/terraform/cloudwatch.tf").read_text()
    assert '"/hiroba/${local.name}/${each.key}"' in source and '"/aws/containerinsights/${local.name}/${each.key}"' in source


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_what_watches_may_do_named_things_only(env):
    watching = [o for o in of_kind(environment(env), "ClusterRole", "Role") if o["metadata"]["name"].startswith(("cloudwatch", "fluent"))]
    assert watching
    for role in watching:
        for rule in role["rules"]:
            assert "*" not in rule["verbs"] + rule["resources"] + rule["apiGroups"]
            assert "secrets" not in rule["resources"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_nodes_are_read_and_not_written(env):
    for daemon in of_kind(environment(env), "DaemonSet"):
        spec = daemon["spec"]["template"]["spec"]
        on_node = {v["name"] for v in spec["volumes"] if "hostPath" in v} - {"state"}
        for container in spec["containers"]:
            assert all(m["readOnly"] for m in container["volumeMounts"] if m["name"] in on_node)
            assert container["resources"]["limits"]["memory"] and container["securityContext"]["capabilities"]["drop"] == ["ALL"]
            assert not container["image"].endswith(":latest") and ":" in container["image"]


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_what_writes_beside_its_read_only_root_has_a_place_for_it(env):
    """The agent's starter writes what it made of its configuration into etc/ and its process id into var/ (tool/paths/paths_unix.go)."""
    spec = named(environment(env), "DaemonSet", "cloudwatch-agent")["spec"]["template"]["spec"]
    places = {v["name"] for v in spec["volumes"] if "emptyDir" in v}
    [agent] = spec["containers"]
    written = {m["mountPath"] for m in agent["volumeMounts"] if m["name"] in places and not m.get("readOnly")}
    assert agent["securityContext"]["readOnlyRootFilesystem"]
    assert {"/opt/aws/amazon-cloudwatch-agent/etc", "/opt/aws/amazon-cloudwatch-agent/var", "/tmp"} <= written


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_whatever_has_replicas_keeps_one_when_nodes_are_drained(env):
    objects = environment(env)
    budgets = [b["spec"]["selector"] for b in of_kind(objects, "PodDisruptionBudget")]
    for deployment in of_kind(objects, "Deployment"):
        if deployment["spec"].get("replicas", 2) > 1:
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            assert any(selects(selector, labels) for selector in budgets), deployment["metadata"]["name"]


def test_autoscalers_ask_for_figures_that_prometheus_hands_them():
    adapter = yaml.safe_load((ROOT / "infra/helm/prometheus-adapter/values.yaml").read_text())["rules"]["custom"]
    offered = {rule["name"]["as"] for rule in adapter}
    series = {re.search(r'__name__="(\w+)"', rule["seriesQuery"])[1] for rule in adapter}
    assert series <= exported_by_our_services()
    asked = {m["pods"]["metric"]["name"] for h in of_kind(environment("prd"), "HorizontalPodAutoscaler")
             for m in h["spec"]["metrics"] if m["type"] == "Pods"}
    assert asked <= offered
