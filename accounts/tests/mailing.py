"""What people find in their mailbox, and what they do with it."""

import re

LINK = re.compile(r"^https?://\S+\?token=\S+$", re.MULTILINE)


def link_in(mail):
    """The one link of a mail."""
    [link] = LINK.findall(mail.body)
    return link


def token_in(mail):
    return link_in(mail).partition("?token=")[2]


def ask_for_reset(client, email="alice@example.com", address="203.0.113.5", **headers):
    return client.post("/password/reset", {"email": email}, REMOTE_ADDR=address, headers=headers)


def log_in(client, password, email="alice@example.com"):
    return client.post("/login", {"username": email, "password": password}).status_code


def refused_fields(response):
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def register(client, email="alice@example.com", password="correct horse battery", address="203.0.113.5"):
    return client.post("/users", {"email": email, "password": password}, REMOTE_ADDR=address)


def verify(client, token):
    return client.post("/email/verify", {"token": token})


def ask_for_verification(client, email="alice@example.com", address="203.0.113.5", **headers):
    return client.post("/email/verify/send", {"email": email}, REMOTE_ADDR=address, headers=headers)


def choose_password(client, token, password):
    """What the form behind a reset link sends."""
    return client.post("/password/reset/confirm", {"token": token, "new_password": password}).status_code


def change_email(client, email="new@example.com", password="correct horse battery", **members):
    return client.patch("/users/me", {"email": email, "current_password": password, **members})
