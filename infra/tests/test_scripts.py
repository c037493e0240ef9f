"""The scripts people run at night, with stand-ins for kubectl and argocd that write down what they were asked."""
import os
import subprocess

import pytest
from rendering import ROOT

STAND_IN = """#!/usr/bin/env bash
echo "$(basename "$0") $*" >>"$CALLS"
if [ -n "${BUSY:-}" ] && [[ "$(basename "$0") $*" =~ "app sync" ]] && [ "$(grep -c 'app sync' "$CALLS")" -le "$BUSY" ]; then
    echo 'rpc error: code = FailedPrecondition desc = another operation is already in progress' >&2
    exit 20
fi
if [ -n "${FAIL:-}" ] && [[ "$(basename "$0") $*" =~ $FAIL ]]; then exit "${FAIL_CODE:-1}"; fi
case "$(basename "$0") $*" in
    "kubectl kustomize "*) printf 'image: registry/x@sha256:%s\\n' "${IMAGE:-abc}" ;;
    "argocd app list "*) [ -e "$CALLS.deleted" ] || printf 'argocd/chat-service-dev\\nargocd/hiroba-dev\\n' ;;
    "argocd app resources "*) echo "apps Deployment hiroba chat-service" ;;
    "argocd app delete "*) [ -n "${STUCK:-}" ] || touch "$CALLS.deleted" ;;
esac
"""


class Terminal:
    """Runs a script with only the stand-ins for kubectl and argocd within reach."""

    def __init__(self, folder):
        self.calls_file = folder / "calls"
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in ("kubectl", "argocd"):
            (self.programs / name).write_text(STAND_IN)
            (self.programs / name).chmod(0o755)

    def run(self, *command, typed="", **environment):
        self.calls_file.write_text("")
        known = {k: v for k, v in os.environ.items() if k not in ("ANSWER", "VIA", "FAIL", "TIMEOUT", "BUSY")}
        path = f"{self.programs}:{os.environ['PATH']}"
        return subprocess.run(
            [ROOT / "scripts" / command[0], *command[1:]], input=typed, capture_output=True, text=True, check=False,
            env=known | {"PATH": path, "CALLS": str(self.calls_file)} | environment,
        )

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()

    def place(self, words: str) -> int:
        found = [i for i, call in enumerate(self.calls) if words in call]
        assert found, f"{words!r} was not called; {self.calls}"
        return found[0]

    def changed_something(self) -> bool:
        reading = ("dry-run", "app get", "app diff", "app wait", "app list", "app resources", "kustomize", "rollout status")
        return any(not any(r in call for r in reading) for call in self.calls)


@pytest.fixture
def terminal(tmp_path):
    return Terminal(tmp_path)


WAYS = ["argocd", "kubectl"]


@pytest.mark.parametrize("via", WAYS)
def test_a_deployment_is_tried_before_it_is_done(terminal, via):
    run = terminal.run("deploy.sh", "deploy", "stg", "chat", ANSWER="yes", VIA=via)
    assert run.returncode == 0, run.stderr
    first_change = next(i for i, c in enumerate(terminal.calls) if ("app sync" in c or "apply" in c) and "dry-run" not in c)
    assert terminal.place("dry-run") < first_change


@pytest.mark.parametrize("via", WAYS)
@pytest.mark.parametrize("typed", ["", "no\n", "y\n"])
def test_without_a_yes_nothing_is_deployed(terminal, via, typed):
    run = terminal.run("deploy.sh", "deploy", "prd", "user", typed=typed, VIA=via)
    assert run.returncode == 1 and "nothing was changed" in run.stderr
    assert not terminal.changed_something(), terminal.calls


@pytest.mark.parametrize("via", WAYS)
def test_a_yes_may_be_typed(terminal, via):
    assert terminal.run("deploy.sh", "deploy", "dev", "video-service", typed="yes\n", VIA=via).returncode == 0
    assert terminal.changed_something()


@pytest.mark.parametrize("via,waiting", [("argocd", "app wait .*--health"), ("kubectl", "rollout status")])
@pytest.mark.parametrize("verb", ["deploy", "rollback"])
def test_what_does_not_get_healthy_fails_the_script(terminal, via, waiting, verb):
    run = terminal.run("deploy.sh", verb, "dev", "chat", ANSWER="yes", VIA=via, FAIL=waiting)
    assert run.returncode != 0
    assert "not healthy" in run.stderr and "done" not in run.stdout


@pytest.mark.parametrize("via,refusal", [("argocd", "app sync .*--dry-run"), ("kubectl", "apply .*--dry-run")])
def test_a_refused_dry_run_ends_the_deployment(terminal, via, refusal):
    assert terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", VIA=via, FAIL=refusal).returncode != 0
    assert not terminal.changed_something(), terminal.calls


def test_a_difference_from_git_is_shown_and_a_failed_comparison_is_not_one(terminal):
    assert terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", FAIL="app diff", FAIL_CODE="1").returncode == 0
    assert terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", FAIL="app diff", FAIL_CODE="2").returncode == 1
    assert not terminal.changed_something()


def test_the_schema_goes_before_the_pods_and_stops_them_when_it_fails(terminal):
    assert terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", VIA="kubectl").returncode == 0
    assert terminal.place("delete job/chat-service-migrate") < terminal.place("component=migration") < terminal.place("wait job/")
    pods = next(i for i, c in enumerate(terminal.calls) if "component!=migration" in c and "dry-run" not in c)
    assert terminal.place("wait job/") < pods
    run = terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", VIA="kubectl", FAIL="wait job/")
    assert run.returncode != 0 and "no pod was replaced" in run.stderr
    assert not [c for c in terminal.calls if "component!=migration" in c and "dry-run" not in c]


def test_every_call_to_a_cluster_names_the_environments_own(terminal):
    terminal.run("deploy.sh", "deploy", "stg", "chat", ANSWER="yes", VIA="kubectl")
    calls = [c for c in terminal.calls if "kustomize" not in c]
    assert calls and all(c.startswith("kubectl --context hiroba-stg ") for c in calls)


def test_a_service_that_was_never_released_is_not_deployed_by_hand(terminal):
    unreleased = STAND_IN.replace("registry/x@sha256:%s", "registry/x:unreleased%.0s")
    (terminal.programs / "kubectl").write_text(unreleased)
    run = terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", VIA="kubectl")
    assert run.returncode == 1 and "never released" in run.stderr
    assert not terminal.changed_something()


def test_a_rollback_stops_auto_sync_first_and_leaves_the_schema_alone(terminal):
    run = terminal.run("deploy.sh", "rollback", "prd", "chat", "HEAD", ANSWER="yes")
    assert run.returncode == 0, run.stderr
    syncs = [c for c in terminal.calls if "app sync" in c]
    assert terminal.place("app set chat-service-prd --sync-policy none") < terminal.place("app sync")
    assert "--dry-run" in syncs[0] and "--dry-run" not in syncs[1]
    for call in syncs:
        assert "--revision HEAD" in call and "--resource apps:Deployment:chat-service" in call
        assert "Job" not in call and "--prune" not in call
    assert "git revert" in run.stdout and "resume" in run.stdout


def test_a_rollback_goes_to_the_overlays_last_change_but_one(terminal):
    overlay = "infra/k8s/overlays/dev/chat-service"
    log = subprocess.run(["git", "log", "-2", "--format=%H", "--", overlay], cwd=ROOT, capture_output=True, text=True, check=True)
    terminal.run("deploy.sh", "rollback", "dev", "chat", ANSWER="yes")
    assert f"--revision {log.stdout.split()[-1]}" in "\n".join(terminal.calls)


@pytest.mark.parametrize("verb", ["deploy", "rollback"])
def test_argo_cds_own_operations_are_waited_for(terminal, verb):
    """It follows git by itself, so one may begin between any two of ours."""
    run = terminal.run("deploy.sh", verb, "dev", "chat", ANSWER="yes", BUSY="2")
    assert run.returncode == 0, run.stderr
    syncs = [i for i, c in enumerate(terminal.calls) if "app sync" in c]
    assert len(syncs) == 4, "refused twice, then tried, then done"
    assert all("app wait" in terminal.calls[i + 1] for i in syncs[:2])
    assert terminal.run("deploy.sh", verb, "dev", "chat", ANSWER="yes", BUSY="99").returncode != 0


def test_another_refusal_than_that_is_not_tried_again(terminal):
    assert terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", FAIL="app sync").returncode != 0
    assert len([c for c in terminal.calls if "app sync" in c]) == 1


def test_a_release_that_is_tried_again_and_again_is_given_up_before_the_rollback(terminal):
    assert terminal.run("deploy.sh", "rollback", "prd", "chat", "HEAD", ANSWER="yes", FAIL="terminate-op").returncode == 0, "there may be none"
    assert terminal.place("--sync-policy none") < terminal.place("app terminate-op chat-service-prd") < terminal.place("app sync")


def test_without_argo_cd_its_fields_are_taken_under_its_name(terminal):
    assert terminal.run("deploy.sh", "deploy", "dev", "chat", ANSWER="yes", VIA="kubectl").returncode == 0
    applied = [c for c in terminal.calls if " apply " in c]
    assert len(applied) == 3
    assert all("--server-side --field-manager argocd-controller --force-conflicts" in c for c in applied)


def test_resuming_asks_and_then_follows_git_again(terminal):
    assert terminal.run("deploy.sh", "resume", "dev", "chat", typed="no\n").returncode == 1
    assert not terminal.changed_something()
    assert terminal.run("deploy.sh", "resume", "dev", "chat", typed="yes\n").returncode == 0
    assert terminal.place("--sync-policy automated --auto-prune --self-heal") < terminal.place("app wait")


@pytest.mark.parametrize("arguments", [
    ["deploy", "live", "chat"], ["deploy", "dev", "mail"], ["undo", "dev", "chat"], ["deploy", "dev"], [],
])
def test_a_wrong_word_is_named_and_does_nothing(terminal, arguments):
    run = terminal.run("deploy.sh", *arguments, ANSWER="yes")
    assert run.returncode == 1 and run.stderr.startswith("error: ")
    assert terminal.calls == []


def test_cleaning_up_names_what_goes_and_what_stays(terminal):
    run = terminal.run("cleanup.sh", "dev", typed="dev\n")
    assert run.returncode == 0, run.stderr
    for name in ("argocd/chat-service-dev", "apps Deployment hiroba chat-service", "databases", "namespaces"):
        assert name in run.stdout
    assert [c for c in terminal.calls if "delete" in c] == [
        "argocd app delete hiroba-dev --cascade --propagation-policy foreground --yes --wait"]


@pytest.mark.parametrize("typed", ["", "yes\n", "stg\n"])
def test_cleaning_up_wants_the_environments_name(terminal, typed):
    run = terminal.run("cleanup.sh", "dev", typed=typed)
    assert run.returncode == 1 and "nothing was changed" in run.stderr
    assert not terminal.changed_something()


def test_production_is_not_cleaned_up_without_a_second_word(terminal):
    run = terminal.run("cleanup.sh", "prd", typed="prd\n", ANSWER="prd")
    assert run.returncode == 1 and "delete-production" in run.stderr
    assert terminal.calls == []
    assert terminal.run("cleanup.sh", "prd", "delete-production", typed="dev\n").returncode == 1
    assert not terminal.changed_something()
    assert terminal.run("cleanup.sh", "prd", "delete-production", typed="prd\n").returncode == 0


def test_what_did_not_go_fails_the_clean_up(terminal):
    run = terminal.run("cleanup.sh", "dev", typed="dev\n", STUCK="1")
    assert run.returncode == 1 and "chat-service-dev" in run.stderr


def test_bootstrap_installs_argo_cd_by_commit_before_it_gets_its_root(terminal):
    done = terminal.run("bootstrap.sh", "dev", typed="yes\n")
    assert done.returncode == 0, done.stderr
    commit = next(line.split()[2] for line in (ROOT / "infra/tests/crds.txt").read_text().splitlines() if line.startswith("argoproj/argo-cd"))
    assert terminal.place(f"manifests/cluster-install?ref={commit}") < terminal.place("rollout status") < terminal.place("cicd/clusters/dev")
    assert all("--context hiroba-dev" in call for call in terminal.calls if "create namespace" not in call)


@pytest.mark.parametrize("words,typed", [(["dev"], "no\n"), (["prod"], "yes\n"), ([], "yes\n")])
def test_bootstrap_changes_nothing_without_a_yes_and_an_environment(terminal, words, typed):
    assert terminal.run("bootstrap.sh", *words, typed=typed).returncode != 0
    assert not any("apply" in call for call in terminal.calls)
