"""Codes of an app, made by pyotp of what zbar reads from the picture."""
import subprocess
import time

import pyotp
import pytest
from platform_client import Person, ask


@pytest.fixture
def person():
    return Person()


def scanned(picture: str, folder) -> str:
    """What a reader finds in the picture."""
    (folder / "code.svg").write_text(picture)
    subprocess.run(["rsvg-convert", "-w", "600", "-o", folder / "code.png", folder / "code.svg"], check=True)
    read = subprocess.run(["zbarimg", "--quiet", "--raw", folder / "code.png"], check=True, capture_output=True, text=True)
    return read.stdout.strip()


def test_an_app_that_reads_the_picture_makes_the_codes(person, tmp_path):
    offer = person.ask("POST", "/v1/me/mfa/totp").json
    uri = scanned(offer["qr_svg"], tmp_path)
    assert uri == offer["otpauth_uri"]
    app = pyotp.parse_uri(uri)
    assert app.secret == offer["secret"] and app.issuer == "Hiroba" and app.name == person.email
    now = time.time()
    codes = {step: app.at(now + 30 * step) for step in (-1, 0, 1)}
    confirmed = person.ask("POST", "/v1/me/mfa/totp/confirm", {"code": codes[-1]})
    assert confirmed.status == 200 and len(set(confirmed.json["recovery_codes"])) == 10, confirmed.json
    first = person.sign_in()
    assert first.status == 401 and first.code == "user.mfa-required"
    step = {"mfa_token": first.json["mfa_token"]}
    for wrong in (codes[-1], "000000", "", confirmed.json["recovery_codes"][0][:-1]):
        assert ask("POST", "/v1/sessions/mfa", step | {"code": wrong}).code == "user.mfa-code-wrong"
    tokens = ask("POST", "/v1/sessions/mfa", step | {"code": codes[0]})
    assert tokens.status == 201, tokens.json
    assert ask("POST", "/v1/sessions/mfa", step | {"code": codes[1]}).code == "user.mfa-token-invalid"
    stepped = ask("POST", "/v1/sessions/step-up", {"code": codes[1]}, tokens.json["access_token"])
    assert stepped.status == 200, stepped.json
    again = {"mfa_token": person.sign_in().json["mfa_token"]}
    assert ask("POST", "/v1/sessions/mfa", again | {"code": codes[1]}).code == "user.mfa-code-wrong"
    paper = confirmed.json["recovery_codes"][0]
    assert ask("POST", "/v1/sessions/mfa", again | {"code": paper.lower()}).status == 201
    removed = ask("DELETE", "/v1/me/mfa/totp", {"code": confirmed.json["recovery_codes"][1]}, tokens.json["access_token"])
    assert removed.status == 204
    assert person.sign_in().status == 201
