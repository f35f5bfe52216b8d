"""A new database has the group Support, and `createuser --staff` creates a member of it."""

import subprocess
import sys

from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import PASSWORD, environment

RIGHTS_OF_STAFF = """
    SELECT auth_permission.codename FROM accounts_user
    JOIN accounts_user_groups ON accounts_user_groups.user_id = accounts_user.id
    JOIN auth_group_permissions ON auth_group_permissions.group_id = accounts_user_groups.group_id
    JOIN auth_permission ON auth_permission.id = auth_group_permissions.permission_id
    WHERE accounts_user.email = 'helper@example.com' AND accounts_user.is_staff
"""


def test_createuser_creates_staff_with_the_permissions_of_support(served_database):
    command = [sys.executable, "manage.py", "createuser", "helper@example.com", "--staff", "--password-stdin"]

    subprocess.run(command, cwd=ROOT, env=environment(served_database), input=PASSWORD, text=True, check=True)

    rights = {codename for (codename,) in served_database.query(RIGHTS_OF_STAFF)}
    users = {"view_user", "add_user", "change_user", "delete_user"}
    access = {"view_apitoken", "change_apitoken", "view_grant", "change_grant"}
    assert rights == users | access | {"view_note", "view_entry", "change_entry", "view_import", "view_export"}
