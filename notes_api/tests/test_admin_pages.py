"""Errors of the admin are pages, not problems."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import path

from notes_api import urls
from notes_api.tests.test_problems import broken, forbidden

urlpatterns = [path("admin/broken", broken), path("admin/forbidden", forbidden), path("admin/", admin.site.urls)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture
def stranger():
    """A browser that gets a response for an exception, and whose forms carry no CSRF token."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def page_of(response):
    """Return the status and the title, after a check of the admin's headers."""
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    return response.status_code, response.content.decode().partition("<title>")[2].partition("</title>")[0]


def test_a_page_that_staff_may_not_see_gets_a_403_page(in_admin, staff):
    assert page_of(in_admin(staff).get("/admin/accounts/user/")) == (403, "403 Forbidden")


@pytest.mark.parametrize("address", ["/admin/nothing", "/admin/accounts/nothing/"])
def test_an_unknown_page_of_the_admin_gets_a_404_page(in_admin, superuser, address):
    assert page_of(in_admin(superuser).get(address)) == (404, "Not Found")


def test_a_form_without_its_token_is_a_page(stranger):
    assert page_of(stranger.post("/admin/login/")) == (403, "403 Forbidden")


def test_a_form_of_too_many_fields_is_a_page():
    form = "&".join(["a=1"] * 2000)

    response = Client().post("/admin/login/", form, content_type="application/x-www-form-urlencoded")

    assert page_of(response) == (400, "Bad Request (400)")


@pytest.mark.parametrize("host", ["evil.example", "localhost:x", "a b", "[::1"])
def test_an_unknown_host_is_a_page(stranger, host):
    assert page_of(stranger.get("/admin/", headers={"Host": host})) == (400, "Bad Request (400)")


@pytest.mark.urls(__name__)
def test_a_permission_error_of_django_is_a_page(stranger):
    assert page_of(stranger.get("/admin/forbidden")) == (403, "403 Forbidden")


@pytest.mark.urls(__name__)
def test_an_exception_in_the_admin_is_a_page_without_details(stranger):
    response = stranger.get("/admin/broken")

    assert page_of(response) == (500, "Server Error (500)")
    assert b"ZeroDivisionError" not in response.content
