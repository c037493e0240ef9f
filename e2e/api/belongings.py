"""What a caller has to call on: made when it is first needed, made anew when a call took it away."""
import atexit
import base64
import secrets
import time

from films import film
from people import Nobody, Person, Service, ask, set_roles, version_of

LENGTH = 1000


class Belongings:
    """Real ids, versions and offsets for a caller's requests, so that they come further than "there is no such thing"."""

    def __init__(self, owner):
        self.owner = owner
        self.is_person = not isinstance(owner, (Service, Nobody))
        self.is_admin = self.is_person and owner.is_admin
        self._made = {}

    def take(self, name: str):
        if name not in self._made:
            self._made[name] = getattr(self, f"_{name}")()
        return self._made[name]

    def forget(self, name: str):
        self._made.pop(name, None)
        if name == "room":  # what was said there went with it
            self._made.pop("message", None)

    def _person(self) -> str:
        person = Person().id
        if self.is_admin:  # who gives roles to try it out leaves nobody with them
            atexit.register(set_roles, self.owner, person, ["user"])
        return person

    def _session(self) -> str:
        """Another session of the caller's own."""
        return self.owner.sign_in()["session_id"]

    def _refresh(self) -> str:
        return self.owner.sign_in()["refresh_token"]

    def _export(self) -> str:
        """What the services gave of the caller, once all have."""
        export = ask("user", "POST", "/v1/me/data-exports", token=self.owner.token)[1]
        deadline = time.monotonic() + 120
        while export["state"] != "ready":
            if time.monotonic() > deadline:
                raise SystemExit(f"an export, which this run needs, is {export['state']} after two minutes")
            time.sleep(0.5)
            export = ask("user", "GET", f"/v1/me/data-exports/{export['id']}", token=self.owner.token)[1]
        return export["id"]

    def _leaver(self) -> Person:
        """Somebody who may erase the account, or change its password."""
        return Person()

    def _square(self) -> str:
        """Somebody else's room."""
        host = self.take("host")
        return ask("chat", "POST", "/v1/rooms", {"name": "広場", "kind": "public"}, host.token)[1]["id"]

    def _host(self) -> Person:
        return Person()

    def _friend(self) -> str:
        """Somebody to talk with."""
        return Person().id

    def _ticket(self) -> str:
        """What lets the caller into somebody else's room."""
        return ask("chat", "POST", f"/v1/rooms/{self.take('square')}/invitations", {}, self.take("host").token)[1]["token"]

    def invitation(self) -> tuple[str, str]:
        """A room of the caller's that has few invitations, and one of them."""
        room = self._room()
        return room, ask("chat", "POST", f"/v1/rooms/{room}/invitations", {"uses": 1}, self.owner.token)[1]["id"]

    def _room(self) -> str:
        return ask("chat", "POST", "/v1/rooms", {"name": "広場", "kind": "public"}, self.owner.token)[1]["id"]

    def member(self) -> str:
        """Somebody who is in the caller's room."""
        person = self.take("person")
        ask("chat", "PUT", f"/v1/rooms/{self.take('room')}/members/{person}", {"role": "member"}, self.owner.token)
        return person

    def _outcast(self) -> str:
        """Somebody whom nobody wants to let in later."""
        return Person().id

    def banned(self) -> str:
        """Somebody who is kept out of the caller's room."""
        person = self.take("outcast")
        ask("chat", "PUT", f"/v1/rooms/{self.take('room')}/bans/{person}", {"reason": "冬"}, self.owner.token)
        return person

    def _message(self) -> str:
        """One that the caller said in the caller's room."""
        said = {"client_id": secrets.token_hex(8), "body": "こんにちは"}
        return ask("chat", "POST", f"/v1/rooms/{self.take('room')}/messages", said, self.owner.token)[1]["id"]

    def _upload(self) -> str:
        described = f"filename {base64.b64encode(b'clip.mp4').decode()}"
        answer, _ = ask("video", "POST", "/v1/uploads", token=self.owner.token, Tus_Resumable="1.0.0", Upload_Length=str(LENGTH),
                        Upload_Metadata=described)
        return answer.headers["Location"].rsplit("/", 1)[1]

    def _video(self) -> str:
        upload = self._upload()
        answer, _ = ask("video", "PATCH", f"/v1/uploads/{upload}", film(LENGTH), self.owner.token, Tus_Resumable="1.0.0",
                        Upload_Offset="0", Content_Type="application/offset+octet-stream")
        return answer.headers["Video-Id"]

    def _doomed(self) -> str:
        """A video that is taken down by the next call."""
        return self._video()

    def _removed(self) -> str:
        video = self._video()
        ask("video", "PUT", f"/v1/videos/{video}/removal", {"reason": "夏"}, self.owner.token)
        return video

    def _appealed(self) -> str:
        video = self._removed()
        ask("video", "POST", f"/v1/videos/{video}/removal/appeal", {"text": "秋"}, self.owner.token)
        return video

    def _report(self) -> str:
        """An open report of a video of the caller's own."""
        return ask("video", "POST", f"/v1/videos/{self._video()}/reports", {"reason": "冬"}, self.owner.token)[1]["id"]

    def _direct(self, size: int = 20_000_000) -> str:
        """An upload of three parts, or of one."""
        described = {"filename": "clip.mp4", "content_type": "video/mp4", "size": size, "title": "夏祭り", "visibility": "private"}
        return ask("video", "POST", "/v1/uploads/multipart", described, self.owner.token)[1]["upload_id"]

    def _part(self, upload: str) -> str:
        """Path and query by which the only part of an upload is put."""
        link = ask("video", "POST", f"/v1/uploads/{upload}/parts", {"numbers": [1]}, self.owner.token)[1]["parts"][0]["url"]
        return link.partition("/media/")[2]

    def _slot(self) -> dict[str, str]:
        """The same of an upload that nobody completes."""
        path, _, query = self._part(self._direct(1)).partition("?")
        return {"path": path} | dict(part.split("=", 1) for part in query.split("&"))

    def _stored(self) -> tuple[str, str]:
        """An upload whose only part is stored, and the part's etag."""
        upload = self._direct(1)
        answer, _ = ask("video", "PUT", f"/media/{self._part(upload)}", b"x")
        return upload, answer.headers["ETag"]

    def offset(self) -> str:
        """Where the caller's upload goes on."""
        answer, _ = ask("video", "HEAD", f"/v1/uploads/{self.take('upload')}", token=self.owner.token, Tus_Resumable="1.0.0")
        return answer.headers["Upload-Offset"]

    def link(self) -> dict[str, str]:
        """Path and parts of the query of a link that plays the caller's video."""
        address = ask("video", "GET", f"/v1/videos/{self.take('video')}/playback", token=self.owner.token)[1]["url"]
        path, _, query = address.partition("/media/")[2].partition("?")
        return {"path": path} | dict(part.split("=", 1) for part in query.split("&"))

    def version(self, service: str, path: str) -> str:
        return version_of(service, path, self.owner.token)
