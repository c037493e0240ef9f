"""Uploads in numbered parts as curl puts them, by what the answers say: nothing here knows how an address is signed."""
import hashlib
import os
import subprocess

import pytest
import requests

import people
from films import film

GATEWAY = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
SIZE = 17_000_000


@pytest.fixture(scope="module")
def person():
    return people.Person()


def call(person, method, path, **options):
    return requests.request(method, GATEWAY + path, headers={"Authorization": f"Bearer {person.token}"}, timeout=60, **options)


def begin(person, content):
    body = {"filename": "film.mp4", "content_type": "video/mp4", "size": len(content), "title": "夏祭り", "visibility": "private"}
    answer = call(person, "POST", "/v1/uploads/multipart", json=body)
    assert answer.status_code == 201
    return answer.json()


def sign(person, upload, numbers):
    answer = call(person, "POST", f"/v1/uploads/{upload['upload_id']}/parts", json={"numbers": numbers})
    answer.raise_for_status()
    return {part["number"]: part for part in answer.json()["parts"]}


def curl(link, content, folder):
    """Puts a part; the status and the etag."""
    (folder / "part").write_bytes(content)
    fields = [word for name, value in link["headers"].items() for word in ("-H", f"{name}: {value}")]
    told = subprocess.run(
        ["curl", "-sS", "-T", folder / "part", "-o", folder / "answer", "-w", "%{http_code} %header{etag}", *fields, link["url"]],
        check=True, capture_output=True, text=True).stdout.split()
    return int(told[0]), told[1] if len(told) > 1 else None


def pieces(upload, content):
    size = upload["part_size"]
    return {number: content[(number - 1) * size:number * size] for number in range(1, upload["part_count"] + 1)}


def complete(person, upload, etags, **more):
    parts = [{"number": number, "etag": etag} for number, etag in sorted(etags.items())]
    return call(person, "POST", f"/v1/uploads/{upload['upload_id']}/complete", json={"parts": parts} | more)


def test_parts_are_the_video_and_nothing_else_is(person, tmp_path):
    content = film(SIZE)
    upload = begin(person, content)
    parts = pieces(upload, content)
    links = sign(person, upload, list(parts))
    etags = {}
    for number in reversed(parts):
        status, etags[number] = curl(links[number], parts[number], tmp_path)
        assert status == 200
    listed = call(person, "GET", f"/v1/uploads/{upload['upload_id']}/parts").json()["items"]
    assert [(part["number"], part["size"]) for part in listed] == [(number, len(part)) for number, part in parts.items()]
    assert [part["etag"] for part in listed] == [etags[number].strip('"') for number in parts]

    digest = hashlib.sha256(content).hexdigest()
    without_one = {number: etag for number, etag in etags.items() if number > 1}
    assert complete(person, upload, without_one).status_code == 422
    assert complete(person, upload, etags | {2: etags[1]}).status_code == 422
    wrong = complete(person, upload, etags, sha256="0" * 64)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "video.checksum-mismatch")
    assert call(person, "GET", f"/v1/videos/{upload['video_id']}").json()["state"] == "uploading"
    for _ in range(2):
        done = complete(person, upload, etags, sha256=digest)
        assert (done.status_code, done.json()["state"], done.json()["sha256"]) == (200, "ready", digest)
    link = call(person, "GET", f"/v1/videos/{upload['video_id']}/playback").json()["url"]
    assert requests.get(link, timeout=60).content == content


def test_an_address_takes_one_part_of_one_size(person, tmp_path):
    content = film(SIZE)
    upload = begin(person, content)
    parts = pieces(upload, content)
    links = sign(person, upload, list(parts))
    for bad in (parts[1][:-1], parts[1] + b"x", b""):
        assert curl(links[1] | {"headers": {}}, bad, tmp_path)[0] >= 400
    assert call(person, "GET", f"/v1/uploads/{upload['upload_id']}/parts").json()["items"] == []
    assert curl(links[1], parts[1], tmp_path)[0] == 200
    assert curl(sign(person, upload, [1])[1], parts[1], tmp_path)[0] == 200
    assert call(person, "DELETE", f"/v1/uploads/{upload['upload_id']}").status_code == 204
    assert curl(links[1], parts[1], tmp_path)[0] >= 400
