// libvips for Swift: the headers, and inline functions for what Swift does not import: macros, and functions that take
// their options as variadic arguments. Each returns 0, or -1 with the reason in vips_error_buffer(); *out is the
// caller's.
#pragma once

#include <vips/vips.h>

#include <vips/vector.h>

// The loaders, each by its own name: no other is ever looked for. They read from the beginning to the end.
// Of a PNG that is cut off, what is missing would be black.
static inline int satchel_vips_load_png(VipsSource *_Nonnull source, VipsImage *_Nullable *_Nonnull out) {
    return vips_pngload_source(source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
}
static inline int satchel_vips_load_gif(VipsSource *_Nonnull source, int page, VipsImage *_Nullable *_Nonnull out) {
    return vips_gifload_source(source, out, "page", page, "access", VIPS_ACCESS_SEQUENTIAL, NULL);
}
static inline int satchel_vips_load_tiff(VipsSource *_Nonnull source, VipsImage *_Nullable *_Nonnull out) {
    return vips_tiffload_source(source, out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
}

static inline int satchel_vips_interpret(VipsImage *_Nonnull in, VipsInterpretation interpretation,
                                         VipsImage *_Nullable *_Nonnull out) {
    return vips_copy(in, out, "interpretation", interpretation, NULL);
}
static inline int satchel_vips_to_space(VipsImage *_Nonnull in, VipsInterpretation space,
                                        VipsImage *_Nullable *_Nonnull out) {
    return vips_colourspace(in, out, space, NULL);
}
// To sRGB of 8 bits by the picture's own profile or, where it has none that fits, by `profile`.
static inline int satchel_vips_to_srgb(VipsImage *_Nonnull in, const char *_Nullable profile,
                                       VipsImage *_Nullable *_Nonnull out) {
    return profile == NULL
        ? vips_icc_transform(in, out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE,
                             "black_point_compensation", TRUE, "depth", 8, NULL)
        : vips_icc_transform(in, out, "srgb", "embedded", TRUE, "input_profile", profile, "intent",
                             VIPS_INTENT_RELATIVE, "black_point_compensation", TRUE, "depth", 8, NULL);
}

static inline size_t satchel_vips_row_byte_count(VipsImage *_Nonnull image) { return VIPS_IMAGE_SIZEOF_LINE(image); }
static inline const VipsPel *_Nonnull satchel_vips_row(VipsRegion *_Nonnull region, int row) {
    return VIPS_REGION_ADDR(region, 0, row);
}
// The picture's ICC profile; NULL where it has none.
static inline const void *_Nullable satchel_vips_profile(VipsImage *_Nonnull image, size_t *_Nonnull count) {
    const void *profile = NULL;
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0) return NULL;
    return vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, count) == 0 ? profile : NULL;
}
static inline void satchel_vips_set_profile(VipsImage *_Nonnull image, const void *_Nonnull profile, size_t count) {
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile, count);
}
// One of the profiles that libvips brings along.
static inline int satchel_vips_load_profile(const char *_Nonnull name, VipsBlob *_Nullable *_Nonnull out) {
    return vips_profile_load(name, out, NULL);
}
