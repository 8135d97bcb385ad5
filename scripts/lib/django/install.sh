# shellcheck shell=bash
# Django for tests, to be sourced.

# django_install DIR: installs the pinned releases into the virtual environment DIR and prints the path of its Python.
django_install() {
    local directory=$1 wanted
    wanted=$(dirname "${BASH_SOURCE[0]}")/requirements.txt
    if ! cmp --silent "$wanted" "$directory/requirements.txt"; then
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" >&2 || return
        # Last, so that what was interrupted is done again.
        cp "$wanted" "$directory/requirements.txt"
    fi
    printf '%s\n' "$directory/bin/python"
}
