"""Argo CD's judgement of an Application, asked in Lua as Argo CD asks it."""
import pytest
from lupa import LuaRuntime
from rendering import ROOT, named, render

AUTOMATED = {"syncPolicy": {"automated": {"prune": True}}}
SYNCED, HEALTHY = {"sync": {"status": "Synced"}}, {"health": {"status": "Healthy"}}


def judgement(spec, status=None) -> str:
    script = named(render(ROOT / "cicd/argocd"), "ConfigMap", "argocd-cm")["data"]["resource.customizations.health.argoproj.io_Application"]
    lua = LuaRuntime()
    lua.globals().obj = lua.table_from({"spec": spec} | ({} if status is None else {"status": status}), recursive=True)
    return lua.execute(script)["status"]


@pytest.mark.parametrize("status,verdict", [
    (None, "Progressing"),
    ({}, "Progressing"),
    (HEALTHY, "Progressing"),
    (HEALTHY | {"sync": {"status": "OutOfSync"}}, "Progressing"),
    (HEALTHY | {"sync": {"status": "Unknown"}}, "Progressing"),
    (HEALTHY | SYNCED, "Healthy"),
    (SYNCED | {"health": {"status": "Degraded"}}, "Degraded"),
    (SYNCED | {"health": {"status": "Progressing"}}, "Progressing"),
    ({"health": {"status": "Missing"}, "operationState": {"phase": "Failed"}}, "Degraded"),
    ({"health": {"status": "Missing"}, "operationState": {"phase": "Running"}}, "Missing"),
])
def test_an_application_is_healthy_when_it_is_synced_and_healthy(status, verdict):
    assert judgement(AUTOMATED, status) == verdict


@pytest.mark.parametrize("spec", [{}, {"syncPolicy": {}}])
def test_a_service_that_was_taken_back_does_not_hold_up_its_root(spec):
    assert judgement(spec, HEALTHY | {"sync": {"status": "OutOfSync"}}) == "Healthy"
    assert judgement(spec, {"health": {"status": "Degraded"}, "sync": {"status": "OutOfSync"}}) == "Degraded"
