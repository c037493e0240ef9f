"""What make image is made of: Dockerfiles that agree, a build context without surprises, a list of contents that is true."""
import json
import pathlib
import re
import subprocess

import pytest
from rendering import ROOT, SERVICES
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def dockerfile(service: str) -> str:
    return (ROOT / "services" / service / "Dockerfile").read_text()


def test_the_dockerfiles_differ_only_in_name_and_in_the_libraries_a_service_needs():
    shapes = {
        re.sub(r"libargon2-dev libidn2-dev ", "", dockerfile(s).replace(s, "X-service").replace(f"SERVICE={s.split('-')[0]}", "SERVICE=X"))
        for s in SERVICES
    }
    assert len(shapes) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_runs_as_nobody_and_ends_when_asked(service):
    last = dockerfile(service).split("FROM scratch\n")[1]
    user = next(line.split()[1] for line in last.splitlines() if line.startswith("USER "))
    assert user == "65532:65532"
    assert f'ENTRYPOINT ["/app/{service}"]' in last
    assert "STOPSIGNAL SIGTERM" in last
    labels = set(re.findall(r"org\.opencontainers\.image\.(\w+)=", last))
    assert labels == {"title", "description", "source", "licenses", "version", "revision", "created"}


@pytest.mark.parametrize("service", SERVICES)
def test_everything_a_dockerfile_copies_is_let_into_the_build(service):
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile(service), re.M):
        for source in sources.split():
            assert any(i == source or i.startswith(f"{source}/") or source.startswith(f"{i}/") for i in let_in), source


@pytest.fixture
def built(tmp_path) -> pathlib.Path:
    """A build folder as SwiftPM leaves it, with one Swift and one C target linked and one package resolved but not linked."""
    build = tmp_path / "build"
    objects = []
    for target, source in {"Alpha": "swift-alpha", "CBeta": "swift-beta", "Server": None}.items():
        (build / f"{target}.build").mkdir(parents=True)
        objects.append(f"'{build}/{target}.build/{target}.o'")
        path = f"/source/.build/checkouts/{source}/Sources/x" if source else "/source/services/x"
        if target == "CBeta":
            (build / "CBeta.build/x.c.d").write_text(f"x.o: {path}.c \\\n  /usr/include/stdio.h\n")
        else:
            (build / f"{target}.build/output-file-map.json").write_text(json.dumps({"": {}, f"{path}.swift": {}}))
    (build / "chat-service.product").mkdir()
    (build / "chat-service.product/Objects.LinkFileList").write_text("\n".join(objects) + "\n")
    pins = [
        {"identity": f"swift-{n}", "location": f"https://github.com/x/swift-{n}.git", "state": {"revision": "1" * 40, "version": "1.2.3"}}
        for n in ("alpha", "beta", "gamma")
    ]
    (tmp_path / "Package.resolved").write_text(json.dumps({"pins": pins}))
    (tmp_path / "root/var/lib/dpkg/status.d").mkdir(parents=True)
    (tmp_path / "root/etc").mkdir()
    (tmp_path / "root/etc/os-release").write_text('VERSION_ID="12"\n')
    (tmp_path / "root/var/lib/dpkg/status.d/libpq5").write_text("Package: libpq5\nArchitecture: amd64\nVersion: 15.1-0+deb12u1\n")
    return tmp_path


def contents(folder, check=True):
    settings = {"PATH": "/usr/bin:/bin", "VERSION": "1.0.0", "REVISION": "r", "CREATED": "2026-01-02T03:04:05Z", "SWIFT_VERSION": "6.3.1"}
    command = [ROOT / "scripts/image-sbom.sh", folder / "build", "chat-service", folder / "root", folder / "Package.resolved"]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=check)


def test_the_list_of_contents_names_what_is_linked_and_copied_and_nothing_more(built):
    packages = {p["name"]: p["versionInfo"] for p in json.loads(contents(built).stdout)["packages"]}
    assert packages == {
        "chat-service": "1.0.0", "debian": "12", "swift-standard-libraries": "6.3.1",
        "swift-alpha": "1.2.3", "swift-beta": "1.2.3", "libpq5": "15.1-0+deb12u1",
    }


def test_the_list_of_contents_is_valid_spdx(built):
    file = built / "chat-service.spdx.json"
    file.write_text(contents(built).stdout)
    assert validate_full_spdx_document(parse_file(str(file))) == []


def test_a_linked_package_of_unknown_version_stops_the_build(built):
    (built / "Package.resolved").write_text('{"pins": []}')
    failed = contents(built, check=False)
    assert failed.returncode != 0 and "linked but not resolved" in failed.stderr


def test_a_build_without_known_packages_stops_the_build(built):
    (built / "build/chat-service.product/Objects.LinkFileList").write_text("")
    assert contents(built, check=False).returncode != 0
