#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <malloc.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

int satchel_packet_pair(int *sockets) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0 ? 0 : errno;
}

void satchel_end_socket(int socket) { shutdown(socket, SHUT_RDWR); }

pid_t satchel_fork(void) { return fork(); }

ssize_t satchel_send_packet(int socket, const void *bytes, size_t count, const int *descriptors, size_t descriptor_count,
                            bool waits) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * SATCHEL_MAX_DESCRIPTORS)];
    } control;
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor_count > SATCHEL_MAX_DESCRIPTORS) {
        errno = EINVAL;
        return -1;
    }
    if (descriptor_count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
        memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT));
    } while (sent < 0 && errno == EINTR);
    return sent;
}

ssize_t satchel_receive_packet(int socket, void *bytes, size_t capacity, int *descriptors, size_t *descriptor_count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * SATCHEL_MAX_DESCRIPTORS)];
    } control;
    struct iovec vector = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
    ssize_t received;
    *descriptor_count = 0;
    do {
        received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(descriptors + *descriptor_count, CMSG_DATA(header), count * sizeof(int));
        *descriptor_count += count;
    }
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        for (size_t index = 0; index < *descriptor_count; index++) close(descriptors[index]);
        *descriptor_count = 0;
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

int satchel_spawn(const char *path, char *const *arguments, char *const *environment, int standard_input, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    if ((error = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    sigfillset(&all);
    sigemptyset(&none);
    if ((error = posix_spawn_file_actions_adddup2(&actions, standard_input, 0)) == 0 &&
        (error = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) == 0 &&
        (error = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
        (error = posix_spawnattr_setsigmask(&attributes, &none)) == 0 &&
        (error = posix_spawnattr_setpgroup(&attributes, 0)) == 0 &&
        (error = posix_spawnattr_setflags(
             &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP)) == 0) {
        error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int satchel_watch_children(void) {
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT, SIGXCPU};
    static const int requests[] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t children;
    // A language runtime's crash handlers may swallow what was meant to kill.
    for (size_t index = 0; index < sizeof fatal / sizeof fatal[0]; index++) signal(fatal[index], SIG_DFL);
    // Service managers send these to every process at once; the jobs of a service that still ends its work must go on.
    for (size_t index = 0; index < sizeof requests / sizeof requests[0]; index++) signal(requests[index], SIG_IGN);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return -1;
    if (sigprocmask(SIG_BLOCK, &children, NULL) != 0) return -1;
    return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

int satchel_enter_job(int media, int output, int result, int null_device) {
    enum { out_of_the_way = 16 };
    sigset_t none;
    // Any of the four may sit on a number that another of them is about to take.
    const int moved_media = fcntl(media < 0 ? null_device : media, F_DUPFD, out_of_the_way);
    const int moved_output = output < 0 ? -1 : fcntl(output, F_DUPFD, out_of_the_way);
    const int moved_result = fcntl(result, F_DUPFD, out_of_the_way);
    const int moved_null = fcntl(null_device, F_DUPFD, out_of_the_way);
    if (moved_media < 0 || (output >= 0 && moved_output < 0) || moved_result < 0 || moved_null < 0) return errno;
    if (dup2(moved_media, 0) < 0 || dup2(moved_null, 1) < 0 || dup2(moved_null, 2) < 0) return errno;
    if (dup2(moved_result, SATCHEL_JOB_RESULT) < 0) return errno;
    if (output >= 0 && dup2(moved_output, SATCHEL_JOB_OUTPUT) < 0) return errno;
    const unsigned first = output < 0 ? SATCHEL_JOB_OUTPUT : SATCHEL_JOB_OUTPUT + 1;
    if (close_range(first, ~0U, 0) != 0) {
        const long last = sysconf(_SC_OPEN_MAX);
        for (long number = first; number < last; number++) close((int)number);
    }
    sigemptyset(&none);
    return sigprocmask(SIG_SETMASK, &none, NULL) == 0 ? 0 : errno;
}

void satchel_tune_malloc(int arena_count) {
    mallopt(M_ARENA_MAX, arena_count);
    // Setting one of these ends glibc's own adjusting of all: what is given back below 4 MiB is asked for again at once,
    // with a page fault for each 4 KiB and an interrupt for every other processor.
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

int satchel_forbid_dumps(void) {
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    // The limit alone does not hold where core_pattern is a pipe to a program, and is what children inherit; the flag alone
    // ends with the next exec. The flag also keeps other processes of the user from /proc/PID/environ and mem.
    if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}
