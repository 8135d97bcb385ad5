#define _GNU_SOURCE
#include "CConfine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard) {
    const struct rlimit both = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};
    return setrlimit(resource, &both) == 0 ? 0 : errno;
}

#if defined(__x86_64__)
#define SATCHEL_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define SATCHEL_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef SATCHEL_AUDIT_ARCH
#define ARGUMENT(index) ((uint32_t)(offsetof(struct seccomp_data, args) + 8 * (index)))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
// Each rule leaves the call's number in the accumulator for the next one when it does not match.
#define PERMIT(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(call), 0, 1), ALLOW
// Permits the call if none of `bits` is set in the low half of the argument.
#define PERMIT_WITHOUT(call, index, bits)                                                                               \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(call), 0, 4), LOAD(ARGUMENT(index)),                                 \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)(bits), 0, 1), REFUSE, ALLOW
// Permits the call if the low half of the argument is `value`.
#define PERMIT_EXACTLY(call, index, value)                                                                              \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(call), 0, 4), LOAD(ARGUMENT(index)),                                 \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 1, 0), REFUSE, ALLOW

static int filter_system_calls(void) {
    const uint32_t self = (uint32_t)getpid();
    struct sock_filter rules[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SATCHEL_AUDIT_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
        // The descriptors at hand.
        PERMIT(SYS_read),
        PERMIT(SYS_pread64),
        PERMIT(SYS_write),
        PERMIT(SYS_writev),
        PERMIT(SYS_sendmsg),
        PERMIT(SYS_lseek),
        PERMIT(SYS_close),
        // Not newfstatat, though some versions of glibc spell fstat so: a filter cannot see whether its path is empty.
        PERMIT(SYS_fstat),
        // Memory that is never both fresh and executable.
        PERMIT_WITHOUT(SYS_mmap, 2, PROT_EXEC),
        PERMIT_WITHOUT(SYS_mprotect, 2, PROT_EXEC),
        PERMIT(SYS_munmap),
        PERMIT(SYS_mremap),
        PERMIT(SYS_madvise),
        PERMIT(SYS_brk),
        // Time, randomness, locks.
        PERMIT(SYS_clock_gettime),
        PERMIT(SYS_gettimeofday),
        PERMIT(SYS_getrandom),
        PERMIT(SYS_futex),
        PERMIT(SYS_sched_yield),
        PERMIT(SYS_sched_getaffinity),
        PERMIT(SYS_sysinfo),
        // Signals to itself: abort() and traps must still be seen as what they are.
        PERMIT(SYS_rt_sigaction),
        PERMIT(SYS_rt_sigprocmask),
        PERMIT(SYS_rt_sigreturn),
        PERMIT(SYS_getpid),
        PERMIT(SYS_gettid),
        PERMIT_EXACTLY(SYS_tgkill, 0, self),
        PERMIT(SYS_restart_syscall),
        PERMIT(SYS_exit),
        PERMIT(SYS_exit_group),
        REFUSE,
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 ? 0 : errno;
}
#else
// Other machines have the limits below and no filter.
static int filter_system_calls(void) { return 0; }
#endif

int satchel_confine(const satchel_confinement *limits) {
    int error = 0;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
    // The signal above is only for deaths from now on.
    if (getppid() != limits->parent) return ESRCH;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    // A dump of this process would hold a user's file, and no sibling may look into it.
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return errno;
    if ((error = limit(RLIMIT_CORE, 0, 0)) != 0) return error;
    if ((error = limit(RLIMIT_FSIZE, 0, 0)) != 0) return error;
    // Descriptors already open stay usable; no call can make another one.
    if ((error = limit(RLIMIT_NOFILE, 0, 0)) != 0) return error;
    if (limits->address_space_bytes != 0 &&
        (error = limit(RLIMIT_AS, limits->address_space_bytes, limits->address_space_bytes)) != 0) {
        return error;
    }
    // At the hard limit the kernel sends SIGKILL, which would not say why: leave a second for SIGXCPU.
    if (limits->cpu_seconds != 0 &&
        (error = limit(RLIMIT_CPU, limits->cpu_seconds, limits->cpu_seconds + 1)) != 0) {
        return error;
    }
    return filter_system_calls();
}
