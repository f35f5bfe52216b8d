FROM python:3.13-slim-trixie AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/base.txt /build/base.txt
# The image's own pip installs into the virtual environment, which therefore needs no pip.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --require-hashes --requirement /build/base.txt

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
# Settings come only from the environment of the container.
ENV ENV_FILE=/dev/null HOST=0.0.0.0 DATABASE_PATH=/data/notes.sqlite3 SPOOL_DIR=/data BACKUP_DIR=/data/backups
# `manage.py backup` and `restore` use pg_dump, pg_restore and psql, of the version in docker-compose.yml.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home notes && install --directory --owner=notes --group=notes --mode=700 /data
COPY --from=builder /venv /venv
WORKDIR /app
COPY . .
# Importing the application writes the bytecode of all modules it uses and checks that the image starts.
# The link makes `data/` in a setting name the volume, as it names a directory of the checkout outside a container.
RUN ln -s /data data \
    && python -m compileall -q /app \
    && DEBUG=true SECRET_KEY=build DATABASE_PATH=/tmp/build.sqlite3 \
       DJANGO_SETTINGS_MODULE=notes_api.settings python -c "import gunicorn.app.wsgiapp, notes_api.server.draining_server, notes_api.server.master" \
    && DEBUG=true SECRET_KEY=build DATABASE_PATH=/tmp/build.sqlite3 python manage.py check \
    && rm -f /tmp/build.sqlite3*
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8000), timeout=4); c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["python", "-m", "gunicorn", "-c", "gunicorn.conf.py", "notes_api.asgi:application"]
