"""Time the operations that change every note of an account: `python -m benchmarks.experiments.large_writes`.

Prints the CPU seconds of the server and of its process of PostgreSQL. The database that the environment names must be
empty the first time.
"""

import argparse
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command

from accounts.authentication.tokens import AccessToken
from accounts.models import Session, User
from notes.tests.large_account import cost_of, fill
from notes_api.tests.product_client import ProductClient

PASSWORD = "a long quiet walk"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--notes", type=int, default=100_000)
    count = parser.parse_args().notes
    call_command("migrate", verbosity=0)
    user = User.objects.create_user(f"{uuid4().hex}@example.com", PASSWORD)
    fill(user, count)
    client = ProductClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(Session.objects.create(user=user))}")

    def measure(name: str, method: str, path: str, body: object = None) -> None:
        response, seconds = cost_of(lambda target: getattr(client, method)(target, body, format="json"), path)
        print(f"{seconds:6.1f} s  {response.status_code}  {name}", flush=True)

    measure("rename a tag of every note", "patch", "/tags/t0", {"name": "renamed"})
    user.notes.update(trashed_at=user.created_at)
    measure("empty the trash", "delete", "/trash")
    user.notes.all().delete()
    fill(user, count)
    measure("erase the account", "post", "/users/me/erase", {"password": PASSWORD})


if __name__ == "__main__":
    main()
