"""Actions of staff in the admin."""

import html
import re

from conftest import NEW_PASSWORD

USERS = "/admin/accounts/user/"
API_TOKENS = "/admin/accounts/apitoken/"


def page_of(user):
    return f"{USERS}{user.pk}/change/"


def run(browser, action, *users):
    """Run an action on these users from the list."""
    data = {"action": action, "_selected_action": [str(user.pk) for user in users]}
    return browser.post(USERS, data, follow=True)


def save(browser, user, **values):
    """Save the page of the user with these values changed; an empty value unticks a box."""
    form = {"email": user.email, "is_active": "on" if user.is_active else "", **values}
    return browser.post(page_of(user), {name: value for name, value in form.items() if value}, follow=True)


def new_user(browser, email, password=NEW_PASSWORD, again=None):
    form = {"email": email, "password1": password, "password2": again or password}
    return browser.post(f"{USERS}add/", form, follow=True)


def filter_links(page):
    """Return the links of the filters beside the list."""
    choices = page.content.decode().partition('id="changelist-filter"')[2]
    return [html.unescape(link) for link in re.findall(r'<a href="(\?[^"]*)">', choices)]


def revoke_tokens(browser, *tokens):
    data = {"action": "revoke", "_selected_action": [str(token.pk) for token in tokens]}
    return browser.post(API_TOKENS, data, follow=True)


def text_of(response):
    return response.content.decode()
