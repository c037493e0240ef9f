"""An object store for tests (rclone): s3-server.py PORT READY FOLDER KEY,SECRET; READY is made when it listens, folders in FOLDER are buckets."""
import os
import socket
import sys
import time

port, ready, folder, login = sys.argv[1:]
parent = os.getpid()
if os.fork() == 0:
    # Beside it, since the server takes the place of this program and tells nobody when it listens.
    while os.getppid() == parent:
        try:
            socket.create_connection(("127.0.0.1", int(port))).close()
            open(ready, "w").close()
            break
        except OSError:
            time.sleep(0.02)
    os._exit(0)
rclone = os.path.join(sys.prefix, "bin", "rclone")
os.execv(rclone, [
    rclone, "serve", "s3", folder, "--addr", f"127.0.0.1:{port}", "--auth-key", login, "--config", "/dev/null", "--vfs-cache-mode", "off",
    "--dir-cache-time", "1s",
    # Otherwise parts must come in the order of their numbers.
    "--disable-multipart-streaming",
])
