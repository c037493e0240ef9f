"""The script that fills Secrets Manager, against a stand-in for `aws` and `terraform`: it fills what the manifests read, once."""
import json
import os
import subprocess

import pytest
from rendering import ROOT, SERVICES, environment, of_kind

AWS = """#!/usr/bin/env python3
import os, pathlib, sys
entry = pathlib.Path(os.environ["STORE"], sys.argv[sys.argv.index("--secret-id") + 1].replace("/", "_"))
if sys.argv[2] == "get-secret-value" and os.environ.get("THROTTLED") and entry.name.startswith("hiroba_user"):
    sys.exit("An error occurred (ThrottlingException) when calling the GetSecretValue operation: Rate exceeded")
if sys.argv[2] == "get-secret-value":
    if not entry.exists():
        sys.exit("An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find ...")
    sys.stdout.write(entry.read_text())
    sys.exit(0)
if os.environ.get("DIES_AT") == entry.name:
    sys.exit(130)
assert not any(len(a) > 40 for a in sys.argv[1:]), "a value stands in the process list"
entry.write_text(sys.stdin.read())
"""
TERRAFORM = """#!/bin/sh
for last; do :; done
case $last in database_address) printf writer:5432,reader:5432 ;; redis_url) printf rediss://:x@cache:6379 ;; *) exit 1 ;; esac
"""


@pytest.fixture
def run(tmp_path):
    programs, store = tmp_path / "bin", tmp_path / "store"
    programs.mkdir()
    store.mkdir()
    for name, text in (("aws", AWS), ("terraform", TERRAFORM)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    variables = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "STORE": str(store), "ENV": "dev"}

    def go(fails=False, **more):
        done = subprocess.run([ROOT / "scripts/write-secrets.sh"], env=variables | more, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) == fails, done.stderr
        return done.stdout, {p.name.replace("_", "/", 1): json.loads(p.read_text()) for p in store.iterdir()}

    return go


def test_every_entry_that_a_manifest_reads_is_filled(run):
    _, written = run()
    for secret in of_kind(environment("dev"), "ExternalSecret"):
        for item in secret["spec"]["data"]:
            reference = item["remoteRef"]
            assert written[reference["key"]][reference["property"]], reference


def test_each_service_gets_its_own_role_and_the_schema_another(run):
    _, written = run()
    passwords = [entry["database-password"] for name, entry in written.items() if "database-password" in entry]
    assert len(set(passwords)) == len(passwords) == 6
    for service in SERVICES:
        role = service.replace("-", "_")
        assert written[f"hiroba/{service}"]["database-url"].startswith(f"postgres://{role}:")
        assert written[f"hiroba/{service}-migrate"]["database-url"].startswith(f"postgres://{role}_owner:")
        for name in (service, f"{service}-migrate"):
            assert "sslmode=require" in written[f"hiroba/{name}"]["database-url"]


def test_a_second_run_changes_nothing_and_no_run_shows_a_value(run):
    shown, first = run()
    again, second = run()
    assert first == second
    for entry in first.values():
        for name, value in entry.items():
            assert name == "admin-user" or value not in shown + again


def test_the_migration_finds_the_keys_of_its_service(run):
    _, written = run()
    for service, name in (("user-service", "key-encryption-key"), ("video-service", "media-url-key")):
        assert written[f"hiroba/{service}"][name] == written[f"hiroba/{service}-migrate"][name]


def clients(written) -> dict[str, str]:
    """What user-service's migration is told: the secret of each client."""
    lines = [line.split() for line in written["hiroba/user-service-migrate"]["service-clients"].split(";")]
    assert {scopes for _, _, scopes in lines} == {"identity:events,authz:decide,users:read"}
    return {client: secret for client, secret, _ in lines}


def test_user_service_is_told_what_the_others_prove_themselves_with(run):
    _, written = run()
    for service in ("video-service", "chat-service"):
        secret = written[f"hiroba/{service}"]["service-client-secret"]
        assert clients(written)[service] == secret == written[f"hiroba/{service}-migrate"]["service-client-secret"]
        assert secret.isalnum(), "it travels in a form and in an Authorization field, where + and / are something else"
    assert len(set(clients(written).values())) == len(clients(written)) == 2


@pytest.mark.parametrize("entry", ["hiroba_video-service-migrate", "hiroba_chat-service", "hiroba_user-service", "hiroba_user-service-migrate"])
def test_a_run_that_was_cut_short_goes_on_with_the_clients_it_made(run, entry):
    _, before = run(fails=True, DIES_AT=entry)
    _, after = run()
    for name in ("hiroba/video-service", "hiroba/chat-service"):
        assert before.get(name, after[name]) == after[name]
        assert clients(after)[name.removeprefix("hiroba/")] == after[name]["service-client-secret"]


def test_what_a_newer_release_wants_is_added_and_nothing_is_written_over(run, tmp_path):
    _, first = run()
    newer = {"redis-url", "service-client-secret", "service-clients", "payment-webhooks"}
    for name, entry in first.items():
        older = {key: value for key, value in entry.items() if key not in newer}
        (tmp_path / "store" / name.replace("/", "_")).write_text(json.dumps(older, indent=2))
    _, second = run()
    for name, entry in first.items():
        assert set(second[name]) == set(entry)
        assert {key: second[name][key] for key in entry if key not in newer} == {key: entry[key] for key in entry if key not in newer}
    assert all(second[f"hiroba/{client}"]["service-client-secret"] == secret for client, secret in clients(second).items())


@pytest.mark.parametrize("service,name", [("user-service", "key-encryption-key"), ("video-service", "media-url-key")])
def test_a_run_that_was_cut_short_goes_on_with_the_keys_it_made(run, service, name):
    _, before = run(fails=True, DIES_AT=f"hiroba_{service}-migrate")
    assert f"hiroba/{service}-migrate" not in before
    _, after = run()
    assert after[f"hiroba/{service}"] == before[f"hiroba/{service}"]
    assert after[f"hiroba/{service}-migrate"][name] == before[f"hiroba/{service}"][name]


def test_an_entry_that_cannot_be_read_is_not_taken_for_an_empty_one(run):
    _, first = run()
    _, second = run(fails=True, THROTTLED="1")
    assert second == first
