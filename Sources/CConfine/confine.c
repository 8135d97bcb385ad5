#define _GNU_SOURCE
#include "CConfine.h"
#include "landlock.h"
#include "limit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int satchel_confine(const satchel_confinement *limits) {
    int error = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // The signal above is only for deaths from now on.
    if (getppid() != limits->parent) return ESRCH;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    // A dump of this process would hold a user's file, and no sibling may look into it.
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return errno;
    if ((error = satchel_enter_landlock()) != 0) return error;
    if ((error = satchel_limit(RLIMIT_CORE, 0, 0)) != 0) return error;
    if ((error = satchel_limit(RLIMIT_FSIZE, limits->output_bytes, limits->output_bytes)) != 0) return error;
    // Descriptors already open stay usable; no call can make another one.
    if ((error = satchel_limit(RLIMIT_NOFILE, 0, 0)) != 0) return error;
    if (limits->address_space_bytes != 0 &&
        (error = satchel_limit(RLIMIT_AS, limits->address_space_bytes, limits->address_space_bytes)) != 0) {
        return error;
    }
    // At the hard limit the kernel sends SIGKILL, which would not say why: leave a second for SIGXCPU.
    if (limits->cpu_seconds != 0) return satchel_limit(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1);
    return 0;
}
