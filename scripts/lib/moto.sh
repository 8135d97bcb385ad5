# shellcheck shell=bash
# moto for tests, to be sourced: a second S3, in memory, that checks next to nothing and has spellings of its own.
#
#   moto=$(moto_install .dev/venv)
#   "$moto" -H 127.0.0.1 -p 5000

MOTO_VERSION=5.2.5

# moto_install DIR: installs the pinned release into the virtual environment DIR and prints the program's path.
moto_install() {
    local directory=$1
    if ! "$directory/bin/pip" show moto 2>/dev/null | grep -qx "Version: $MOTO_VERSION" ||
        ! "$directory/bin/python" -c 'import flask_cors' 2>/dev/null; then
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check "moto[server]==$MOTO_VERSION" >&2 || return
    fi
    printf '%s\n' "$directory/bin/moto_server"
}
