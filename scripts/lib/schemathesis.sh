# shellcheck shell=bash
# Schemathesis for tests, to be sourced: it sends what an OpenAPI description allows and forbids, and judges the answers.
#
#   schemathesis=$(schemathesis_install .dev/venv)

SCHEMATHESIS_VERSION=4.32.5

# schemathesis_install DIR: installs the pinned release into the virtual environment DIR and prints the program's path.
schemathesis_install() {
    local directory=$1
    if ! "$directory/bin/pip" show schemathesis 2>/dev/null | grep -qx "Version: $SCHEMATHESIS_VERSION"; then
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check \
            "schemathesis==$SCHEMATHESIS_VERSION" >&2 || return
    fi
    printf '%s\n' "$directory/bin/schemathesis"
}
