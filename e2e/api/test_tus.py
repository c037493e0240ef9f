"""Uploads as tuspy, tus's own client for Python, makes them: nothing here is written for our service but where it is."""
import hashlib
import http.client
import io
import json
import os

import pytest
import requests
from tusclient import client, exceptions

import people
from films import film

GATEWAY = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


@pytest.fixture(scope="module")
def person():
    return people.Person()


@pytest.fixture
def tus(person):
    return client.TusClient(f"{GATEWAY}/v1/uploads", headers={"Authorization": f"Bearer {person.token}"})


def ask(person, path):
    answer = requests.get(GATEWAY + path, headers={"Authorization": f"Bearer {person.token}"}, timeout=30)
    answer.raise_for_status()
    return answer.json()


def played(person, upload_url):
    """The bytes of the video that an upload became."""
    upload = ask(person, upload_url[len(GATEWAY):])
    assert upload["state"] == "finished"
    link = ask(person, f"/v1/videos/{upload['video_id']}/playback")["url"]
    return requests.get(link, timeout=30).content


METADATA = {"filename": "film.mp4", "filetype": "video/mp4", "title": "夏祭り", "visibility": "private"}


def test_what_is_sent_in_chunks_is_the_video(person, tus):
    content = film(3_000_001)
    uploader = tus.uploader(file_stream=io.BytesIO(content), chunk_size=1_000_000, metadata=METADATA)
    uploader.upload()
    assert played(person, uploader.url) == content
    video = ask(person, f"/v1/videos/{ask(person, uploader.url[len(GATEWAY):])['video_id']}")
    assert video["title"] == "夏祭り" and video["content_type"] == "video/mp4" and video["size"] == len(content)


def test_checksums_of_every_chunk_are_taken(person, tus):
    content = film(500_000)
    uploader = tus.uploader(file_stream=io.BytesIO(content), chunk_size=200_000, metadata=METADATA, upload_checksum=True)
    uploader.upload()
    assert played(person, uploader.url) == content


def test_a_wrong_checksum_is_told_and_loses_nothing(person, tus, monkeypatch):
    content = film(100_000)
    uploader = tus.uploader(file_stream=io.BytesIO(content), chunk_size=50_000, metadata=METADATA, upload_checksum=True, retries=0)
    uploader.upload_chunk()
    with monkeypatch.context() as wrong:
        wrong.setattr(type(uploader), "checksum_algorithm", property(lambda _: lambda data=b"": hashlib.sha1(data + b"x")))
        with pytest.raises(exceptions.TusUploadFailed):
            uploader.upload_chunk()
    assert uploader.get_offset() == 50_000
    uploader.offset = uploader.get_offset()
    uploader.upload()
    assert played(person, uploader.url) == content


def test_an_upload_goes_on_after_its_client_died(person, tus):
    content = film(900_000)
    first = tus.uploader(file_stream=io.BytesIO(content), chunk_size=300_000, metadata=METADATA)
    first.upload_chunk()
    half_sent(person, first.url, 300_000, content[300_000:])
    # What the dead one sent may be noted a moment after the first look: then its offset is taken by that, and the client looks again.
    again = tus.uploader(file_stream=io.BytesIO(content), chunk_size=300_000, url=first.url, retries=5, retry_delay=1)
    assert again.offset >= 300_000
    again.upload()
    assert played(person, first.url) == content


def half_sent(person, url, offset, rest):
    """Announces all of `rest` and breaks the connection in its middle."""
    connection = http.client.HTTPConnection(url.split("/")[2], timeout=30)
    connection.putrequest("PATCH", url[len(GATEWAY):])
    for name, value in {
        "Authorization": f"Bearer {person.token}", "Tus-Resumable": "1.0.0", "Upload-Offset": offset, "Content-Length": len(rest),
        "Content-Type": "application/offset+octet-stream",
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(rest[: len(rest) // 2])
    connection.close()


def test_parts_that_are_uploaded_by_themselves_become_one(person):
    content = [film(250_000) for _ in range(3)]
    headers = {"Authorization": f"Bearer {person.token}"}
    urls = []
    for piece in content:
        part = client.TusClient(f"{GATEWAY}/v1/uploads", headers={**headers, "Upload-Concat": "partial"})
        created = part.uploader(file_stream=io.BytesIO(piece), chunk_size=100_000)
        created.set_url(created.create_url())
        # What a creation says is not for the bytes that follow.
        uploader = client.TusClient(f"{GATEWAY}/v1/uploads", headers=headers).uploader(
            file_stream=io.BytesIO(piece), chunk_size=100_000, url=created.url)
        uploader.upload()
        urls.append(uploader.url)
    whole = requests.post(
        f"{GATEWAY}/v1/uploads", headers={**headers, "Tus-Resumable": "1.0.0", "Upload-Concat": "final;" + " ".join(urls)}, timeout=30)
    assert whole.status_code == 201, whole.text
    assert played(person, GATEWAY + whole.headers["Location"]) == b"".join(content)


def test_a_terminated_upload_is_gone(person, tus):
    uploader = tus.uploader(file_stream=io.BytesIO(b"hello"), metadata=METADATA)
    url = uploader.create_url()
    gone = requests.delete(url, headers={"Authorization": f"Bearer {person.token}", "Tus-Resumable": "1.0.0"}, timeout=30)
    assert gone.status_code == 204
    with pytest.raises(exceptions.TusCommunicationError):
        tus.uploader(file_stream=io.BytesIO(b"hello"), url=url)


def test_refusals_are_told_in_a_way_it_understands(tus):
    with pytest.raises(exceptions.TusCommunicationError) as refused:
        tus.uploader(file_stream=io.BytesIO(b"hello"), metadata={"title": ""}).create_url()
    assert refused.value.status_code == 400
    assert json.loads(refused.value.response_content)["errors"][0]["pointer"] == "#upload-metadata/title"
