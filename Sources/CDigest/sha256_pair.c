#include "sha256_pair.h"

#include <string.h>

#include "crc32c.h"

static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

#if defined(__x86_64__)

#include <immintrin.h>

static const uint32_t constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define WITH_INSTRUCTIONS __attribute__((target("sha,sse4.2,ssse3")))

/// A state as the instructions want it: the words a, b, e, f in one register and c, d, g, h in the other.
typedef struct {
    __m128i abef;
    __m128i cdgh;
} registers;

WITH_INSTRUCTIONS static inline registers load(const uint32_t state[8]) {
    const __m128i dcba = _mm_loadu_si128((const __m128i *)state);
    const __m128i hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
    const __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
    const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
    return (registers){.abef = _mm_alignr_epi8(cdab, efgh, 8), .cdgh = _mm_blend_epi16(efgh, cdab, 0xF0)};
}

WITH_INSTRUCTIONS static inline void store(uint32_t state[8], registers from) {
    const __m128i feba = _mm_shuffle_epi32(from.abef, 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(from.cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// Four rounds with the words that already have their constants added.
WITH_INSTRUCTIONS static inline void four_rounds(registers *state, __m128i low, __m128i high) {
    state->cdgh = _mm_sha256rnds2_epu32(state->cdgh, state->abef, low);
    state->abef = _mm_sha256rnds2_epu32(state->abef, state->cdgh, high);
}

// The four functions of MD5 (RFC 1321, section 3.4). Both halves of the second have no bit in common: as a sum the one that is known
// earlier is added earlier.
#define FIRST(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define SECOND(b, c, d) (((b) & (d)) + ((c) & ~(d)))
#define THIRD(b, c, d) ((b) ^ (c) ^ (d))
#define FOURTH(b, c, d) ((c) ^ ((b) | ~(d)))
#define STEP(function, a, b, c, d, word, shift, sine)       \
    a += function(b, c, d) + words[word] + UINT32_C(sine);   \
    a = (a << (shift) | a >> (32 - (shift))) + b;

/// One block of MD5. Written out, for a loop is not scheduled as well.
static inline __attribute__((always_inline)) void md5_block(uint32_t state[4], const uint8_t *bytes) {
    uint32_t words[16];
    memcpy(words, bytes, sizeof words);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    // clang-format off
    STEP(FIRST, a, b, c, d, 0, 7, 0xd76aa478)
    STEP(FIRST, d, a, b, c, 1, 12, 0xe8c7b756)
    STEP(FIRST, c, d, a, b, 2, 17, 0x242070db)
    STEP(FIRST, b, c, d, a, 3, 22, 0xc1bdceee)
    STEP(FIRST, a, b, c, d, 4, 7, 0xf57c0faf)
    STEP(FIRST, d, a, b, c, 5, 12, 0x4787c62a)
    STEP(FIRST, c, d, a, b, 6, 17, 0xa8304613)
    STEP(FIRST, b, c, d, a, 7, 22, 0xfd469501)
    STEP(FIRST, a, b, c, d, 8, 7, 0x698098d8)
    STEP(FIRST, d, a, b, c, 9, 12, 0x8b44f7af)
    STEP(FIRST, c, d, a, b, 10, 17, 0xffff5bb1)
    STEP(FIRST, b, c, d, a, 11, 22, 0x895cd7be)
    STEP(FIRST, a, b, c, d, 12, 7, 0x6b901122)
    STEP(FIRST, d, a, b, c, 13, 12, 0xfd987193)
    STEP(FIRST, c, d, a, b, 14, 17, 0xa679438e)
    STEP(FIRST, b, c, d, a, 15, 22, 0x49b40821)
    STEP(SECOND, a, b, c, d, 1, 5, 0xf61e2562)
    STEP(SECOND, d, a, b, c, 6, 9, 0xc040b340)
    STEP(SECOND, c, d, a, b, 11, 14, 0x265e5a51)
    STEP(SECOND, b, c, d, a, 0, 20, 0xe9b6c7aa)
    STEP(SECOND, a, b, c, d, 5, 5, 0xd62f105d)
    STEP(SECOND, d, a, b, c, 10, 9, 0x02441453)
    STEP(SECOND, c, d, a, b, 15, 14, 0xd8a1e681)
    STEP(SECOND, b, c, d, a, 4, 20, 0xe7d3fbc8)
    STEP(SECOND, a, b, c, d, 9, 5, 0x21e1cde6)
    STEP(SECOND, d, a, b, c, 14, 9, 0xc33707d6)
    STEP(SECOND, c, d, a, b, 3, 14, 0xf4d50d87)
    STEP(SECOND, b, c, d, a, 8, 20, 0x455a14ed)
    STEP(SECOND, a, b, c, d, 13, 5, 0xa9e3e905)
    STEP(SECOND, d, a, b, c, 2, 9, 0xfcefa3f8)
    STEP(SECOND, c, d, a, b, 7, 14, 0x676f02d9)
    STEP(SECOND, b, c, d, a, 12, 20, 0x8d2a4c8a)
    STEP(THIRD, a, b, c, d, 5, 4, 0xfffa3942)
    STEP(THIRD, d, a, b, c, 8, 11, 0x8771f681)
    STEP(THIRD, c, d, a, b, 11, 16, 0x6d9d6122)
    STEP(THIRD, b, c, d, a, 14, 23, 0xfde5380c)
    STEP(THIRD, a, b, c, d, 1, 4, 0xa4beea44)
    STEP(THIRD, d, a, b, c, 4, 11, 0x4bdecfa9)
    STEP(THIRD, c, d, a, b, 7, 16, 0xf6bb4b60)
    STEP(THIRD, b, c, d, a, 10, 23, 0xbebfbc70)
    STEP(THIRD, a, b, c, d, 13, 4, 0x289b7ec6)
    STEP(THIRD, d, a, b, c, 0, 11, 0xeaa127fa)
    STEP(THIRD, c, d, a, b, 3, 16, 0xd4ef3085)
    STEP(THIRD, b, c, d, a, 6, 23, 0x04881d05)
    STEP(THIRD, a, b, c, d, 9, 4, 0xd9d4d039)
    STEP(THIRD, d, a, b, c, 12, 11, 0xe6db99e5)
    STEP(THIRD, c, d, a, b, 15, 16, 0x1fa27cf8)
    STEP(THIRD, b, c, d, a, 2, 23, 0xc4ac5665)
    STEP(FOURTH, a, b, c, d, 0, 6, 0xf4292244)
    STEP(FOURTH, d, a, b, c, 7, 10, 0x432aff97)
    STEP(FOURTH, c, d, a, b, 14, 15, 0xab9423a7)
    STEP(FOURTH, b, c, d, a, 5, 21, 0xfc93a039)
    STEP(FOURTH, a, b, c, d, 12, 6, 0x655b59c3)
    STEP(FOURTH, d, a, b, c, 3, 10, 0x8f0ccc92)
    STEP(FOURTH, c, d, a, b, 10, 15, 0xffeff47d)
    STEP(FOURTH, b, c, d, a, 1, 21, 0x85845dd1)
    STEP(FOURTH, a, b, c, d, 8, 6, 0x6fa87e4f)
    STEP(FOURTH, d, a, b, c, 15, 10, 0xfe2ce6e0)
    STEP(FOURTH, c, d, a, b, 6, 15, 0xa3014314)
    STEP(FOURTH, b, c, d, a, 13, 21, 0x4e0811a1)
    STEP(FOURTH, a, b, c, d, 4, 6, 0xf7537e82)
    STEP(FOURTH, d, a, b, c, 11, 10, 0xbd3af235)
    STEP(FOURTH, c, d, a, b, 2, 15, 0x2ad7d2bb)
    STEP(FOURTH, b, c, d, a, 9, 21, 0xeb86d391)
    // clang-format on
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

/// Takes blocks into both digests and the checksum, and into an MD5 where there is one.
///
/// MD5 is a single chain that leaves most of the processor idle: in one loop the other two run in its shadow. The checksum uses what
/// neither of them does, and costs nothing beside them.
WITH_INSTRUCTIONS static inline __attribute__((always_inline)) void take(uint32_t whole[8], uint32_t part[8], uint32_t *crc,
                                                                        uint32_t *md5, const uint8_t *bytes,
                                                                        size_t block_count) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    registers first = load(whole);
    registers second = load(part);
    uint32_t chain[4] = {0};
    if (md5 != NULL) memcpy(chain, md5, sizeof chain);
    uint64_t checksum = (uint32_t)~*crc;
    for (; block_count > 0; block_count--, bytes += 64) {
        const registers first_before = first;
        const registers second_before = second;
        __m128i words[4];
        for (int index = 0; index < 4; index++) {
            words[index] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes + index), big_endian);
        }
#pragma clang loop unroll(full)
        for (int group = 0; group < 16; group++) {
            if (group % 2 == 0) {
                uint64_t word;
                memcpy(&word, bytes + 4 * group, sizeof word);
                checksum = _mm_crc32_u64(checksum, word);
            }
            const __m128i now = words[group & 3];
            const __m128i low = _mm_add_epi32(now, _mm_load_si128((const __m128i *)constants + group));
            const __m128i high = _mm_shuffle_epi32(low, 0x0E);
            four_rounds(&first, low, high);
            four_rounds(&second, low, high);
            if (group < 12) {
                const __m128i last = words[(group + 3) & 3];
                const __m128i seven_back = _mm_alignr_epi8(last, words[(group + 2) & 3], 4);
                const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(now, words[(group + 1) & 3]), seven_back);
                words[group & 3] = _mm_sha256msg2_epu32(sum, last);
            }
        }
        if (md5 != NULL) md5_block(chain, bytes);
        first.abef = _mm_add_epi32(first.abef, first_before.abef);
        first.cdgh = _mm_add_epi32(first.cdgh, first_before.cdgh);
        second.abef = _mm_add_epi32(second.abef, second_before.abef);
        second.cdgh = _mm_add_epi32(second.cdgh, second_before.cdgh);
    }
    store(whole, first);
    store(part, second);
    *crc = ~(uint32_t)checksum;
    if (md5 != NULL) memcpy(md5, chain, sizeof chain);
}

WITH_INSTRUCTIONS static void compress(uint32_t whole[8], uint32_t part[8], uint32_t *crc, const uint8_t *bytes,
                                       size_t block_count) {
    take(whole, part, crc, NULL, bytes, block_count);
}

WITH_INSTRUCTIONS static void compress_with_md5(uint32_t whole[8], uint32_t part[8], uint32_t *crc, uint32_t md5[4],
                                                const uint8_t *bytes, size_t block_count) {
    take(whole, part, crc, md5, bytes, block_count);
}

bool satchel_sha256_pair_available(void) {
    // SHA has no name in __builtin_cpu_supports: leaf 7, EBX, bit 29.
    uint32_t a = 7, b = 0, c = 0, d = 0;
    uint32_t highest = 0;
    __asm__("cpuid" : "=a"(highest), "=b"(b), "=c"(c), "=d"(d) : "a"(0), "c"(0));
    if (highest < 7) return false;
    __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
    return (b >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.2");
}

#else

static void compress(uint32_t whole[8], uint32_t part[8], uint32_t *crc, const uint8_t *bytes, size_t block_count) {
    (void)whole, (void)part, (void)crc, (void)bytes, (void)block_count;
    __builtin_trap();
}

static void compress_with_md5(uint32_t whole[8], uint32_t part[8], uint32_t *crc, uint32_t md5[4], const uint8_t *bytes,
                              size_t block_count) {
    (void)md5;
    compress(whole, part, crc, bytes, block_count);
}

bool satchel_sha256_pair_available(void) { return false; }

#endif

void satchel_sha256_pair_begin(satchel_sha256_pair *pair, bool with_md5) {
    static const uint32_t initial_md5[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    memcpy(pair->whole, initial, sizeof initial);
    memcpy(pair->md5, initial_md5, sizeof initial_md5);
    pair->has_md5 = with_md5;
    pair->whole_count = 0;
    satchel_sha256_pair_restart(pair);
}

void satchel_sha256_pair_restart(satchel_sha256_pair *pair) {
    memcpy(pair->part, initial, sizeof initial);
    pair->part_count = 0;
    pair->part_crc32c = 0;
}

static void take_blocks(satchel_sha256_pair *pair, const uint8_t *bytes, size_t block_count) {
    if (pair->has_md5) {
        compress_with_md5(pair->whole, pair->part, &pair->part_crc32c, pair->md5, bytes, block_count);
    } else {
        compress(pair->whole, pair->part, &pair->part_crc32c, bytes, block_count);
    }
}

void satchel_sha256_pair_update(satchel_sha256_pair *pair, const void *bytes, size_t count) {
    if (count == 0) return;
    const uint8_t *next = bytes;
    const size_t used = pair->whole_count % 64;
    pair->whole_count += count;
    pair->part_count += count;
    if (used > 0) {
        const size_t room = 64 - used;
        const size_t taken = count < room ? count : room;
        memcpy(pair->block + used, next, taken);
        if (taken < room) return;
        take_blocks(pair, pair->block, 1);
        next += taken;
        count -= taken;
    }
    take_blocks(pair, next, count / 64);
    memcpy(pair->block, next + count / 64 * 64, count % 64);
}

static void put_big_endian(uint8_t *target, uint64_t value, int byte_count) {
    for (int index = byte_count - 1; index >= 0; index--, value >>= 8) {
        target[index] = (uint8_t)value;
    }
}

/// The digest of a state that has taken `count` bytes, of which the last are in `block`.
static void finish(const uint32_t state[8], uint64_t count, const uint8_t block[64], uint8_t digest[32]) {
    uint32_t last[8], unused[8], unused_crc = 0;
    memcpy(last, state, sizeof last);
    memcpy(unused, state, sizeof unused);
    uint8_t padding[128] = {0};
    const size_t used = count % 64;
    memcpy(padding, block, used);
    padding[used] = 0x80;
    const size_t block_count = used < 56 ? 1 : 2;
    put_big_endian(padding + block_count * 64 - 8, count * 8, 8);
    compress(last, unused, &unused_crc, padding, block_count);
    for (int index = 0; index < 8; index++) {
        put_big_endian(digest + 4 * index, last[index], 4);
    }
}

void satchel_sha256_pair_finish(const satchel_sha256_pair *pair, uint8_t *whole, uint8_t *part) {
    finish(pair->whole, pair->whole_count, pair->block, whole);
    finish(pair->part, pair->part_count, pair->block, part);
}

uint32_t satchel_sha256_pair_crc32c(const satchel_sha256_pair *pair) {
    return satchel_crc32c(pair->part_crc32c, pair->block, pair->whole_count % 64);
}

void satchel_sha256_pair_finish_md5(const satchel_sha256_pair *pair, uint8_t *digest) {
    uint32_t whole[8] = {0}, part[8] = {0}, unused_crc = 0, last[4];
    memcpy(last, pair->md5, sizeof last);
    uint8_t padding[128] = {0};
    const size_t used = pair->whole_count % 64;
    memcpy(padding, pair->block, used);
    padding[used] = 0x80;
    const size_t block_count = used < 56 ? 1 : 2;
    // The length and the words of MD5 have their lowest byte first, as the processors have that get here.
    const uint64_t bit_count = pair->whole_count * 8;
    memcpy(padding + block_count * 64 - 8, &bit_count, sizeof bit_count);
    compress_with_md5(whole, part, &unused_crc, last, padding, block_count);
    memcpy(digest, last, sizeof last);
}
