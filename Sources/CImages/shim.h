// The image libraries that are used beside libvips, for Swift. libvips's own loaders and savers for these formats decode
// and encode on threads of their own; here nothing makes a thread.
#pragma once

#include <jxl/decode.h>
#include <jxl/version.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include <jpeglib.h>

// What the decoded pixels mean. Up to libjxl 0.8 these functions take a pixel format, and make no use of it.
#if JPEGXL_MAJOR_VERSION == 0 && JPEGXL_MINOR_VERSION < 9
#define SATCHEL_JXL_FORMAT NULL,
#else
#define SATCHEL_JXL_FORMAT
#endif
static inline JxlDecoderStatus satchel_jxl_color(const JxlDecoder *_Nonnull decoder,
                                                 JxlColorEncoding *_Nonnull encoding) {
    return JxlDecoderGetColorAsEncodedProfile(decoder, SATCHEL_JXL_FORMAT JXL_COLOR_PROFILE_TARGET_DATA, encoding);
}
static inline JxlDecoderStatus satchel_jxl_profile_size(const JxlDecoder *_Nonnull decoder, size_t *_Nonnull count) {
    return JxlDecoderGetICCProfileSize(decoder, SATCHEL_JXL_FORMAT JXL_COLOR_PROFILE_TARGET_DATA, count);
}
static inline JxlDecoderStatus satchel_jxl_profile(const JxlDecoder *_Nonnull decoder, uint8_t *_Nonnull profile,
                                                   size_t count) {
    return JxlDecoderGetColorAsICCProfile(decoder, SATCHEL_JXL_FORMAT JXL_COLOR_PROFILE_TARGET_DATA, profile, count);
}
#undef SATCHEL_JXL_FORMAT

// libjpeg's errors are jumps, which must not cross Swift's frames: they end here.
struct satchel_jpeg_errors {
    struct jpeg_error_mgr manager;
    jmp_buf escape;
};
static inline void satchel_jpeg_fail(j_common_ptr codec) {
    longjmp(((struct satchel_jpeg_errors *)(void *)codec->err)->escape, 1);
}
static inline void satchel_jpeg_ignore(j_common_ptr codec) { (void)codec; }
// A progressive picture has some ten scans; each of thousands would be gone through for the whole picture.
static inline void satchel_jpeg_limit_scans(j_common_ptr codec) {
    if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > 500) satchel_jpeg_fail(codec);
}

// Decodes a JPEG at a half, a quarter or an eighth of its size or (shrink 1) whole, into rows of so many pixels without
// padding: grey, RGB or CMYK by the number of channels, as the file has them but for the inversion of Adobe's inks.
// What is missing at the end of a file is grey. Returns 0, or -1 for what cannot be decoded or has another size.
static inline int satchel_jpeg_decode(const unsigned char *_Nonnull bytes, size_t count, int shrink,
                                      unsigned char *_Nonnull rows, int width, int height, int channels) {
    struct jpeg_decompress_struct codec;
    struct satchel_jpeg_errors errors;
    struct jpeg_progress_mgr progress = {.progress_monitor = satchel_jpeg_limit_scans};
    volatile int result = -1;
    codec.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = satchel_jpeg_fail;
    errors.manager.output_message = satchel_jpeg_ignore;
    if (setjmp(errors.escape) == 0) {
        jpeg_create_decompress(&codec);
        codec.progress = &progress;
        jpeg_mem_src(&codec, bytes, count);
        jpeg_read_header(&codec, TRUE);
        codec.scale_num = 1;
        codec.scale_denom = (unsigned int)shrink;
        codec.out_color_space = channels == 4 ? JCS_CMYK : channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
        jpeg_start_decompress(&codec);
        if (codec.output_width == (JDIMENSION)width && codec.output_height == (JDIMENSION)height &&
            codec.output_components == channels) {
            const size_t row_byte_count = (size_t)width * (size_t)channels;
            while (codec.output_scanline < codec.output_height) {
                JSAMPROW row = rows + codec.output_scanline * row_byte_count;
                jpeg_read_scanlines(&codec, &row, 1);
            }
            if (channels == 4 && codec.saw_Adobe_marker) {
                for (size_t index = 0; index < row_byte_count * (size_t)height; index++) rows[index] ^= 0xFF;
            }
            result = 0;
        }
    }
    jpeg_destroy_decompress(&codec);
    return result;
}

// How often libjpeg finds the data of a JPEG damaged on its way over all of it; -1 for what cannot be decoded.
static inline long satchel_jpeg_damage_count(const unsigned char *_Nonnull bytes, size_t count) {
    struct jpeg_decompress_struct codec;
    struct satchel_jpeg_errors errors;
    struct jpeg_progress_mgr progress = {.progress_monitor = satchel_jpeg_limit_scans};
    unsigned char *volatile row = NULL;
    volatile long result = -1;
    codec.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = satchel_jpeg_fail;
    errors.manager.output_message = satchel_jpeg_ignore;
    if (setjmp(errors.escape) == 0) {
        jpeg_create_decompress(&codec);
        codec.progress = &progress;
        jpeg_mem_src(&codec, bytes, count);
        jpeg_read_header(&codec, TRUE);
        // All that is coded is read all the same, and little is calculated.
        codec.scale_num = 1;
        codec.scale_denom = 8;
        jpeg_start_decompress(&codec);
        row = malloc((size_t)codec.output_width * (size_t)codec.output_components);
        if (row != NULL) {
            while (codec.output_scanline < codec.output_height) {
                JSAMPROW line = row;
                jpeg_read_scanlines(&codec, &line, 1);
            }
            jpeg_finish_decompress(&codec);
            result = errors.manager.num_warnings;
        }
    }
    jpeg_destroy_decompress(&codec);
    free(row);
    return result;
}

// Encodes rows of RGB, without padding, as a baseline JPEG (JFIF) with nothing in it but the picture. The colours are
// kept at full resolution from quality 90 on. Returns the bytes, for free() by the caller, or NULL.
static inline unsigned char *_Nullable satchel_jpeg_encode(const unsigned char *_Nonnull rgb, int width, int height,
                                                           int quality, size_t *_Nonnull count) {
    struct jpeg_compress_struct codec;
    struct satchel_jpeg_errors errors;
    unsigned char *volatile bytes = NULL;
    unsigned char *written = NULL;
    unsigned long written_count = 0;
    codec.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = satchel_jpeg_fail;
    errors.manager.output_message = satchel_jpeg_ignore;
    if (setjmp(errors.escape) == 0) {
        jpeg_create_compress(&codec);
        jpeg_mem_dest(&codec, &written, &written_count);
        codec.image_width = (JDIMENSION)width;
        codec.image_height = (JDIMENSION)height;
        codec.input_components = 3;
        codec.in_color_space = JCS_RGB;
        jpeg_set_defaults(&codec);
        jpeg_set_quality(&codec, quality, TRUE);
        if (quality >= 90) codec.comp_info[0].h_samp_factor = codec.comp_info[0].v_samp_factor = 1;
        codec.optimize_coding = TRUE;
        jpeg_start_compress(&codec, TRUE);
        while (codec.next_scanline < codec.image_height) {
            JSAMPROW row = (JSAMPROW)(rgb + (size_t)codec.next_scanline * (size_t)width * 3);
            jpeg_write_scanlines(&codec, &row, 1);
        }
        jpeg_finish_compress(&codec);
        bytes = written;
        *count = written_count;
    }
    jpeg_destroy_compress(&codec);
    return bytes;
}
