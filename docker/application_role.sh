#!/bin/sh
# Let the application's role own its database and nothing else.
#
# The image of PostgreSQL runs this when it creates a cluster. Run it once by hand in a cluster whose superuser is the
# application's role (docs/operating.md, "Upgrades and restarts"). It may be repeated.
set -eu

sql() { psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 --dbname="$DATABASE_NAME" --username="$@"; }

if [ "$DATABASE_USERNAME" = "$POSTGRES_USER" ]; then
    echo "DATABASE_USERNAME must not be $POSTGRES_USER, which is the superuser." >&2
    exit 1
fi

# The role that created the cluster has to stay a superuser, so it gets another name. No role can rename itself.
if ! sql "$POSTGRES_USER" --command='SELECT 1' >/dev/null 2>&1; then
    sql "$DATABASE_USERNAME" --command='CREATE ROLE renames_the_superuser LOGIN SUPERUSER'
    sql renames_the_superuser --command="ALTER ROLE \"$DATABASE_USERNAME\" RENAME TO \"$POSTGRES_USER\""
    sql "$POSTGRES_USER" --command='DROP ROLE renames_the_superuser'
fi

# Without a password, the superuser can log in only through the Unix socket in the container.
sql "$POSTGRES_USER" --single-transaction <<'SQL'
\getenv superuser POSTGRES_USER
\getenv application DATABASE_USERNAME
\getenv password DATABASE_PASSWORD
\getenv database DATABASE_NAME
SELECT format('CREATE ROLE %I', :'application')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'application') \gexec
ALTER ROLE :"application" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
ALTER ROLE :"superuser" PASSWORD NULL;
ALTER DATABASE :"database" OWNER TO :"application";
SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, :'application')
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') \gexec
SQL
