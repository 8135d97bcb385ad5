// FFmpeg's libraries for Swift: the headers, and inline functions for macros that Swift does not import.
#pragma once

#include <stdbool.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

static inline int satchel_averror(int error) { return AVERROR(error); }
static inline int satchel_averror_eof(void) { return AVERROR_EOF; }
static inline int64_t satchel_no_pts(void) { return AV_NOPTS_VALUE; }
static inline int satchel_seek_size(void) { return AVSEEK_SIZE; }
static inline int satchel_seek_force(void) { return AVSEEK_FORCE; }
// Without FULL_CHR_H_INP, RGB of an odd width takes half the colour of its last column from whatever lies behind it.
static inline int satchel_scaling_flags(void) {
    return SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
}
static inline int satchel_is_picture_beside_sound(int disposition) {
    return (disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
}
// The nine numbers of a stream's display matrix; NULL where it has none. From libavformat 60.15 on, demuxers keep side
// data with the codec's parameters, and the stream's own list stays empty until avformat_find_stream_info fills it.
static inline const int32_t *_Nullable satchel_display_matrix(const AVStream *_Nonnull stream) {
    const uint8_t *data = NULL;
    size_t size = 0;
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVPacketSideData *found = av_packet_side_data_get(
        stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
    if (found != NULL) {
        data = found->data;
        size = found->size;
    }
#else
    data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
#endif
    return size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data : NULL;
}
static inline int satchel_is_default(int disposition) { return (disposition & AV_DISPOSITION_DEFAULT) != 0; }
static inline const AVPacket *_Nonnull satchel_attached_picture(const AVStream *_Nonnull stream) {
    return &stream->attached_pic;
}
// The frame needs no other one. Its type alone does not tell: of two fields it may be the second one's.
static inline int satchel_is_key_frame(const AVFrame *_Nonnull frame) {
#ifdef AV_FRAME_FLAG_KEY
    return frame->pict_type == AV_PICTURE_TYPE_I || (frame->flags & AV_FRAME_FLAG_KEY) != 0;
#else
    return frame->pict_type == AV_PICTURE_TYPE_I || frame->key_frame;
#endif
}
// Gives a frame that has a size and a format, and no memory, the memory of another one; refuses where they differ in these.
static inline int satchel_share_picture(AVFrame *_Nonnull frame, const AVFrame *_Nonnull other) {
    if (frame->width != other->width || frame->height != other->height || frame->format != other->format) {
        return AVERROR(EINVAL);
    }
    for (int plane = 0; plane < AV_NUM_DATA_POINTERS; plane++) {
        if (other->buf[plane] != NULL && (frame->buf[plane] = av_buffer_ref(other->buf[plane])) == NULL) {
            while (plane > 0) av_buffer_unref(&frame->buf[--plane]);
            return AVERROR(ENOMEM);
        }
    }
    for (int plane = 0; plane < AV_NUM_DATA_POINTERS; plane++) {
        frame->data[plane] = other->data[plane];
        frame->linesize[plane] = other->linesize[plane];
    }
    frame->extended_data = frame->data;
    return 0;
}
// Two fields are woven into the frame: each second line is of another moment. Libavutil 58 made flags of it and of the above.
static inline int satchel_is_interlaced(const AVFrame *_Nonnull frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    return (frame->flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return frame->interlaced_frame;
#endif
}
static inline void satchel_set_progressive(AVFrame *_Nonnull frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    frame->flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
#else
    frame->interlaced_frame = 0;
    frame->top_field_first = 0;
#endif
}
// There are captions within the picture (ATSC A/53, part 4).
static inline int satchel_has_captions(const AVFrame *_Nonnull frame) {
    return av_frame_get_side_data(frame, AV_FRAME_DATA_A53_CC) != NULL;
}
// The stream is a sphere around the viewer, or has a picture for each eye.
static inline int satchel_has_depth(const AVStream *_Nonnull stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
    const AVCodecParameters *of = stream->codecpar;
    return av_packet_side_data_get(of->coded_side_data, of->nb_coded_side_data, AV_PKT_DATA_SPHERICAL) != NULL
        || av_packet_side_data_get(of->coded_side_data, of->nb_coded_side_data, AV_PKT_DATA_STEREO3D) != NULL;
#else
    return av_stream_get_side_data(stream, AV_PKT_DATA_SPHERICAL, NULL) != NULL
        || av_stream_get_side_data(stream, AV_PKT_DATA_STEREO3D, NULL) != NULL;
#endif
}
// The decoder knows that a part of the frame is made up.
static inline int satchel_is_damaged(const AVFrame *_Nonnull frame) {
    return (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0;
}
static inline enum AVPixelFormat satchel_rgb48(void) { return AV_PIX_FMT_RGB48; }
static inline int satchel_has_alpha(int pixel_format) {
    const AVPixFmtDescriptor *description = av_pix_fmt_desc_get((enum AVPixelFormat)pixel_format);
    return description != NULL && (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
}
static inline int satchel_is_key(const AVPacket *_Nonnull packet) { return (packet->flags & AV_PKT_FLAG_KEY) != 0; }
// An encoder that forces its key frames makes one of this frame, or decides by itself.
static inline void satchel_force_key_frame(AVFrame *_Nonnull frame, bool is_forced) {
    frame->pict_type = is_forced ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
}
// Turns sound into another form, or with NULL takes what is left of it; answers how many samples `to` has then.
static inline int satchel_resample(SwrContext *_Nonnull context, AVFrame *_Nonnull to, const AVFrame *_Nullable from) {
    return swr_convert(context, to->extended_data, to->nb_samples,
                       from == NULL ? NULL : (const uint8_t **)from->extended_data, from == NULL ? 0 : from->nb_samples);
}
// Puts `count` samples of a frame of one or two channels behind those of the queue, without the first `skipped`.
static inline int satchel_queue_sound(AVAudioFifo *_Nonnull queue, const AVFrame *_Nonnull frame, int skipped, int count) {
    const enum AVSampleFormat format = (enum AVSampleFormat)frame->format;
    const int channels = frame->ch_layout.nb_channels;
    const int planes = av_sample_fmt_is_planar(format) ? channels : 1;
    const int size = av_get_bytes_per_sample(format) * (planes == 1 ? channels : 1);
    void *data[2] = {NULL, NULL};
    if (planes > 2) return AVERROR(EINVAL);
    for (int plane = 0; plane < planes; plane++) data[plane] = frame->extended_data[plane] + (ptrdiff_t)skipped * size;
    return av_audio_fifo_write(queue, data, count);
}
static inline int satchel_take_sound(AVAudioFifo *_Nonnull queue, AVFrame *_Nonnull frame) {
    return av_audio_fifo_read(queue, (void **)frame->extended_data, frame->nb_samples);
}
static inline void satchel_make_silent(AVFrame *_Nonnull frame) {
    av_samples_set_silence(frame->extended_data, 0, frame->nb_samples, frame->ch_layout.nb_channels,
                           (enum AVSampleFormat)frame->format);
}
static inline void satchel_silence_libav(void) { av_log_set_level(AV_LOG_QUIET); }
