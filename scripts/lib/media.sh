# shellcheck shell=bash
# Videos for the scripts beside this folder. Source after common.sh.

# make_test_video FILE: ten seconds, 320x240, H.264 and AAC.
make_test_video() {
    ffmpeg -nostdin -loglevel error -y -f lavfi -i testsrc=s=320x240:d=10 -f lavfi -i sine -t 10 "$1"
}

# make_padded_video VIDEO FILE BYTES: the same video, a valid MP4 of exactly that many bytes: a `free` box of noise
# follows it, which players skip (ISO/IEC 14496-12, 8.1.2).
make_padded_video() {
    local source=$1 file=$2 padding header
    padding=$(($3 - $(stat --format %s "$source")))
    ((padding >= 16)) || die "a video of $3 bytes is smaller than its source"
    # Size 1 says that the true size follows as 64 bits.
    header=$(printf '%08x%s%016x' 1 66726565 "$padding")
    {
        cat "$source"
        printf '%b' "$(fold -w 2 <<<"$header" | sed 's/^/\\x/' | tr -d '\n')"
        head -c $((padding - 16)) /dev/urandom
    } >"$file"
}
