# shellcheck shell=bash
# Python packages that decode media by other means than the worker's, to be sourced.

# Each wheel brings its own, newer copies of the libraries; none of Debian's is used.
DECODERS=(
    pillow==13.0.0 pillow-heif==1.8.1 pillow-jxl-plugin==1.3.8 av==18.1.0 numpy==2.4.6
)

# decoders_install DIR: installs the pinned releases into the virtual environment DIR and prints its Python.
decoders_install() {
    local directory=$1
    if ! "$directory/bin/python" - "${DECODERS[@]}" 2>/dev/null <<'PYTHON'; then
import importlib.metadata
import sys

wanted = dict(text.split("==") for text in sys.argv[1:])
sys.exit(any(importlib.metadata.version(name) != version for name, version in wanted.items()))
PYTHON
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check "${DECODERS[@]}" >&2 || return
    fi
    printf '%s\n' "$directory/bin/python"
}
