"""What services prove themselves with on one machine: made once, for its owner's eyes, and given to both sides alike."""
import os
import re
import subprocess

import pytest
from rendering import ROOT


@pytest.fixture
def state(tmp_path):
    make(tmp_path)
    return tmp_path


def make(state):
    subprocess.run([ROOT / "scripts/make-secrets.sh"], env=os.environ | {"HIROBA_STATE_DIR": str(state)}, check=True)


def settings(state, part: str, **more) -> dict[str, str]:
    """What the part is started with."""
    script = f'source "{ROOT}/scripts/service.sh"; export_settings {part}; env -0'
    told = subprocess.run(["bash", "-c", script], env=os.environ | {"HIROBA_STATE_DIR": str(state)} | more, capture_output=True, text=True, check=True)
    return dict(pair.split("=", 1) for pair in told.stdout.split("\0") if pair)


def clients(state) -> dict[str, tuple[str, str]]:
    lines = [line.split() for line in (state / "clients").read_text().splitlines()]
    return {client: (secret, scopes) for client, secret, scopes in lines}


def test_they_are_made_once_and_their_owners_alone_may_read_them(state):
    assert (state / "clients").stat().st_mode & 0o777 == 0o600
    before = clients(state)
    assert set(before) == {"video-service", "chat-service"}
    assert len({secret for secret, _ in before.values()}) == 2
    for secret, scopes in before.values():
        assert re.fullmatch("[0-9a-f]{32,128}", secret)
        assert set(scopes.split(",")) == {"identity:events", "authz:decide", "users:read"}
    make(state)
    assert clients(state) == before


def test_each_service_has_the_secret_that_user_service_is_told(state):
    told = [line.split() for line in settings(state, "user")["SERVICE_CLIENTS"].split(";")]
    for part, service in (("video", "video-service"), ("chat-1", "chat-service"), ("chat-2", "chat-service")):
        given = settings(state, part)
        assert [given["SERVICE_CLIENT_ID"], given["SERVICE_CLIENT_SECRET"]] in [line[:2] for line in told]
        assert given["SERVICE_CLIENT_ID"] == service and given["IDENTITY_URL"] == "http://127.0.0.1:8081"
        assert "SERVICE_CLIENTS" not in given
    assert "SERVICE_CLIENT_SECRET" not in settings(state, "user")


def test_a_line_that_somebody_adds_counts_and_notes_beside_it_do_not(state):
    with open(state / "clients", "a", encoding="utf-8") as file:
        file.write(f"\n# for a trial\nmail-service {'a' * 32} users:read\n")
    told = settings(state, "user")["SERVICE_CLIENTS"].split(";")
    assert told[-1] == f"mail-service {'a' * 32} users:read" and len(told) == 3


def test_of_two_user_services_the_one_that_a_rollout_replaces_first_is_asked(state):
    assert settings(state, "video", HIROBA_USER_REPLICAS="2")["IDENTITY_URL"] == "http://127.0.0.1:8086"


def test_user_service_alone_is_told_whom_it_listens_to_about_payments(state):
    path = state / "payments"
    assert path.stat().st_mode & 0o777 == 0o600
    [(name, secret)] = [line.split() for line in path.read_text().splitlines()]
    assert name == "local" and re.fullmatch("whsec_[A-Za-z0-9+/]{43}=", secret)
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"# for a trial\n\nshop {secret}\n")
    make(state)
    assert settings(state, "user")["PAYMENT_WEBHOOKS"] == f"local {secret};shop {secret}"
    assert "PAYMENT_WEBHOOKS" not in settings(state, "video")
