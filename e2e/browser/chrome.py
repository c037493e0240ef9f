"""A real browser, spoken to by the Chrome DevTools Protocol, with an authenticator of its own (WebDriver's virtual one)."""
import contextlib
import json
import shutil
import subprocess
import tempfile

from websockets.sync.client import connect

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


class Refused(Exception):
    """What a page's promise was rejected with."""


class Page:
    """One page at one address, and what its authenticators hold."""

    def __init__(self, socket, session: str):
        self._socket, self._session, self._number = socket, session, 0

    def send(self, method: str, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise Refused(answer["error"]["message"])
                return answer["result"]

    def evaluate(self, script: str):
        """What the script's promise comes to; Refused when it is rejected."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in result:
            raise Refused(result["exceptionDetails"].get("exception", {}).get("description", "refused"))
        return result["result"].get("value")

    def authenticator(self, *, synced: bool, verifies: bool = True) -> str:
        """Adds one that is touched and unlocked by itself, and answers its id."""
        self.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": verifies, "automaticPresenceSimulation": True,
            "defaultBackupEligibility": synced, "defaultBackupState": synced,
        }
        return self.send("WebAuthn.addVirtualAuthenticator", options=options)["authenticatorId"]

    def credentials(self, authenticator: str) -> list[dict]:
        return self.send("WebAuthn.getCredentials", authenticatorId=authenticator)["credentials"]

    def create(self, options: dict) -> dict:
        return self.evaluate(
            f"navigator.credentials.create({{publicKey: PublicKeyCredential.parseCreationOptionsFromJSON({json.dumps(options)})}})"
            ".then(made => made.toJSON())"
        )

    def get(self, options: dict) -> dict:
        return self.evaluate(
            f"navigator.credentials.get({{publicKey: PublicKeyCredential.parseRequestOptionsFromJSON({json.dumps(options)})}})"
            ".then(made => made.toJSON())"
        )


@contextlib.contextmanager
def page(address: str):
    """A page at `address` in a browser that ends with it."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    assert program, "no Chromium here: scripts/install-packages.sh browser"
    with tempfile.TemporaryDirectory(prefix="hiroba-browser-", ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            line = next((line for line in browser.stderr if line.startswith("DevTools listening on ")), None)
            assert line, "the browser does not start"
            with connect(line.split()[-1], max_size=None) as socket:
                target = Page(socket, "").send("Target.createTarget", url=address)["targetId"]
                session = Page(socket, "").send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
                opened = Page(socket, session)
                while opened.evaluate("location.href + document.readyState") != f"{address}complete":
                    pass
                yield opened
        finally:
            browser.kill()
            browser.wait()
