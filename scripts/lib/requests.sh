# shellcheck shell=bash
# Python's requests for tests, to be sourced: the HTTP client that most programs in Python use.
#
#   python=$(requests_install .dev/venv)

REQUESTS_VERSION=2.34.2

# requests_install DIR: installs the pinned release into the virtual environment DIR and prints the path of its Python.
requests_install() {
    local directory=$1
    if ! "$directory/bin/pip" show requests 2>/dev/null | grep -qx "Version: $REQUESTS_VERSION"; then
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check "requests==$REQUESTS_VERSION" >&2 || return
    fi
    printf '%s\n' "$directory/bin/python"
}
