"""Requests about an account, and the links in the mails that they send."""

import re

from accounts.models import User
from conftest import NEW_PASSWORD, PASSWORD
from outbox.worker import worker

LINK = re.compile(r"^https?://\S+\?token=\S+$", re.MULTILINE)
NEW_EMAIL = "new@example.com"
CREDENTIALS = {"username": "alice@example.com", "password": PASSWORD}


def link_in(mail):
    """Return the only link of a mail."""
    [link] = LINK.findall(mail.body)
    return link


def token_in(mail):
    return link_in(mail).partition("?token=")[2]


def text_in(mail):
    """Return the text of the mail without line ends and capitals."""
    return " ".join(mail.body.split()).lower()


def shape(query):
    """Return the statement without its values."""
    return re.sub(r"'[^']*'", "?", query["sql"])


def send_waiting(time_machine, seconds=100):
    """Carry out what the outbox has to do after this time."""
    time_machine.shift(seconds)
    worker.work()


def ask_for_reset(client, email="alice@example.com", address="203.0.113.5", **headers):
    return client.post("/password/reset", {"email": email}, REMOTE_ADDR=address, headers=headers)


def log_in(client, password, email="alice@example.com"):
    return client.post("/login", {"username": email, "password": password}).status_code


def register(client, email="alice@example.com", password="correct horse battery", address="203.0.113.5"):
    return client.post("/users", {"email": email, "password": password}, REMOTE_ADDR=address)


def verify(client, token):
    return client.post("/email/verify", {"token": token})


def ask_for_verification(client, email="alice@example.com", address="203.0.113.5", **headers):
    return client.post("/email/verify/send", {"email": email}, REMOTE_ADDR=address, headers=headers)


def choose_password(client, token, password):
    """Send the form of a reset link."""
    return client.post("/password/reset/confirm", {"token": token, "new_password": password}).status_code


def change_email(client, email="new@example.com", password="correct horse battery", **members):
    return client.patch("/users/me", {"email": email, "current_password": password, **members})


def email_of(user):
    return User.objects.get(pk=user.pk).email


def erase_account(client, password=PASSWORD, **extra):
    return client.post("/users/me/erase", {"password": password}, **extra)


def send_password_change(client, new=NEW_PASSWORD, current=PASSWORD, **members):
    return client.post("/users/me/password", {"current_password": current, "new_password": new, **members})


def try_to_log_in(client, password=PASSWORD, email="alice@example.com", **members):
    return client.post("/login", {"username": email, "password": password, **members})
