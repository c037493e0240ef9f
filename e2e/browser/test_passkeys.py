"""Passkeys of a real browser, and py_webauthn's word on each of them."""
import base64
import json

import pytest
import webauthn
from chrome import Refused, page
from platform_client import ADDRESS, Person, ask

HOST = ADDRESS.split("//")[1].split(":")[0]


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture(scope="module")
def browser():
    with page(f"{ADDRESS}/.well-known/openid-configuration") as opened:
        yield opened


@pytest.fixture
def person():
    return Person()


def added(browser, person, name="鍵"):
    """A passkey made for the person, and what the second judge keeps of it."""
    options = person.ask("POST", "/v1/me/passkeys/options")
    assert options.status == 200, options.json
    credential = browser.create(options.json)
    judged = webauthn.verify_registration_response(
        credential=json.dumps(credential), expected_challenge=octets(options.json["challenge"]), expected_rp_id=HOST,
        expected_origin=ADDRESS, require_user_verification=True)
    answer = person.ask("POST", "/v1/me/passkeys", {"credential": credential, "name": name})
    assert answer.status == 201, answer.json
    return answer.json, credential, judged


def asserted(browser, options=None):
    options = options or ask("POST", "/v1/sessions/passkey/options").json
    return options, browser.get(options)


def claims(token: str) -> dict:
    return json.loads(octets(token.split(".")[1]))


@pytest.mark.parametrize("synced", [True, False])
def test_a_passkey_of_a_browser_signs_in_and_the_second_judge_agrees(browser, person, synced):
    authenticator = browser.authenticator(synced=synced)
    passkey, _, judged = added(browser, person)
    assert passkey["synced"] == synced == (judged.credential_device_type == "multi_device") and passkey["name"] == "鍵"
    count = judged.sign_count
    for _ in range(2):
        options, credential = asserted(browser)
        used = webauthn.verify_authentication_response(
            credential=json.dumps(credential), expected_challenge=octets(options["challenge"]), expected_rp_id=HOST,
            expected_origin=ADDRESS, credential_public_key=judged.credential_public_key, credential_current_sign_count=count,
            require_user_verification=True)
        count = used.new_sign_count
        answer = ask("POST", "/v1/sessions/passkey", {"credential": credential})
        assert answer.status == 201 and answer.json["user_id"] == person.id, answer.json
        said = claims(answer.json["access_token"])
        assert said["amr"] == ["swk" if synced else "hwk"] and said["acr"] == "2"
        # The same answer once more.
        assert ask("POST", "/v1/sessions/passkey", {"credential": credential}).code == "user.passkey-refused"
    assert [item["id"] for item in person.ask("GET", "/v1/me/passkeys").json["items"]] == [passkey["id"]]
    assert person.ask("DELETE", f"/v1/me/passkeys/{passkey['id']}").status == 204
    _, credential = asserted(browser)
    assert ask("POST", "/v1/sessions/passkey", {"credential": credential}).code == "user.passkey-refused"
    assert person.sign_in().status == 201
    browser.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=authenticator)


def test_a_passkey_of_a_browser_is_shown_again(browser, person):
    authenticator = browser.authenticator(synced=True)
    passkey, _, judged = added(browser, person)
    options = person.ask("POST", "/v1/sessions/step-up/options").json
    assert [allowed["id"] for allowed in options["allowCredentials"]] == [
        base64.urlsafe_b64encode(judged.credential_id).rstrip(b"=").decode()]
    credential = {"credential": browser.get(options)}
    stepped = person.ask("POST", "/v1/sessions/step-up", credential)
    assert stepped.status == 200, stepped.json
    said = claims(stepped.json["access_token"])
    assert said["amr"] == ["pwd", "swk"] and said["acr"] == "2"
    assert person.ask("POST", "/v1/sessions/step-up", credential).code == "user.passkey-refused"
    assert ask("DELETE", f"/v1/me/passkeys/{passkey['id']}", None, stepped.json["access_token"]).status == 204
    browser.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=authenticator)


def test_one_authenticator_makes_one_passkey_for_an_account(browser, person):
    authenticator = browser.authenticator(synced=True)
    added(browser, person)
    with pytest.raises(Refused, match="InvalidStateError"):
        added(browser, person)
    browser.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=authenticator)


def test_an_authenticator_that_nobody_unlocks_makes_none(browser, person):
    authenticator = browser.authenticator(synced=True, verifies=False)
    with pytest.raises(Refused, match="NotAllowedError"):
        added(browser, person)
    browser.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=authenticator)


def test_every_field_of_an_answer_counts(browser, person):
    authenticator = browser.authenticator(synced=True)
    added(browser, person)
    for name in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for place in (0, -1):
            _, credential = asserted(browser)
            changed = bytearray(octets(credential["response"][name]))
            changed[place] ^= 1
            credential["response"][name] = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
            answer = ask("POST", "/v1/sessions/passkey", {"credential": credential})
            assert answer.code == "user.passkey-refused", f"{name}[{place}]: {answer.json}"
    _, credential = asserted(browser)
    assert ask("POST", "/v1/sessions/passkey", {"credential": credential}).status == 201
    browser.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=authenticator)


def test_a_page_of_another_origin_gets_nowhere(person):
    # The same host at another port of this machine is another origin, of the same relying party.
    other = f"http://{HOST}:{int(ADDRESS.rsplit(':', 1)[1]) + 1}"
    with page(f"{other}/.well-known/openid-configuration") as browser:
        browser.authenticator(synced=True)
        options = person.ask("POST", "/v1/me/passkeys/options").json
        refused = person.ask("POST", "/v1/me/passkeys", {"credential": browser.create(options)})
        assert refused.status == 422 and refused.code == "user.passkey-refused", refused.json
