// Two SHA-256 (FIPS 180-4) over the same bytes: of all of them, and of those since a restart, which have a CRC-32C as well.
//
// Both need the same message schedule, and the processor's instructions leave half of their time unused when they wait
// for a single chain: on processors that have them two digests cost what one does. An MD5 (RFC 1321) of all bytes can run along: it
// takes most of its time to wait for itself, and the two others run meanwhile.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The running digests. They stand at the same place of a block, for a restart happens between blocks only.
typedef struct {
    uint32_t whole[8];
    uint32_t part[8];
    uint64_t whole_count;
    uint64_t part_count;
    uint32_t part_crc32c;
    uint8_t block[64];
    uint32_t md5[4];
    bool has_md5;
} satchel_sha256_pair;

/// Whether this processor has the instructions. Nothing below may be called where it has not.
bool satchel_sha256_pair_available(void);

/// Begins both digests, and an MD5 of all bytes where one is wanted.
void satchel_sha256_pair_begin(satchel_sha256_pair *_Nonnull pair, bool with_md5);

/// Takes the next bytes into all of them.
void satchel_sha256_pair_update(satchel_sha256_pair *_Nonnull pair, const void *_Nullable bytes, size_t count);

/// Begins the second digest anew; the number of bytes so far must be a multiple of 64.
void satchel_sha256_pair_restart(satchel_sha256_pair *_Nonnull pair);

/// Writes the two digests of the bytes so far, 32 bytes each; the pair can go on.
void satchel_sha256_pair_finish(const satchel_sha256_pair *_Nonnull pair, uint8_t *_Nonnull whole, uint8_t *_Nonnull part);

/// The CRC-32C (RFC 3720 section 12.1) of the bytes since the last restart.
uint32_t satchel_sha256_pair_crc32c(const satchel_sha256_pair *_Nonnull pair);

/// Writes the MD5 of the bytes so far, 16 bytes; it must have been begun.
void satchel_sha256_pair_finish_md5(const satchel_sha256_pair *_Nonnull pair, uint8_t *_Nonnull digest);
