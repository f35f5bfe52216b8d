#!/bin/sh
# Checks that the locks match pyproject.toml and requirements/*.in. Compiles them in a copy and prefers the locked
# versions, so that a newer release does not change the result. Uses the cache of uv first, then the registry.
set -eu
copy=$1

compiles_to_the_same() {
    rm -rf "$copy" && mkdir "$copy" && cp -R pyproject.toml requirements "$copy"
    make --no-print-directory lock LOCK_DIR="$copy" ARGS="$1" >"$copy/output" 2>&1 &&
        diff -ru requirements "$copy/requirements" >>"$copy/output"
}

if compiles_to_the_same --offline || compiles_to_the_same ""; then
    exit 0
fi
if grep -q "Failed to fetch" "$copy/output" && [ -z "${CI:-}" ]; then
    echo "Not checked: the package registry cannot be reached."
    exit 0
fi
cat "$copy/output"
echo "The locks do not match pyproject.toml and requirements/*.in. Run: make lock"
exit 1
