// Processes and packets: starting a program with nothing but what it is given, forking from a single thread, and
// passing descriptors over a socket. The CMSG macros, GNU extensions and fork() have no Swift spelling.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// The most descriptors that one message carries.
#define SATCHEL_MAX_DESCRIPTORS 4

/// Makes a connected pair of sockets that keep packet boundaries (SOCK_SEQPACKET), both close-on-exec.
/// Returns 0, or an errno.
int satchel_packet_pair(int *_Nonnull sockets);

/// Sends one packet with up to SATCHEL_MAX_DESCRIPTORS descriptors (SCM_RIGHTS). Never raises SIGPIPE; without `waits` a
/// full socket is an error (EAGAIN). Returns the bytes sent, or -1 with errno set.
ssize_t satchel_send_packet(int socket, const void *_Nonnull bytes, size_t count,
                            const int *_Nullable descriptors, size_t descriptor_count, bool waits);

/// Receives one packet and its descriptors (room for SATCHEL_MAX_DESCRIPTORS), which are close-on-exec and the caller's to
/// close. Returns the bytes received (0: the peer is gone), or -1 with errno set (EMSGSIZE: the packet did not fit).
ssize_t satchel_receive_packet(int socket, void *_Nonnull bytes, size_t capacity,
                               int *_Nonnull descriptors, size_t *_Nonnull descriptor_count);

/// Ends both directions of a socket, waking whoever waits on it, while the descriptor stays open.
void satchel_end_socket(int socket);

/// Starts `path` with the given arguments and environment in a process group of its own. The child has `standard_input` as
/// descriptor 0, the caller's 1 and 2, no other descriptor, default signal handlers and an empty signal mask.
/// Returns 0 and sets *pid, or returns an errno.
int satchel_spawn(const char *_Nonnull path, char *_Nullable const *_Nonnull arguments,
                  char *_Nullable const *_Nonnull environment, int standard_input, pid_t *_Nonnull pid);

/// fork(2). Only for a process with a single thread.
pid_t satchel_fork(void);

/// Turns the deaths of children into readable events: blocks SIGCHLD, ignores SIGPIPE and the signals that ask for an end,
/// lets those that mean a crash kill (this process and those it forks), and returns a non-blocking signalfd for SIGCHLD, or
/// -1 with errno set. The end of such a process is for its caller to tell otherwise.
int satchel_watch_children(void);

/// Gives a forked child its descriptors, and none else: `media` as 0 (/dev/null when it is negative), /dev/null as 1 and 2,
/// `result` as 3, `output` as 4 (closed when it is negative). Unblocks all signals. Returns 0, or an errno.
int satchel_enter_job(int media, int output, int result, int null_device);

/// The result socket's number in a child after satchel_enter_job.
#define SATCHEL_JOB_RESULT 3

/// The number of the file to write in such a child, where it has one.
#define SATCHEL_JOB_OUTPUT 4

/// Bounds the number of malloc arenas of this process, and has each keep up to 4 MiB of free memory for the next requests
/// (mallopt of <malloc.h>, which Swift does not see).
void satchel_tune_malloc(int arena_count);

/// Has this process leave no core file, and closes its memory to the other processes of its user (prctl(2), which is
/// variadic). Returns 0, or an errno.
int satchel_forbid_dumps(void);
