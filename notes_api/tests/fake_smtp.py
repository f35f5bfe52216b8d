"""A mail server (RFC 5321) that keeps the mails it receives."""

import base64
import email
import email.policy
import socketserver
import threading
import time
from contextlib import contextmanager, suppress

from notes_api.tests.edge.server import eventually


class Postbox(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(
        self, *, refused=(), is_silent=False, is_slow=False, login=None, delay=0, extensions=(), port=0,
        on_stage=lambda stage: None,
    ):  # fmt: skip
        super().__init__(("127.0.0.1", port), Conversation)
        # Called in each conversation: at its "greeting", before the "data", and at the "quit" after a mail was taken.
        self.on_stage = on_stage
        self.refused, self.is_silent, self.is_slow, self.login = refused, is_silent, is_slow, login
        self.delay, self.extensions = delay, extensions
        self.mails = []

    @property
    def url(self):
        user, password = self.login or ("", "")
        userinfo = f"{user}:{password}@" if self.login else ""
        return f"smtp://{userinfo}127.0.0.1:{self.server_address[1]}"

    def mail(self):
        """Wait for the only mail and return it."""
        eventually(lambda: self.mails)
        [mail] = self.mails
        return mail

    def wait_for(self, recipient, count=1):
        """Wait for this number of mails to a recipient and return them."""

        def received():
            return [mail for mail in self.mails if mail.envelope == [recipient]]

        eventually(lambda: len(received()) >= count)
        return received()


class Conversation(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self):
        # A client may be killed.
        with suppress(ConnectionError):
            self.converse()

    def converse(self):
        if self.server.is_silent:
            self.rfile.readline()
            return
        while self.server.is_slow:
            # A line that never ends.
            self.wfile.write(b"2")
            time.sleep(0.02)
        time.sleep(self.server.delay)
        self.server.on_stage("greeting")
        self.say("220 postbox")
        self.recipients = []
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if verb.upper() == "QUIT":
                self.server.on_stage("quit")
                return
            self.say(getattr(self, verb.lower(), self.unknown)(rest))

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def unknown(self, rest):
        return "502 no such command"

    def ehlo(self, rest):
        lines = ["postbox", *self.server.extensions, *(["AUTH PLAIN"] if self.server.login else [])]
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    def auth(self, rest):
        _, user, password = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")
        return "235 welcome" if (user, password) == self.server.login else "535 who are you?"

    def mail(self, rest):
        self.sender = rest
        return "250 fine"

    def rcpt(self, rest):
        recipient = rest.partition(":")[2].strip("<>")
        if recipient in self.server.refused:
            return "550 nobody here"
        self.recipients.append(recipient)
        return "250 fine"

    def data(self, rest):
        self.server.on_stage("data")
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise ConnectionResetError
            lines.append(line.removeprefix(b"."))
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        message.envelope, message.sender = self.recipients, self.sender
        self.server.mails.append(message)
        return "250 taken"


@contextmanager
def postbox(**options):
    with Postbox(**options) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
