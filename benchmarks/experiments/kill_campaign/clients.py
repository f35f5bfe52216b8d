"""Writers that remember what was acknowledged while everything is killed, and log in again when they have to."""

import threading
import time
from contextlib import suppress

import httpx

from notes_api.tests.live_server import PASSWORD
from notes_api.tests.test_product_restarts import Load, Writer

# Seconds between two attempts of a writer that was refused.
PAUSE = 0.1


class PatientWriter(Writer):
    email = None

    def __init__(self, server, token, *, keeps_connection=True):
        super().__init__(server, token, keeps_connection=keeps_connection)
        self.may_write = server.may_write
        self.is_idle = threading.Event()

    def send(self, method, path, body, expected):
        while not self.may_write.is_set() and not self.is_over:
            self.is_idle.set()
            time.sleep(PAUSE / 10)
        self.is_idle.clear()
        unauthorized = self.heard[401]
        note = super().send(method, path, body, expected)
        # The writers do not have to be fast, and must leave time for what is killed.
        time.sleep(PAUSE if note is None else PAUSE / 2)
        if self.heard[401] > unauthorized and self.email:
            with suppress(httpx.TransportError):
                self.token = new_token(self.server.url, self.email) or self.token
        return note


def new_token(url, email):
    answer = httpx.post(f"{url}/login", json={"username": email, "password": PASSWORD}, timeout=60, verify=False)
    return answer.json()["access_token"] if answer.status_code == 200 else None


class PatientLoad(Load):
    writer_class = PatientWriter

    def __enter__(self):
        self.server.may_write = threading.Event()
        self.server.may_write.set()
        super().__enter__()
        for (_, client), writer in zip(self.clients, self.writers, strict=True):
            writer.email = client.email
        return self

    def pause(self):
        """Let every writer finish its request and wait."""
        self.server.may_write.clear()
        for writer in self.writers:
            writer.is_idle.wait(60)

    def resume(self):
        self.server.may_write.set()

    def missing(self):
        for _, client in self.clients:
            client.headers["Authorization"] = f"Bearer {new_token(self.server.url, client.email)}"
        return super().missing()
