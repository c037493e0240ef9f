"""OpenStack Swift for tests, speaking as S3 does: openstack-server.py PORT READY FOLDER USER,KEY; READY is made when it listens.

All four of its servers in this one process, one copy of everything in FOLDER; USER is as tempauth has it, account:name.
"""
import eventlet

eventlet.monkey_patch()

import logging  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.http_protocol import SwiftHttpProtocol  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402

FILTERS = ["catch_errors", "gatekeeper", "listing_formats", "bulk", "s3api", "tempauth", "copy", "slo", "dlo", "symlink"]


def configuration(folder, kind, pipeline, **settings):
    lines = ["[DEFAULT]", f"swift_dir = {folder}", f"devices = {folder}/node", "mount_check = false", "disable_fallocate = true",
             "[pipeline:main]", f"pipeline = {' '.join(pipeline)} {kind}-server", f"[app:{kind}-server]", f"use = egg:swift#{kind}"]
    lines += [f"{name} = {value}" for name, value in settings.pop("app", {}).items()]
    for name in pipeline:
        lines += [f"[filter:{name}]", f"use = egg:swift#{name}"]
        lines += [f"{name} = {value}" for name, value in settings.get(name, {}).items()]
    path = f"{folder}/{kind}.conf"
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    return path


def main(port, ready, folder, login):
    user, key = login.split(",")
    os.makedirs(f"{folder}/node/disk")
    with open(f"{folder}/swift.conf", "w") as file:
        file.write("[swift-hash]\nswift_hash_path_prefix = tests\nswift_hash_path_suffix = tests\n")
    utils.SWIFT_CONF_FILE = f"{folder}/swift.conf"
    utils.HASH_PATH_PREFIX = utils.HASH_PATH_SUFFIX = b""
    sockets = {"proxy": eventlet.listen(("127.0.0.1", int(port)))}
    for kind in ("account", "container", "object"):
        sockets[kind] = eventlet.listen(("127.0.0.1", 0))
        ring = RingBuilder(4, 1, 0)
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "weight": 1, "ip": "127.0.0.1", "device": "disk",
                      "port": sockets[kind].getsockname()[1]})
        ring.rebalance()
        ring.get_ring().save(f"{folder}/{kind}.ring.gz")

    from swift.common.wsgi import loadapp  # reads swift.conf
    proxy = {"app": {"account_autocreate": "true"}, "tempauth": {f"user_{user.replace(':', '_')}": f"{key} .admin"},
             "s3api": {"location": "us-east-1", "s3_acl": "false"}}
    for kind, socket in sockets.items():
        path = configuration(folder, kind, FILTERS if kind == "proxy" else [], **(proxy if kind == "proxy" else {}))
        eventlet.spawn(wsgi.server, socket, loadapp(path), log=logging.getLogger("quiet"), log_output=False,
                       protocol=SwiftHttpProtocol)
    open(ready, "w").close()
    eventlet.spawn(eventlet.event.Event().wait).wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
