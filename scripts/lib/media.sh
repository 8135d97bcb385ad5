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

# make_full_hd_video FILE SECONDS: a minute, 1920x1080, H.264 and AAC, a key frame every so many seconds (1, 2 or 4).
make_full_hd_video() {
    make_looped_video "$1" 60 testsrc2=s=1920x1080:r=30 -c:v libx264 -preset veryfast -g $((30 * $2))
}

# make_4k_video FILE SECONDS: 20 seconds, 3840x2160, HEVC and AAC, a key frame every so many seconds (1, 2 or 4).
make_4k_video() {
    make_looped_video "$1" 20 testsrc2=s=3840x2160:r=24 \
        -c:v libx265 -preset ultrafast -x265-params log-level=error -g $((24 * $2))
}

# make_looped_video FILE SECONDS SOURCE ENCODER…: encodes 4 seconds and repeats them, for the rest would take minutes.
# Grain keeps it from being as easy as a test picture is.
make_looped_video() {
    local file=$1 seconds=$2 source=$3
    shift 3
    ffmpeg -nostdin -loglevel error -y -f lavfi -i "$source" -t 4 -vf noise=alls=5:allf=t -pix_fmt yuv420p \
        "$@" "$file.part.mp4"
    ffmpeg -nostdin -loglevel error -y -stream_loop -1 -i "$file.part.mp4" -f lavfi -i sine -map 0:v -map 1:a \
        -c:v copy -c:a aac -t "$seconds" "$file"
    rm "$file.part.mp4"
}

# make_photo FILE: a JPEG of 4000x3000 with detail at every size, as what lenses see has: noise, enlarged four times by
# different amounts, and a little grain.
make_photo() {
    local octaves='' size
    for size in 16x12 64x48 250x188 1000x750; do
        octaves+="color=gray:s=$size,format=yuv444p,noise=alls=100:all_seed=${size%x*},"
        octaves+="scale=4000:3000:flags=bicubic[n$size];"
    done
    ffmpeg -nostdin -loglevel error -y -filter_complex "
        $octaves
        [n16x12][n64x48]blend=all_mode=average[coarse]; [n250x188][n1000x750]blend=all_mode=average[fine];
        [coarse][fine]blend=all_mode=average,eq=contrast=2.5:saturation=0.7,noise=alls=5,format=yuvj420p" \
        -frames:v 1 -q:v 3 "$1"
}

# make_typical_video FILE [SECONDS]: a minute, or so long, as a phone records it: 1920x1080 of detail that a hand moves over,
# grain, H.264 at 14 Mbit/s with a key frame a second, and AAC. Twelve seconds, repeated.
make_typical_video() {
    local file=$1 seconds=${2:-60}
    make_photo "$file.jpg"
    ffmpeg -nostdin -loglevel error -y -loop 1 -framerate 30 -i "$file.jpg" -f lavfi -i sine=sample_rate=48000 \
        -t $((seconds < 12 ? seconds : 12)) -vf "scale=2880:2160,crop=1920:1080:x='480+460*sin(t*0.9)':y='540+500*sin(t*0.7)',
            noise=alls=6:allf=t,format=yuv420p" \
        -c:v libx264 -preset superfast -b:v 14M -maxrate 17M -bufsize 17M -g 30 -c:a aac -ac 2 -b:a 128k "$file.part.mp4"
    ffmpeg -nostdin -loglevel error -y -stream_loop -1 -i "$file.part.mp4" -c copy -t "$seconds" "$file"
    rm "$file.jpg" "$file.part.mp4"
}

# make_marked_videos FOLDER: five videos of six seconds, 960x540 with sound, whose top left corner has a patch of colour.
#
#   plain.mp4      H.264; the patch is red, from the fourth second on green
#   turned.mp4     the same, to be shown turned clockwise by 90 degrees
#   uneven.mp4     the same with 30 pictures in each of the first two seconds and 10 in the others
#   pq.mp4, hlg.mp4   HEVC of ten bits in BT.2020; the patch has the white of ITU-R BT.2408. Not made where ffmpeg has no x265.
make_marked_videos() {
    local folder=$1 transfer name white
    # What is not the patch is dimmed, so that nothing else has its colours.
    local patch=lutrgb=r=val/2:g=val/2:b=val/2,drawbox=w=240:h=180:t=fill
    local quiet=(ffmpeg -nostdin -loglevel error -y)
    local scene=(-f lavfi -i testsrc2=s=960x540:r=30:d=6 -f lavfi -i sine=sample_rate=48000:d=6 -c:a aac -pix_fmt yuv420p)
    local colors="$patch:color=red,${patch#*,}:color=lime:enable='gte(t,4)'"
    "${quiet[@]}" "${scene[@]}" -vf "$colors" -c:v libx264 -preset superfast -crf 15 "$folder/plain.mp4"
    # What ffmpeg calls the rotation goes the other way round.
    "${quiet[@]}" -i "$folder/plain.mp4" -c copy -metadata:s:v rotate=270 "$folder/turned.mp4"
    "${quiet[@]}" "${scene[@]}" -vf "$colors,select='lt(t,2)+not(mod(n,3))'" -vsync vfr \
        -c:v libx264 -preset superfast -crf 15 "$folder/uneven.mp4"
    [[ $(ffmpeg -hide_banner -loglevel error -encoders) == *libx265* ]] || return 0
    # 58 % of the signal in PQ, 75 % in HLG.
    while read -r name transfer white; do
        "${quiet[@]}" "${scene[@]}" -vf "$patch:color=$white" -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -crf 12 -tag:v hvc1 \
            -x265-params "log-level=none:colorprim=bt2020:transfer=$transfer:colormatrix=bt2020nc" "$folder/$name.mp4"
    done <<<$'pq smpte2084 0x949494\nhlg arib-std-b67 0xbfbfbf'
}
