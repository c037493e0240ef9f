"""What make image is made of: Dockerfiles that agree, a build context without surprises, a list of contents that is true."""
import json
import pathlib
import re
import struct
import subprocess

import pytest
from rendering import ROOT, SERVICES
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def dockerfile(service: str) -> str:
    return (ROOT / "services" / service / "Dockerfile").read_text()


def test_the_dockerfiles_differ_only_in_name_and_in_the_libraries_and_programs_a_service_needs():
    own = r"libsodium-dev libidn2-dev libqrencode-dev |bubblewrap |ffmpeg |    PROGRAMS=[^\n]+\n|, and the programs by which [^\n]+(?=\.)"
    shapes = {
        re.sub(own, "", dockerfile(s).replace(s, "X-service").replace(f"SERVICE={s.split('-')[0]}", "SERVICE=X"))
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


HEADER = struct.pack("<HBB", 24, 0xDA, 0x27) + b"\x14\0\0\0\0\0\2\0CmnD" + bytes(8)


def icu_package(items: dict[str, bytes]) -> bytes:
    """As ICU's tools write it: see scripts/image-icu.py."""
    names, table, at = b"", [], 4 + 8 * len(items)
    start = at + sum(len(n) + 1 for n in items)
    for name, body in items.items():
        table.append(struct.pack("<II", at + len(names), start))
        names += name.encode() + b"\0"
        start += len(body)
    return HEADER + struct.pack("<I", len(items)) + b"".join(table) + names + b"".join(items.values())


def icu_items(package: bytes) -> dict[str, bytes]:
    count, = struct.unpack_from("<I", package, 24)
    table = [struct.unpack_from("<II", package, 28 + 8 * i) for i in range(count)]
    ends = [at for _, at in table[1:]] + [len(package) - 24]
    assert all(at % 16 == 0 for _, at in table), "ICU reads them as tables of words"
    return {package[24 + n:package.index(b"\0", 24 + n)].decode(): package[24 + a:24 + e] for (n, a), e in zip(table, ends)}


def thinned(package: bytes, folder) -> subprocess.CompletedProcess:
    (folder / "all").write_bytes(package)
    return subprocess.run([ROOT / "scripts/image-icu.py", folder / "all", folder / "some"], capture_output=True, text=True, check=False)


def test_icus_data_keeps_what_belongs_to_no_language_as_it_was(tmp_path):
    kept = {"icudt76l/coll/root.res": b"order" * 7, "icudt76l/en.res": b"e" * 16, "icudt76l/nfkc.nrm": b"n" * 33, "icudt76l/root.res": b"r"}
    left = {"icudt76l/coll/zh.res": b"z" * 9, "icudt76l/curr/de.res": b"d", "icudt76l/de.res": b"d" * 40, "icudt76l/euc-tw-2014.cnv": b"t"}
    assert thinned(icu_package(dict(sorted((kept | left).items()))), tmp_path).returncode == 0
    found = icu_items((tmp_path / "some").read_bytes())
    assert list(found) == sorted(kept), "ICU searches names by halves"
    assert {name: body[:len(kept[name])] for name, body in found.items()} == kept
    assert (tmp_path / "some").read_bytes()[:24] == HEADER


def test_data_of_a_form_that_is_not_known_stops_the_build(tmp_path):
    failed = thinned(b"something else entirely, of another version", tmp_path)
    assert failed.returncode != 0 and "no ICU data package" in failed.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_program_is_linked_with_the_thinner_data_or_not_at_all(service):
    steps = dockerfile(service)
    assert "icu=$(scripts/image-icu.sh /tmp) \\\n    && swift build" in steps and "-Xlinker --icf=safe $icu\n" in steps
