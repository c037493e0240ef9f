"""What schemathesis cannot read in an OpenAPI document: who calls, what there is to call on, and what all answers have in common."""
import atexit
import json
import os
import pathlib
import re
import secrets
import urllib.parse

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoverageScenario
from schemathesis.openapi.checks import UnsupportedMethodResponse

import people
from belongings import Belongings

SERVICE = os.environ["API_SERVICE"]
THROUGH_GATEWAY = os.environ.get("API_THROUGH") == "gateway"
CALLER = people.caller(os.environ["API_CALLER"])
HAS = Belongings(CALLER)
ANSWERED = set()
PROVIDER = people.Provider()
# Which of the caller's belongings an operation's `id` names, and which call takes it away.
IDS = {
    "/v1/admin/users/{id}": "person",
    "/v1/users/{id}": "person",
    "/v1/sessions/{id}": "session",
    "/v1/me/data-exports/{id}": "export",
    "/v1/rooms/{id}": "room",
    "/v1/uploads/{id}/parts": "direct",
    "/v1/uploads/{id}": "upload",
    "/v1/videos/{id}": "video",
}
# What an operation is about where that is something else, of administrators alone.
ABOUT = {"removeVideo": "doomed", "putVideoBack": "removed", "appealRemoval": "removed", "decideAppeal": "appealed",
         "readVideoReport": "report", "decideVideoReport": "report"}
ENDS = {"endSession": "session", "eraseMe": "leaver", "changePassword": "leaver", "refreshSession": "refresh", "deleteRoom": "room",
        "deleteMessage": "message",
        "terminateUpload": "upload", "deleteVideo": "video", "removeVideo": "doomed", "putVideoBack": "removed",
        "appealRemoval": "removed", "decideAppeal": "appealed", "decideVideoReport": "report"}
# Where the thing is whose version a change must name.
VERSIONED = {"/v1/admin/users/{id}": "/v1/admin/users/{id}", "/v1/rooms/{id}": "/v1/rooms/{id}", "/v1/videos/{id}": "/v1/videos/{id}",
             "/v1/moderation/video-reports/{id}": "/v1/moderation/video-reports/{id}", "/v1/me": "/v1/me"}


@atexit.register
def tell_what_was_answered():
    pathlib.Path(os.environ["API_SEEN"]).write_text("\n".join(sorted(ANSWERED)) + "\n")


def below(table: dict[str, str], path: str):
    """The entry for the path or the one it lies under."""
    return next((entry for start, entry in table.items() if (path + "/").startswith(start + "/")), None)


def is_sound(case, location: ParameterLocation) -> bool:
    """Whether this part of the request was made to be accepted."""
    part = case.meta.components.get(location) if case.meta else None
    return part is None or part.mode.is_positive


@schemathesis.auth(refresh_interval=None, retry_on=[])
class Token:
    """The caller's own; nobody's is none."""

    def get(self, case, context):
        if operation_id(case) in ("eraseMe", "changePassword") and HAS.is_person:
            return HAS.take("leaver").token
        return CALLER.token

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


def operation_id(case) -> str:
    return case.operation.definition.raw.get("operationId", "")


# Fields of tus, and those of the IETF's draft, which are spoken on the same routes: a request speaks one of the two.
TUS = {"Tus-Resumable", "Upload-Checksum", "Upload-Concat"}
DRAFT = {"Upload-Complete", "Upload-Incomplete", "Upload-Draft-Interop-Version", "Content-Digest", "Content-Disposition"}
UPLOADING = {"createUpload", "appendToUpload", "readUploadOffset"}


def speak_one(case):
    """Bytes of no type but their own are the draft's, all else is tus."""
    draft = case.media_type not in (None, "application/offset+octet-stream")
    for name in TUS if draft else DRAFT:
        case.headers.pop(name, None)
    name, value = ("Upload-Complete", "?0") if draft else ("Tus-Resumable", "1.0.0")
    case.headers[name] = value
    if "Upload-Concat" in case.headers:
        case.headers["Upload-Concat"] = "partial"  # what is joined must be there; tuspy's tests join
    if not draft and operation_id(case) == "createUpload" and "Upload-Length" not in case.headers:
        case.headers["Upload-Length"] = "1000"  # which the draft alone does without


@schemathesis.serializer("application/offset+octet-stream")
def plain_bytes(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives a sound request a sound aim: things that are there, the version they have, a key that nobody used."""
    if operation_id(case) in UPLOADING and is_sound(case, ParameterLocation.HEADER):
        speak_one(case)
    if is_sound(case, ParameterLocation.HEADER) and "Idempotency-Key" in case.headers:
        key = case.headers["Idempotency-Key"]
        case.headers["Idempotency-Key"] = secrets.token_hex(128)[: max(16, len(key))]
    if is_sound(case, ParameterLocation.BODY) and isinstance(case.body, dict):
        fill(case, operation_id(case))
    if operation_id(case) == "receiveMembershipWebhook" and is_sound(case, ParameterLocation.HEADER):
        kwargs["auth"] = PROVIDER
        if is_sound(case, ParameterLocation.PATH):
            case.path_parameters["source"] = PROVIDER.source
    if operation_id(case) == "listVideos" and is_sound(case, ParameterLocation.QUERY) and "shared" in case.query:
        case.query.pop("q", None)  # what is shared is not looked through for words
    if not HAS.is_person or not is_sound(case, ParameterLocation.PATH):
        return
    aim(case, operation_id(case))
    if is_sound(case, ParameterLocation.HEADER):
        if "If-Match" in case.headers:
            case.headers["If-Match"] = version(case)
        if "Upload-Offset" in case.headers and "{id}" in case.path:
            case.headers["Upload-Offset"] = HAS.offset()
    if is_sound(case, ParameterLocation.QUERY):
        case.query.pop("cursor", None)  # only what a page before gave is one


def fill(case, operation: str):
    """What only a run can know of a body."""
    if operation == "signUp" and case.body.get("email") == "hanako@example.com":
        case.body["email"] = f"api-{secrets.token_hex(8)}@example.com"
    # The document's own person may be anybody's on this platform, with a password of theirs.
    if operation == "signIn" and case.body.get("email") == "hanako@example.com":
        case.body |= {"email": PROVIDER.customer.email, "password": PROVIDER.customer.password}
    if operation == "grantServiceToken" and isinstance(CALLER, people.Nobody) and "client_id" not in case.body:
        client = people.Service()
        case.body |= {"client_id": client.client, "client_secret": client.secret}
        case.body.pop("scope", None)
    # A membership voids tokens: it must not be the caller's own, whose id schemathesis has seen in an answer.
    if operation == "receiveMembershipWebhook" and isinstance(case.body.get("data"), dict) and "user_id" in case.body["data"]:
        case.body["data"]["user_id"] = PROVIDER.customer.id
    if not HAS.is_person:
        return
    if operation == "changePassword":
        case.body["current_password"] = HAS.take("leaver").password
    if operation in ("stepUp", "eraseMe"):
        case.body.clear()
        case.body["password"] = (HAS.take("leaver") if operation == "eraseMe" else CALLER).password
    if operation == "changeEmail":
        case.body["password"] = CALLER.password
    if operation == "signParts":
        case.body["numbers"] = [1, 2, 3]
    if operation == "createMultipartUpload":  # names by bytes, types by their grammar, and a size there is room for
        case.body |= {"filename": "clip.mp4", "content_type": "video/mp4", "size": 1000}
    if operation == "decideVideoReport" and case.body.get("decision") == "removed":  # its owner has to be told why
        case.body.setdefault("reason", "x")
    if operation == "refreshSession":
        case.body["refresh_token"] = HAS.take("refresh")
    if operation == "markRead" and isinstance(case.body.get("seq"), int):  # up to the message that is there
        HAS.take("message")
        case.body["seq"] = min(case.body["seq"], 1)
    if operation == "putMember" and case.body.get("role") == "owner":  # the room stays the caller's
        case.body["role"] = "moderator"
    if operation == "inviteByLink" and isinstance(case.body.get("expires_at"), str):
        case.body["expires_at"] = "9999-12-31T23:59:59Z"
    if operation == "joinRoom" and isinstance(case.body.get("invitation"), str):  # to the room of somebody else that it is aimed at
        case.body["invitation"] = HAS.take("ticket")
    if operation == "banMember" and isinstance(case.body.get("until"), str):  # any time, and it has to be ahead
        case.body["until"] = "9999-12-31T23:59:59Z"
    if isinstance(case.body.get("reply_to"), str):
        case.body["reply_to"] = HAS.take("message")


def aim(case, operation: str):
    if operation in ("putPart", "completeUpload"):
        return aim_at_parts(case, operation)
    thing = "square" if operation in ("joinRoom", "leaveRoom") else below(IDS, case.path)
    if HAS.is_admin:
        thing = ABOUT.get(operation, thing)
    if thing and "id" in case.path_parameters:
        case.path_parameters["id"] = HAS.take(thing)
    if "user_id" in case.path_parameters:
        found = {"removeMember": HAS.member, "liftBan": HAS.banned, "banMember": lambda: HAS.take("outcast"),
                 "openDirectRoom": lambda: HAS.take("friend")}
        case.path_parameters["user_id"] = found.get(operation, lambda: HAS.take("person"))()
    if "invitation_id" in case.path_parameters:
        case.path_parameters["id"], case.path_parameters["invitation_id"] = HAS.invitation()
    if "message_id" in case.path_parameters:
        case.path_parameters["message_id"] = HAS.take("message")
    if case.path.startswith("/media/"):
        parts = HAS.link()
        case.path_parameters["path"] = parts.pop("path")
        if is_sound(case, ParameterLocation.QUERY):
            case.query.update({name: urllib.parse.unquote(value) for name, value in parts.items()})


def aim_at_parts(case, operation: str):
    """One part of one byte: what is put has its size, and what is completed has its name."""
    if operation == "completeUpload":
        case.path_parameters["id"], etag = HAS.take("stored")
        if is_sound(case, ParameterLocation.BODY) and isinstance(case.body, dict):
            case.body = {"parts": [{"number": 1, "etag": etag}]}
        return
    parts = dict(HAS.take("slot"))
    case.path_parameters["path"] = parts.pop("path")
    if is_sound(case, ParameterLocation.QUERY):
        case.query.update({name: urllib.parse.unquote(value) for name, value in parts.items()})
    if is_sound(case, ParameterLocation.BODY):
        case.body = b"x"


def version(case) -> str:
    path = below(VERSIONED, case.path)
    if ("/admin/" in path or "/moderation/" in path) and not HAS.is_admin:
        return '"1"'
    if path == "/v1/me":
        token = HAS.take("leaver").token if operation_id(case) == "eraseMe" else CALLER.token
        return people.version_of(SERVICE, path, token)
    return HAS.version(SERVICE, path.replace("{id}", str(case.path_parameters.get("id", ""))))


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code < 300 and response.request.method.lower() == case.operation.method.lower():
        ANSWERED.add(operation_id(case))
    ended = ENDS.get(operation_id(case))
    if ended and response.request.method.lower() == case.operation.method.lower() and response.status_code < 300:
        HAS.forget(ended)
    if response.headers.get("video-id"):
        HAS.forget("upload")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Passes over what is right all the same.

    Fields nobody knows are ignored, as HTTP says (RFC 9110, section 5.1), and so are those of the draft where tus is spoken. A method nobody knows is a malformed request to Envoy's parser.
    """
    data = case.meta.phase.data if case.meta else None
    if isinstance(failure, AcceptedNegativeData) and data.parameter_location == ParameterLocation.HEADER:
        if data.parameter in DRAFT and "Tus-Resumable" in case.headers:
            return False
        return getattr(data, "scenario", None) != CoverageScenario.OBJECT_UNEXPECTED_PROPERTIES
    return not (isinstance(failure, UnsupportedMethodResponse) and (is_unread(response) or is_unrouted(response)))


def is_unread(response) -> bool:
    """Whether the gateway could not read the request: it has then no id either, and says so in the document."""
    return THROUGH_GATEWAY and response.status_code in (400, 431) and "x-request-id" not in response.headers


def is_unrouted(response) -> bool:
    """Whether the gateway leads nowhere: what is open to everybody it lets through by the methods that are there, and no others."""
    return THROUGH_GATEWAY and response.status_code == 404 and json.loads(response.content).get("code") == "platform.not-found"


@schemathesis.check
def answers_as_every_route_does(context, response, case):
    """What holds for every answer of every service and is therefore in no single line of a document."""
    if is_unread(response):
        return
    status, fields = response.status_code, {name: values[0] for name, values in response.headers.items()}
    assert "x-request-id" in fields, "no X-Request-Id"
    assert fields.get("x-content-type-options") == "nosniff", "no X-Content-Type-Options: nosniff"
    for name in ("strict-transport-security", "content-security-policy", "referrer-policy") if THROUGH_GATEWAY else ():
        assert name in fields, f"no {name} by way of the gateway"
    needed = {401: "www-authenticate", 405: "allow", 429: "retry-after", 503: "retry-after"}.get(status)
    assert needed is None or needed in fields, f"{status} without {needed}"
    if status < 400 or response.request.method == "HEAD" or case.path == "/oauth2/token":
        return
    assert fields.get("content-type") == "application/problem+json", f"an error as {fields.get('content-type')}"
    assert fields.get("cache-control") == "no-store", "an error that may be kept"
    problem = json.loads(response.content)
    assert problem["status"] == status, f"a problem that says {problem['status']}"
    assert re.fullmatch(r"[a-z]+\.[a-z0-9-]+", problem["code"]), f"the code {problem['code']}"
    assert problem["request_id"] == fields["x-request-id"], "a problem of another request_id than X-Request-Id"
