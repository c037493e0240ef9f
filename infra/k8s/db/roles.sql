-- The roles and the database of one service, made once per environment by the owner of the server, and harmless when run again:
--   psql "$OWNER_URL" -v service=chat_service -v owner_password=... -v service_password=... -f roles.sql
--
-- X_owner owns the tables and is used by the migration job alone. X reads and writes rows and can change no table: whoever takes the
-- service over cannot drop or rebuild what others rely on. Neither can connect to another service's database. (docs/db.md)
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', name, password)
FROM (VALUES (:'service' || '_owner', :'owner_password'), (:'service', :'service_password')) AS wanted (name, password)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- The owner of a managed server is no superuser: it acts for a role only as its member.
SELECT format('GRANT %I TO CURRENT_USER', :'service' || '_owner') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'service', :'service' || '_owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'service') \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', :'service', :'service') \gexec

\connect :service
SELECT format('SET ROLE %I', :'service' || '_owner') \gexec
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SELECT format('GRANT USAGE, CREATE ON SCHEMA public TO %I', :'service' || '_owner') \gexec
SELECT format('GRANT USAGE ON SCHEMA public TO %I', :'service') \gexec
-- What migrations make from now on; TRUNCATE, REFERENCES and TRIGGER stay with the owner.
SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', :'service') \gexec
SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO %I', :'service') \gexec
