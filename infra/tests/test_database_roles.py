"""infra/k8s/db/roles.sql on a real PostgreSQL, run as a managed server's owner runs it: not as superuser."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

import pytest
from rendering import ROOT, SERVICES

PROGRAMS = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), default=None)
# Nobody takes anything out of these: a trigger refuses it before any right is asked for.
APPEND_ONLY = {"audit_events", "audit_head"}
DENIED = ["CREATE TABLE mine (id int)", "DROP TABLE {table}", "ALTER TABLE {table} ADD COLUMN more int", "TRUNCATE {table}"]


def run(*command, **options):
    account = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    return subprocess.run(command, capture_output=True, text=True, check=False, **account, **options)


class Server:
    def __init__(self, folder: pathlib.Path):
        assert PROGRAMS, "PostgreSQL is not installed (scripts/install-packages.sh run)"
        with contextlib.closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.data = folder / "data"
        made = run(PROGRAMS / "initdb", "-D", self.data, "-U", "root_of_all", "--auth=trust", "--no-sync", cwd="/")
        assert made.returncode == 0, made.stderr
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        started = run(PROGRAMS / "pg_ctl", "-D", self.data, "-w", "-l", folder / "log", "-o", options, "start", cwd="/")
        assert started.returncode == 0, started.stdout + started.stderr

    def stop(self):
        run(PROGRAMS / "pg_ctl", "-D", self.data, "-m", "immediate", "stop", cwd="/")

    def psql(self, user: str, database: str, *arguments: str):
        return run(PROGRAMS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                   "-U", user, "-d", database, *arguments, cwd="/")

    def make_roles(self, service: str):
        passwords = ("-v", "owner_password=it's", "-v", "service_password=secret")
        text = (ROOT / "infra/k8s/db/roles.sql").read_text()
        return run(PROGRAMS / "psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "hiroba_owner", "-d", "postgres",
                   "-v", f"service={service}", *passwords, cwd="/", input=text)


@pytest.fixture(scope="module")
def server():
    # Not pytest's own folders: they are closed to the account PostgreSQL runs under.
    with tempfile.TemporaryDirectory(prefix="hiroba-roles-") as name:
        if os.getuid() == 0:
            shutil.chown(name, "postgres")
        yield from serving(pathlib.Path(name))


def serving(folder: pathlib.Path):
    running = Server(folder)
    try:
        made = running.psql("root_of_all", "postgres", "-c", "CREATE ROLE hiroba_owner LOGIN CREATEROLE CREATEDB")
        assert made.returncode == 0, made.stderr
        for service in SERVICES:
            for _ in ("once", "and again"):
                roles = running.make_roles(service.replace("-", "_"))
                assert roles.returncode == 0, roles.stderr
        yield running
    finally:
        running.stop()


def migrations(service: str) -> list[pathlib.Path]:
    return sorted((ROOT / "services" / service / "Sources").glob("*Storage/Migrations/*.sql"))


@pytest.fixture(scope="module")
def migrated(server):
    """The server with every migration applied, as the owners."""
    for service in SERVICES:
        name = service.replace("-", "_")
        for file in migrations(service):
            applied = server.psql(f"{name}_owner", name, "-c", file.read_text())
            assert applied.returncode == 0, f"{file.name}: {applied.stderr}"
    return server


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_and_writes_every_table_and_changes_none(migrated, service):
    name = service.replace("-", "_")
    tables = migrated.psql(name, name, "-At", "-c", "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    assert tables.stdout.split(), tables.stderr
    for table in tables.stdout.split():
        for statement in (f"SELECT * FROM {table}", f"DELETE FROM {table} WHERE false", f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM {table} WHERE false"):
            done = migrated.psql(name, name, "-c", statement)
            if table in APPEND_ONLY and statement.startswith("DELETE"):
                assert f"{table} is append-only" in done.stderr
            else:
                assert done.returncode == 0, done.stderr
        for statement in DENIED:
            refused = migrated.psql(name, name, "-c", statement.format(table=table))
            assert refused.returncode != 0 and ("permission denied" in refused.stderr or "must be owner" in refused.stderr), statement


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_the_owner_takes_nothing_out_of_what_only_grows_either(migrated, table):
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        refused = migrated.psql("user_service_owner", "user_service", "-c", statement)
        assert refused.returncode != 0 and f"{table} is append-only" in refused.stderr, statement


def test_the_chats_function_may_be_called_by_the_service(migrated):
    call = "SELECT * FROM append_drafts('{}', '{}', '{}', '{}', '{}', '{}')"
    done = migrated.psql("chat_service", "chat_service", "-c", call)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_enters_another_services_database(server, service):
    name = service.replace("-", "_")
    for other in (s.replace("-", "_") for s in SERVICES if s != service):
        for role in (name, f"{name}_owner"):
            assert "permission denied for database" in server.psql(role, other, "-c", "SELECT 1").stderr
