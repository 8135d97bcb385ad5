#define _GNU_SOURCE
#include "landlock.h"
#include "CConfine.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's interface is spelt out here, for the headers of many systems are older than their kernels. The numbers are
// the same on all architectures.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum { tell_version = 1 };

struct ruleset {
    uint64_t file_rights;
    uint64_t network_rights;
    uint64_t scopes;
};

int satchel_landlock_version(void) {
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, tell_version);
    return version > 0 ? (int)version : 0;
}

/// A right that is in the set and given by no rule is denied. An older kernel refuses bits that it does not know, and takes
/// a longer structure than its own where the rest is zero.
static struct ruleset everything(int version) {
    struct ruleset set = {.file_rights = (UINT64_C(1) << 13) - 1};
    if (version >= 2) set.file_rights |= UINT64_C(1) << 13;  // renaming and linking across folders
    if (version >= 3) set.file_rights |= UINT64_C(1) << 14;  // truncating
    if (version >= 4) set.network_rights = 3;                // TCP: bind, connect
    if (version >= 5) set.file_rights |= UINT64_C(1) << 15;  // ioctl on devices
    if (version >= 6) set.scopes = 3;                        // abstract sockets, signals
    return set;
}

int satchel_enter_landlock(void) {
    const int version = satchel_landlock_version();
    if (version == 0) return 0;
    const struct ruleset set = everything(version);
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof set, 0);
    if (rules < 0) return errno;
    const int error = syscall(SYS_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
    close(rules);
    return error;
}
