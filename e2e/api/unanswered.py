"""Names the operations of a document that no caller got through to: what was only ever refused was not tested. unanswered.py DOCUMENT SEEN..."""
import pathlib
import sys

import yaml

METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}
# A plain request opens no socket; e2e does. Nor does it answer what was asked a moment before, with a code or a key; e2e/browser does. No
# mail is read here, and no account's time of grace is over; e2e reads mails and waits. What services give of accounts they give themselves.
NEVER = {
    "openSocket", "finishSignIn", "confirmSecondFactor", "removeSecondFactor", "replaceRecoveryCodes", "addPasskey", "removePasskey",
    "signInWithPasskey", "beginStepUp", "verifyEmail", "resetPassword", "confirmEmailChange", "reportErasure",
    "giveExportPiece",
}


def operations(document: dict) -> set[str]:
    return {item[method]["operationId"] for item in document["paths"].values() for method in METHODS & item.keys()}


if __name__ == "__main__":
    wanted = operations(yaml.safe_load(pathlib.Path(sys.argv[1]).read_text())) - NEVER
    answered = {line for file in sys.argv[2:] for line in pathlib.Path(file).read_text().split()}
    missing = sorted(wanted - answered)
    print("\n".join(f"nobody got through to {name}" for name in missing), end="\n" if missing else "")
    sys.exit(1 if missing else 0)
