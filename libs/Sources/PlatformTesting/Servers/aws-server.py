"""AWS's interfaces for tests (moto): aws-server.py PORT READY, a file made when it listens."""
import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

port, ready = sys.argv[1:]
server = make_server("127.0.0.1", int(port), DomainDispatcherApplication(create_backend_app), threaded=True)
open(ready, "w").close()
server.serve_forever()
