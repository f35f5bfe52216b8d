"""Undoing what a program with access through OAuth has changed."""

import pytest

from accounts.flows.revocation import remove_clients
from accounts.models import Grant, OAuthClient
from accounts.scopes import Scope
from accounts.tests.grants import access_token_of
from notes.tests.undos import LATER, MILK, note, phone, state, undone
from notes_api.tests.product_client import ProductClient

__all__ = ["note", "phone"]


@pytest.fixture
def agent(alice):
    """A program that Alice allowed to write."""
    client = ProductClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token_of(alice, Scope.WRITE)}")
    return client


@pytest.mark.parametrize("ended", ["no", "by its owner", "with its program"])
def test_what_a_program_has_changed_is_put_back(phone, agent, note, ended):
    agent.patch(f"/notes/{note}", {"title": "Bread", "is_pinned": False}).json()
    client, grant = OAuthClient.objects.get(), Grant.objects.get().pk
    assert phone.get(f"/notes/{note}").json()["changed_by"]["kind"] == "grant"
    if ended == "by its owner":
        phone.delete(f"/grants/{grant}")
    elif ended == "with its program":
        remove_clients([client])

    response = phone.post(f"/grants/{grant}/undo", {"since": LATER})

    assert response.json() == undone(note)
    assert state(phone, note) == MILK


def test_the_grant_of_another_user_is_not_found(agent, note, as_user, mallory):
    agent.patch(f"/notes/{note}", {"title": "Bread"})

    response = as_user(mallory).post(f"/grants/{Grant.objects.get().pk}/undo", {"since": LATER})

    assert response.status_code == 404
