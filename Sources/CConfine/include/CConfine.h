// What a worker child does to itself before it touches a byte of media, and the proof that it holds.
#pragma once

#include <stdint.h>
#include <sys/types.h>

/// The limits of one child. A limit of 0 is left as it is.
typedef struct {
    uint64_t address_space_bytes;
    /// SIGXCPU comes at this many seconds of processor time, SIGKILL a second later.
    uint64_t cpu_seconds;
    /// The most bytes of a file that it is handed open for writing; 0: no file can grow.
    uint64_t output_bytes;
    /// Who must still be the parent: its death is the child's, and one that came too early is an error (ESRCH).
    pid_t parent;
} satchel_confinement;

/// The first half of the confinement. Leaves this process memory and the descriptors that it holds: no new descriptor of any
/// kind, no file growth past the limit, no core dump, no new privilege, nobody who looks into it; and, by Landlock where the kernel has
/// it, no file by its path, no TCP, no abstract socket and no signal to anybody outside. Dies with its parent.
/// Threads can still be made: they have all of this too. Threads that were there before lack the part of Landlock.
/// Returns 0, or the errno of the first step that failed; a caller must then not go on.
int satchel_confine(const satchel_confinement *_Nonnull limits);

/// The second half: no process or thread more, and on all threads that there are a seccomp filter that lets through what
/// decoding needs and fails every other system call with EPERM. A call of another architecture's kind ends the process.
/// Wants satchel_confine to have come first, and each thread to have begun with its work: the calls that the C library makes
/// at a thread's begin are not let through, and it then ends the process. Returns 0, or the errno of the step that failed, as above.
int satchel_seal(void);

/// The version of Landlock's interface in this kernel (landlock(7)): 0 where there is none or it is switched off.
int satchel_landlock_version(void);

/// What a sealed process must not be able to do.
typedef enum {
    SATCHEL_OPEN_FOR_READING,
    SATCHEL_OPEN_FOR_WRITING,
    /// Its own descriptor 0, by way of /proc, for writing.
    SATCHEL_REOPEN,
    SATCHEL_READ_LINK,
    SATCHEL_LOOK_AT_FILE,
    SATCHEL_REMOVE_FILE,
    SATCHEL_MAKE_SOCKET,
    SATCHEL_CONNECT,
    SATCHEL_START_PROCESS,
    SATCHEL_START_THREAD,
    SATCHEL_START_PROGRAM,
    SATCHEL_TRACE_PARENT,
    SATCHEL_READ_PARENT,
    SATCHEL_SIGNAL_PARENT,
    SATCHEL_MAP_EXECUTABLE,
    SATCHEL_MAKE_MEMORY_FILE,
    SATCHEL_MAKE_RING,
    SATCHEL_RAISE_LIMIT,
} satchel_attempt;

/// Tries it, harmlessly where it works. Returns 0 if it worked, else the errno: EPERM and EACCES say that it was refused, any
/// other that the call was let through.
int satchel_try(satchel_attempt attempt, pid_t parent);

/// The number of descriptors that this process holds; it needs nothing that a sealed process has not got.
int satchel_count_descriptors(void);

/// The number of variables in the environment.
int satchel_count_variables(void);
