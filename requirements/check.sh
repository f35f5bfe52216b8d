#!/bin/sh
# Do the locks follow from requirements/*.in? Compiled in a copy, with what is locked as the preference, so that
# a newer release upstream changes nothing. First from what uv has cached, then from the registry.
set -eu
copy=$1

compiles_to_the_same() {
    rm -rf "$copy" && mkdir "$copy" && cp -R requirements "$copy"
    make --no-print-directory lock LOCK_DIR="$copy" ARGS="$1" >"$copy/output" 2>&1 &&
        diff -ru requirements "$copy/requirements" >>"$copy/output"
}

if compiles_to_the_same --offline || compiles_to_the_same ""; then
    exit 0
fi
if grep -q "Failed to fetch" "$copy/output" && [ -z "${CI:-}" ]; then
    echo "Not checked: the package registry does not answer."
    exit 0
fi
cat "$copy/output"
echo "The locks could not be reproduced: make lock"
exit 1
