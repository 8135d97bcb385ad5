// CRC-32C (Castagnoli; RFC 3720 section 12.1): processors have an instruction for it, Swift has no spelling of that.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The CRC-32C of what `crc` stands for followed by `count` more bytes. Begin with 0: the CRC of nothing.
uint32_t satchel_crc32c(uint32_t crc, const void *_Nullable bytes, size_t count);

/// The same without the processor's instruction, for the tests to compare with.
uint32_t satchel_crc32c_portable(uint32_t crc, const void *_Nullable bytes, size_t count);
