#include "crc32c.h"

#include <stdbool.h>
#include <string.h>

// The polynomial 0x1EDC6F41, its bits reversed.
static const uint32_t polynomial = 0x82F63B78;

uint32_t satchel_crc32c_portable(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    crc = ~crc;
    while (count-- > 0) {
        crc ^= *next++;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? polynomial : 0);
        }
    }
    return ~crc;
}

#if defined(__x86_64__)

#include <nmmintrin.h>

static bool has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint64_t state = ~crc;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, sizeof word);
        state = _mm_crc32_u64(state, word);
    }
    uint32_t rest = (uint32_t)state;
    while (count-- > 0) {
        rest = _mm_crc32_u8(rest, *next++);
    }
    return ~rest;
}

#elif defined(__aarch64__) && defined(__linux__)

#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>

static bool has_instruction(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

__attribute__((target("crc"))) static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *next = bytes;
    uint32_t state = ~crc;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, sizeof word);
        state = __crc32cd(state, word);
    }
    while (count-- > 0) {
        state = __crc32cb(state, *next++);
    }
    return ~state;
}

#else

static bool has_instruction(void) { return false; }

static uint32_t by_instruction(uint32_t crc, const void *bytes, size_t count) {
    return satchel_crc32c_portable(crc, bytes, count);
}

#endif

uint32_t satchel_crc32c(uint32_t crc, const void *bytes, size_t count) {
    return has_instruction() ? by_instruction(crc, bytes, count) : satchel_crc32c_portable(crc, bytes, count);
}
