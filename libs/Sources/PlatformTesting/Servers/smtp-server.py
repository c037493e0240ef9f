"""A mail server for tests (aiosmtpd): smtp-server.py OPTIONS, a JSON object.

port, ready (a file made when it listens), folder (where messages go, one JSON file each), tls (none, starttls, implicit), certificate, key,
login ([user, password]), mechanisms (those not offered), size, utf8, faults ({step: [what, ...]}, one used each time the step is reached).
A step is mail, rcpt, data (before 354), end (after the message), rset. A fault is "pass", "cut", "silence" or a reply; 421 also ends the connection.
"""
import asyncio
import base64
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

options = json.loads(sys.argv[1])
counts = {"connections": 0, "messages": 0}


class Server(SMTP):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        counts["connections"] += 1
        self.number = counts["connections"]

    async def fault(self, step):
        """The reply to give instead of going on; nothing to go on."""
        waiting = options["faults"].get(step, [])
        what = waiting.pop(0) if waiting else "pass"
        if what == "pass":
            return None
        if what == "cut":
            self.transport.abort()
        if what in ("cut", "silence"):
            await asyncio.Event().wait()  # ended with the connection
        if what.startswith("421"):
            await self.push(what)
            self.transport.close()
            await asyncio.Event().wait()
        return what

    async def smtp_DATA(self, arg):
        refusal = await self.fault("data")
        if refusal:
            await self.push(refusal)
        else:
            await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg):
        refusal = await self.fault("rset")
        if refusal:
            await self.push(refusal)
        else:
            await super().smtp_RSET(arg)


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        refusal = await server.fault("mail")
        if refusal:
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        refusal = await server.fault("rcpt")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        counts["messages"] += 1
        message = {
            "sender": envelope.mail_from, "recipients": envelope.rcpt_tos, "options": envelope.mail_options,
            "content": base64.b64encode(envelope.original_content).decode(), "client": session.host_name,
            "login": session.auth_data, "isEncrypted": server.transport.get_extra_info("sslcontext") is not None,
            "connection": server.number,
        }
        path = f"{options['folder']}/{counts['messages']:06}.json"
        with open(path + ".part", "w") as file:
            json.dump(message, file)
        os.rename(path + ".part", path)
        return await server.fault("end") or "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    given = [data.login.decode(), data.password.decode()]
    return AuthResult(success=given == options.get("login"), handled=False, auth_data=f"{mechanism} {given[0]}")


async def main():
    context = None
    if options["tls"] != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])

    def server():
        return Server(
            Handler(), hostname="mx.test", enable_SMTPUTF8=options["utf8"], data_size_limit=options["size"],
            tls_context=context if options["tls"] == "starttls" else None, require_starttls=options["tls"] == "starttls",
            authenticator=authenticate if options.get("login") else None, auth_required=bool(options.get("login")),
            auth_require_tls=options["tls"] == "starttls", auth_exclude_mechanism=options["without"])

    loop = asyncio.get_running_loop()
    implicit = context if options["tls"] == "implicit" else None
    listening = await loop.create_server(server, "127.0.0.1", options["port"], ssl=implicit)
    open(options["ready"], "w").close()
    await listening.serve_forever()


asyncio.run(main())
