// What a worker child does to itself before it touches a byte of media.
#pragma once

#include <stdint.h>
#include <sys/types.h>

/// The limits of one child. A limit of 0 is left as it is.
typedef struct {
    uint64_t address_space_bytes;
    /// SIGXCPU comes at this many seconds of processor time, SIGKILL a second later.
    uint64_t cpu_seconds;
    /// Who must still be the parent: its death is the child's, and one that came too early is an error (ESRCH).
    pid_t parent;
} satchel_confinement;

/// Leaves this process memory, the descriptors that it holds, and nothing else: no new descriptor of any kind, no file
/// growth, no core dump, no new privilege, no other process; and, by a seccomp filter, no system call beyond those that
/// decoding needs (others fail with EPERM). Dies with its parent.
/// Returns 0, or the errno of the first step that failed; a caller must then not go on.
int satchel_confine(const satchel_confinement *_Nonnull limits);
