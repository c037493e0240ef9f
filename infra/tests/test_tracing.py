"""Spans reach both stores, are kept as long as is said, and whoever draws them can get there."""
import re

import pytest
import yaml
from rendering import ENVIRONMENTS, ROOT, environment, named, of_kind, pod_template, selects


def config(objects, name: str, file: str) -> dict:
    return yaml.safe_load(named(objects, "ConfigMap", name)["data"][file])


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_collector_hands_spans_to_x_ray_and_to_jaeger(env):
    objects = environment(env)
    collector, store = config(objects, "trace-collector", "collector.yaml"), config(objects, "jaeger", "jaeger.yaml")
    assert collector["service"]["pipelines"]["traces"]["exporters"] == ["awsxray", "otlp/jaeger"]
    name, port = collector["exporters"]["otlp/jaeger"]["endpoint"].split(":")
    service = named(objects, "Service", name.removesuffix(".monitoring"))
    assert int(port) in [p["port"] for p in service["spec"]["ports"]]
    assert store["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].endswith(f":{port}")


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_what_is_stored_outlives_the_pod_and_ends_after_a_week(env):
    objects = environment(env)
    settings, pod = config(objects, "jaeger", "jaeger.yaml"), pod_template(named(objects, "StatefulSet", "jaeger"))["spec"]
    [store] = settings["extensions"]["jaeger_storage"]["backends"].values()
    assert store["badger"]["ephemeral"] is False and store["badger"]["ttl"]["spans"] == "168h"
    [volume] = named(objects, "StatefulSet", "jaeger")["spec"]["volumeClaimTemplates"]
    mounts = {m["name"]: m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    for folder in store["badger"]["directories"].values():
        assert folder.startswith(mounts[volume["metadata"]["name"]] + "/"), "or it would go with the pod"


def let_in(objects, labels: dict, port: int) -> list[dict]:
    """The peers that monitoring's policies let through to pods with these labels on a port."""
    return [
        peer for p in of_kind(objects, "NetworkPolicy")
        if p["metadata"]["namespace"] == "monitoring" and selects(p["spec"]["podSelector"], labels)
        for rule in p["spec"].get("ingress", []) if port in [x["port"] for x in rule.get("ports", [])] for peer in rule["from"]
    ]


@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("program,port", [("prometheus", 9090), ("grafana", 3000), ("jaeger", 16686)])
def test_kiali_gets_to_what_it_draws_from(env, program, port):
    """The port is the pod's: a policy sees traffic after the Service has chosen one."""
    peers = let_in(environment(env), {"app.kubernetes.io/name": program}, port)
    assert [p["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for p in peers] == ["istio-system"]
    assert peers[0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "kiali"}


def test_kiali_may_look_at_grafana_and_asks_for_dashboards_that_exist():
    kiali = named(environment("prd"), "Kiali", "kiali")["spec"]["external_services"]
    grafana = yaml.safe_load((ROOT / "infra/helm/grafana/values.yaml").read_text())["grafana.ini"]
    assert kiali["grafana"]["auth"]["type"] == "none" and grafana["auth.anonymous"] == {"enabled": True, "org_role": "Viewer"}
    titles = {re.search(r'^  "title": "(.*)"', f.read_text(), re.MULTILINE)[1] for f in (ROOT / "infra/k8s/monitoring/dashboards").glob("*.json")}
    assert {d["name"] for d in kiali["grafana"]["dashboards"]} == titles
    assert kiali["tracing"]["enabled"] is True


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_drain_leaves_a_collector(env):
    budget = named(environment(env), "PodDisruptionBudget", "trace-collector")["spec"]
    collector = named(environment(env), "Deployment", "trace-collector")
    assert selects(budget["selector"], pod_template(collector)["metadata"]["labels"])
    assert budget["maxUnavailable"] < collector["spec"]["replicas"]
