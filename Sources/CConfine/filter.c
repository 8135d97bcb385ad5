#define _GNU_SOURCE
#include "CConfine.h"
#include "limit.h"

#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/// What is let through whatever its arguments.
static const int permitted[] = {
    // The descriptors at hand.
    SCMP_SYS(read),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(sendmsg),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    // Not newfstatat, though some versions of glibc spell fstat so: a filter cannot see whether its path is empty.
    SCMP_SYS(fstat),
    // Memory; mmap and mprotect are below.
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    // Time, randomness, locks.
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
    // Signals to itself; tgkill is below.
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/// Returns 0, or a negative errno as libseccomp does.
static int add_rules(scmp_filter_ctx filter) {
    int error = 0;
    for (size_t index = 0; index < sizeof permitted / sizeof permitted[0]; index++) {
        if ((error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, permitted[index], 0)) != 0) return error;
    }
    // Memory that is never both fresh and executable.
    const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    if ((error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable)) != 0) return error;
    if ((error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable)) != 0) return error;
    // To itself alone: abort() and traps must still be seen as what they are.
    const struct scmp_arg_cmp itself = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself);
}

static int load(scmp_filter_ctx filter) {
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    // On all threads at once, or not at all.
    if (error == 0) error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    // Else whatever the kernel says would be ECANCELED.
    if (error == 0) error = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (error == 0) error = add_rules(filter);
    return error == 0 ? seccomp_load(filter) : error;
}

// The filter names the process, so each child makes its own; that takes it some 80 microseconds.
int satchel_seal(void) {
    int error = satchel_limit(RLIMIT_NPROC, 0, 0);
    if (error != 0) return error;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) return ENOMEM;
    error = load(filter);
    seccomp_release(filter);
    return error < 0 ? -error : error;
}
