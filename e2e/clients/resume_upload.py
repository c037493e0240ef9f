#!/usr/bin/env python3
"""Sends what is missing of a film to its upload, whoever sent the rest: resume_upload.py tus|draft ADDRESS FILE SENT.

Prints the video's id when all is there. Remembers nothing: where to go on it asks (HEAD). The token is in UPLOAD_TOKEN. SENT
is a file of eight bytes, a counter that lives on when this process is killed: every byte that was handed to the kernel,
by this process and those before it.
"""
import http.client
import mmap
import os
import select
import struct
import sys
import time
import urllib.parse

PIECE = 64 * 1024
FIELDS = {
    "tus": lambda offset: {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"},
    "draft": lambda offset: {
        "Upload-Offset": str(offset),
        "Upload-Complete": "?1",
        "Content-Type": "application/partial-upload",
    },
}
# Who names no version of the draft is answered in the newest, and without interim responses.
ASKING = {"tus": {"Tus-Resumable": "1.0.0"}, "draft": {}}
# Of an outage or of two at once: the offset is asked for again.
PASSING = (409, 423, 503)


class Counter:
    """Counts before a piece is sent, so that a kill in between counts too much and never too little."""

    def __init__(self, path):
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)

    def add(self, count):
        struct.pack_into("<q", self.memory, 0, struct.unpack_from("<q", self.memory, 0)[0] + count)


class Upload:
    def __init__(self, protocol, address, sent):
        self.protocol, self.address, self.sent = protocol, urllib.parse.urlsplit(address), sent
        self.token = {"Authorization": f"Bearer {os.environ['UPLOAD_TOKEN']}"}

    def connection(self):
        return http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=60)

    def state(self):
        """Where the server is, and the video once it is whole."""
        connection = self.connection()
        connection.request("HEAD", self.address.path, headers=self.token | ASKING[self.protocol])
        answer = connection.getresponse()
        connection.close()
        if answer.status in PASSING:
            raise ConnectionError(answer.status)
        if answer.status not in (200, 204):
            sys.exit(f"HEAD is answered {answer.status}")
        return int(answer.headers["Upload-Offset"]), answer.headers["Video-Id"]

    def send(self, film, offset):
        """The rest in one request; the video's id, or nothing when the server did not take it to the end."""
        size = os.fstat(film.fileno()).st_size
        connection = self.connection()
        connection.putrequest("PATCH", self.address.path)
        for name, value in (self.token | FIELDS[self.protocol](offset) | {"Content-Length": str(size - offset)}).items():
            connection.putheader(name, value)
        connection.endheaders()
        film.seek(offset)
        # An answer before the end says no.
        while not select.select([connection.sock], [], [], 0)[0] and (piece := film.read(PIECE)):
            self.sent.add(len(piece))
            connection.sock.sendall(piece)
        answer = connection.getresponse()
        connection.close()
        if answer.status in PASSING:
            return None
        if answer.status not in (200, 204):
            sys.exit(f"PATCH is answered {answer.status}: {answer.read()}")
        return answer.headers["Video-Id"]


def main(protocol, address, path, counter):
    upload = Upload(protocol, address, Counter(counter))
    with open(path, "rb") as film:
        while True:
            try:
                offset, video = upload.state()
                video = video or upload.send(film, offset)
                if video:
                    return print(video)
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)  # the network is away, and nothing tells when it is back


if __name__ == "__main__":
    main(*sys.argv[1:])
