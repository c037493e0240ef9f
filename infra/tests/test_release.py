"""The scripts between a commit and a cluster, run for real: on throw-away repositories, with a key of the test's own for KMS's."""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from rendering import ROOT

sys.path.insert(0, str(ROOT / "cicd" / "opa-policies" / "tests"))
import engine  # noqa: E402
import samples  # noqa: E402
from signing import KEY, PEM  # noqa: E402

NAME = f"{samples.REGISTRY}/chat-service"
IMAGE = f"{NAME}@sha256:{'a' * 64}"
NEXT = f"{NAME}@sha256:{'c' * 64}"

# Stands in for the AWS client: signs a digest as KMS does, and knows the tags in $ECR_TAGS (lines "tag digest").
AWS = '''#!{python}
import base64, os, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
def argument(name): return sys.argv[sys.argv.index(name) + 1]
if sys.argv[1:3] == ["kms", "sign"]:
    assert argument("--key-id") == "arn:key" and argument("--message-type") == "DIGEST"
    digest = open(argument("--message").removeprefix("fileb://"), "rb").read()
    key = serialization.load_pem_private_key(open("{key}", "rb").read(), None)
    while True:
        signature = key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        if "SHORT" not in os.environ or min(utils.decode_dss_signature(signature)) < 2**248: break
    print(base64.b64encode(signature).decode())
elif sys.argv[1:3] == ["ecr", "describe-images"]:
    known = dict(line.split() for line in os.environ.get("ECR_TAGS", "").splitlines())
    print(known[argument("--image-ids").removeprefix("imageTag=")])
elif sys.argv[1:3] == ["ecr", "get-login-password"]:
    print("password")
else:
    sys.exit("unexpected: " + " ".join(sys.argv))
'''

# Stands in for buildah: notes what it was asked, and answers a push with a digest.
BUILDAH = '''#!/usr/bin/env bash
echo "$*" >>"$(dirname "$0")/buildah.log"
if [ "$1" = login ]; then cat >/dev/null; fi
if [ "$1 $2" = "manifest push" ]; then printf 'sha256:%064d' 7 >"$5"; fi
'''


def run(folder, *command, check=True, **environment):
    settings = {k: v for k, v in os.environ.items() if k != "HIROBA_STATE_DIR"} | environment
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=check)


def git(folder, *arguments):
    return run(folder, "git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", *arguments).stdout


@pytest.fixture
def house(tmp_path):
    """A repository with our scripts and overlays, and the stand-ins first on the PATH."""
    folder = tmp_path / "house"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    shutil.copytree(ROOT / "infra" / "k8s", folder / "infra" / "k8s")
    (folder / ".gitignore").write_text(".local/\n")
    (folder / ".local" / "images").mkdir(parents=True)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "start")
    tools = tmp_path / "tools"
    tools.mkdir()
    key = tmp_path / "key.pem"
    key.write_bytes(KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))
    for name, text in {"aws": AWS.replace("{python}", sys.executable).replace("{key}", str(key)), "buildah": BUILDAH}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    return folder


def release(house, *command, check=True, **environment):
    path = f"{house.parent / 'tools'}:{os.environ['PATH']}"
    return run(house, *command, check=check, PATH=path, SIGNING_KEY="arn:key", REGISTRY=NAME.split("/")[0], **environment)


def signed(token: str, image: str) -> list[str]:
    manifest = samples.deployment()
    for container in manifest["spec"]["template"]["spec"]["containers"]:
        container["image"] = image
    manifest["spec"]["template"]["spec"].pop("initContainers", None)
    manifest["spec"]["template"]["metadata"].setdefault("annotations", {})["hiroba.dev/image-signatures"] = token
    return engine.violations("require-image-signature", manifest, {"publicKeys": [PEM], "exemptImages": []})


@pytest.mark.parametrize("kind", [{}, {"SHORT": "1"}], ids=["usual", "with a number that has leading zeros"])
def test_admission_accepts_what_a_release_signs_and_nothing_else(house, kind):
    token = release(house, "scripts/sign-image.sh", IMAGE, **kind).stdout.strip()
    assert signed(token, IMAGE) == []
    assert signed(token, NEXT) != []


def test_only_an_image_by_digest_is_signed(house):
    assert release(house, "scripts/sign-image.sh", f"{NAME}:v1.2.3", check=False).returncode != 0


def written(house, token="e30.e30.sig", image=IMAGE):
    (house / ".local/images/chat-service.release").write_text(f"{image}\n{token}\n")


def rendered(house, env):
    run_ = run(house, "kubectl", "kustomize", f"infra/k8s/overlays/{env}/chat-service")
    workloads = [o for o in yaml.safe_load_all(run_.stdout) if o["kind"] in ("Deployment", "Job")]
    return [
        (c["image"], w["spec"]["template"]["metadata"]["annotations"]["hiroba.dev/image-signatures"])
        for w in workloads for c in w["spec"]["template"]["spec"]["containers"]
    ]


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_a_pinned_overlay_renders_to_the_digest_and_its_signature_and_leaves_the_others_alone(house):
    before = rendered(house, "prd")
    written(house)
    for _ in range(2):
        release(house, "scripts/pin-image.sh", "chat", "stg")
        assert set(rendered(house, "stg")) == {(IMAGE, "e30.e30.sig")}
    written(house, "e30.e30.next", NEXT)
    release(house, "scripts/pin-image.sh", "chat", "stg")
    assert set(rendered(house, "stg")) == {(NEXT, "e30.e30.next")}
    assert rendered(house, "prd") == before
    changed = git(house, "status", "--porcelain").split()[1::2]
    assert sorted(changed) == [f"infra/k8s/overlays/stg/chat-service/{f}.yaml" for f in ("kustomization", "signatures")]


def test_a_service_with_a_canary_is_not_pinned_over(house):
    overlay = house / "infra/k8s/overlays/stg/chat-service/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("images:\n", "images:\n  - name: chat-service-canary\n    newTag: next\n"))
    before = overlay.read_text()
    written(house)
    failed = release(house, "scripts/pin-image.sh", "chat", "stg", check=False)
    assert failed.returncode == 1 and "has a canary" in failed.stderr
    assert overlay.read_text() == before


def test_a_pin_is_pushed_on_top_of_what_others_pushed_meanwhile(house, tmp_path):
    git(house, "clone", "--quiet", "--bare", ".", str(tmp_path / "origin"))
    git(house, "remote", "add", "origin", str(tmp_path / "origin"))
    git(tmp_path, "clone", "--quiet", str(tmp_path / "origin"), "other")
    (tmp_path / "other" / "news").write_text("x")
    git(tmp_path / "other", "add", ".")
    git(tmp_path / "other", "commit", "--quiet", "-m", "news")
    git(tmp_path / "other", "push", "--quiet")
    written(house)
    release(house, "scripts/pin-image.sh", "chat", "dev", PUSH="1", PIN_TOKEN="t")
    log = git(tmp_path / "origin", "log", "--format=%s", "main").splitlines()
    assert log == [f"Run chat-service@sha256:{'a' * 64} in dev", "news", "start"]
    again = release(house, "scripts/pin-image.sh", "chat", "dev", PUSH="1", PIN_TOKEN="t")
    assert "names it already" in again.stdout


def test_an_older_build_that_comes_late_does_not_replace_a_newer_one(house, tmp_path):
    git(house, "clone", "--quiet", "--bare", ".", str(tmp_path / "origin"))
    git(house, "remote", "add", "origin", str(tmp_path / "origin"))
    older = git(house, "rev-parse", "HEAD").strip()
    git(house, "commit", "--quiet", "--allow-empty", "-m", "newer")
    git(house, "push", "--quiet", "origin", "HEAD:main")
    written(house, image=NEXT)
    release(house, "scripts/pin-image.sh", "chat", "dev", PUSH="1", PIN_TOKEN="t")
    git(house, "checkout", "--quiet", older)
    written(house)
    late = release(house, "scripts/pin-image.sh", "chat", "dev", PUSH="1", PIN_TOKEN="t")
    assert "runs a newer build" in late.stdout
    assert git(tmp_path / "origin", "log", "--format=%s", "main").startswith(f"Run chat-service@sha256:{'c' * 64} in dev\nnewer\n")


def test_publishing_pushes_one_index_of_both_machines_and_notes_its_signed_digest(house):
    for machine in ("amd64", "arm64"):
        (house / f".local/images/chat-service-{machine}.tar").write_text("x")
    release(house, "scripts/publish-image.sh", "chat", VERSION="1.2.3")
    image, token = (house / ".local/images/chat-service.release").read_text().split()
    assert image == f"{NAME}@sha256:{7:064d}"
    assert signed(token, image) == []
    asked = (house.parent / "tools" / "buildah.log").read_text()
    assert [m for m in ("amd64", "arm64") if f"docker-archive:{house}/.local/images/chat-service-{m}.tar" in asked] == ["amd64", "arm64"]
    assert f"docker://{NAME}:v1.2.3" in asked


def test_publishing_without_both_machines_fails(house):
    (house / ".local/images/chat-service-amd64.tar").write_text("x")
    failed = release(house, "scripts/publish-image.sh", "chat", check=False)
    assert failed.returncode != 0 and "chat-service-arm64.tar is missing" in failed.stderr


def test_a_tag_that_is_in_the_registry_is_signed_and_never_pushed_again(house):
    known = f"v1.2.3 sha256:{'b' * 64}"
    release(house, "scripts/publish-image.sh", "chat", VERSION="1.2.3", ECR_TAGS=known)
    assert (house / ".local/images/chat-service.release").read_text().startswith(f"{NAME}@sha256:{'b' * 64}\n")
    assert not (house.parent / "tools" / "buildah.log").exists()


CHANGES = {
    "services/chat-service/Sources/X.swift": ('["chat"]', '["chat"]'),
    "libs/Sources/X.swift": ('["user","video","chat"]', '["all"]'),
    "docs/api/openapi-user.yaml": ('["user","video","chat"]', '["all"]'),
    "scripts/image-root.sh": ('["user","video","chat"]', '["all"]'),
    "infra/k8s/overlays/dev/chat-service/signatures.yaml": ("[]", "[]"),
    "docs/cicd.md": ("[]", "[]"),
}


@pytest.mark.parametrize("path", CHANGES)
def test_a_change_builds_and_tests_what_it_touches(house, path):
    file = pathlib.Path(house, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("changed")
    git(house, "add", ".")
    git(house, "commit", "--quiet", "-m", "change")
    services, tests = CHANGES[path]
    assert run(house, "scripts/changed.sh", "HEAD~1").stdout == f"services={services}\ntests={tests}\n"


def test_what_cannot_be_compared_counts_as_everything(house):
    assert run(house, "scripts/changed.sh", "0" * 40).stdout == 'services=["user","video","chat"]\ntests=["all"]\n'


def test_a_release_tag_stands_for_its_service_and_a_strange_one_for_nothing(house):
    assert run(house, "scripts/changed.sh", "video-service/v1.2.3").stdout == 'services=["video"]\ntests=["video"]\n'
    for tag in ("video-service/v1.2", "mail-service/v1.2.3", "video-service/v1.2.3-rc1"):
        assert run(house, "scripts/changed.sh", tag, check=False).returncode != 0
