#pragma once

#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>

/// Sets a limit of this process. Returns 0, or an errno.
static inline int satchel_limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard) {
    const struct rlimit both = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};
    return setrlimit(resource, &both) == 0 ? 0 : errno;
}
