"""Signs requests as botocore does: a JSON list on standard input, the Authorization field and the URL of each on standard output."""
import datetime
import json
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

asked = json.load(sys.stdin)
now = datetime.datetime.fromtimestamp(asked["time"], datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda remove_tzinfo=True: now.replace(tzinfo=None) if remove_tzinfo else now


def signed(case, in_field, in_query):
    auth = (in_query if case["isPresigned"] else in_field)
    request = AWSRequest(method=case["method"], url=case["url"], data=case["body"].encode(), headers=dict(case["headers"]))
    credentials = Credentials("AKID", "secret", case.get("token"))
    arguments = [credentials, case["service"], case["region"]] + ([case["lifetime"]] if case["isPresigned"] else [])
    auth(*arguments).add_auth(request)
    return request.url if case["isPresigned"] else request.headers["Authorization"]


def of_service(case):
    if case["service"] == "s3":
        return signed(case, botocore.auth.S3SigV4Auth, botocore.auth.S3SigV4QueryAuth)
    return signed(case, botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth)


print(json.dumps([of_service(case) for case in asked["cases"]]))
