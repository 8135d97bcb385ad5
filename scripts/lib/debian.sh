# shellcheck shell=bash
# Debian packages without installing them, to be sourced after common.sh.

# debian_unpack DIR PACKAGE…: unpacks the packages, and what they need that this machine lacks, into DIR. No root is
# needed, no script of a package runs and no service starts. A DIR that is complete is left as it is.
debian_unpack() {
    local directory=$1 archive names
    shift
    [[ ! -e $directory/.complete ]] || return 0
    require_commands apt-get dpkg-deb
    names=$(apt-get --simulate --no-install-recommends install "$@" 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p') ||
        die "apt knows no $*; it may want an \`apt-get update\`"
    rm -rf "$directory"
    mkdir -p "$directory/archives"
    if [[ -n $names ]]; then
        # One name a line.
        # shellcheck disable=SC2086
        (cd "$directory/archives" && apt-get -qq download $names) >&2 || die "could not download: ${names//$'\n'/ }"
    fi
    for archive in "$directory"/archives/*.deb; do
        [[ -e $archive ]] || continue
        dpkg-deb --extract "$archive" "$directory" || return
    done
    rm -rf "$directory/archives"
    touch "$directory/.complete"
}

# debian_library_path DIR: where the unpacked libraries are, for LD_LIBRARY_PATH.
debian_library_path() {
    local triplet
    triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null) || triplet=$(uname -m)-linux-gnu
    printf '%s\n' "$1/usr/lib/$triplet:$1/lib/$triplet:$1/usr/lib"
}
