#define _GNU_SOURCE
#include "CConfine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// Same numbers on all architectures; the headers may be older than the kernel.
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static const char known_file[] = "/etc/passwd";
static const char own_descriptor[] = "/proc/self/fd/0";

/// What came of a call that answers with a descriptor.
static int descriptor(long number) {
    if (number < 0) return errno;
    close((int)number);
    return 0;
}

/// What came of a call that answers with -1 for a failure.
static int outcome(long answer) { return answer < 0 ? errno : 0; }

static int look_at_file(void) {
    struct stat status;
    // Several calls tell as much, and each must be refused.
    const int error = outcome(access(known_file, F_OK));
    return error == EPERM || error == EACCES ? outcome(stat(known_file, &status)) : error;
}

static int read_link(void) {
    char path[4096];
    return outcome(readlink(own_descriptor, path, sizeof path));
}

static int connect_to_port(void) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    // Without a socket the call itself is still let through or not.
    const int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int error = outcome(connect(number, (const struct sockaddr *)&address, sizeof address));
    if (number >= 0) close(number);
    return error;
}

/// What came of a call that returns twice when it works.
static int child(long pid) {
    if (pid < 0) return errno;
    if (pid == 0) _exit(0);
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) continue;
    return 0;
}

static int start_process(void) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    int error = child(fork());
    if (error != EPERM && error != EACCES) return error;
    const pid_t borrowed = vfork();
    if (borrowed == 0) _exit(0);
    error = child(borrowed);
    if (error != EPERM && error != EACCES) return error;
    return child(syscall(SYS_clone3, &arguments, sizeof arguments));
}

static void *nothing(void *argument) { return argument; }

static int start_thread(void) {
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, nothing, NULL);
    if (error == 0) pthread_join(thread, NULL);
    return error;
}

/// A path that leads nowhere: where the call is let through this process must live on to tell.
static int start_program(void) {
    char *const none[] = {NULL};
    return outcome(execve("/nonexistent/program", none, none));
}

static int read_parent(pid_t parent) {
    char byte;
    // A fork has this array at the same address.
    const struct iovec here = {.iov_base = &byte, .iov_len = 1};
    const struct iovec there = {.iov_base = (void *)known_file, .iov_len = 1};
    return outcome(process_vm_readv(parent, &here, 1, &there, 1, 0));
}

static int signal_parent(pid_t parent) {
    const int error = outcome(kill(parent, 0));
    return error == EPERM || error == EACCES ? outcome(syscall(SYS_tgkill, parent, parent, 0)) : error;
}

static int map_executable(void) {
    const size_t size = 4096;
    void *memory = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED && (errno == EPERM || errno == EACCES)) {
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return errno;
        const int error = outcome(mprotect(memory, size, PROT_READ | PROT_EXEC));
        munmap(memory, size);
        return error;
    }
    if (memory == MAP_FAILED) return errno;
    munmap(memory, size);
    return 0;
}

static int raise_limit(void) {
    const struct rlimit limit = {.rlim_cur = 16, .rlim_max = 16};
    return outcome(setrlimit(RLIMIT_NOFILE, &limit));
}

int satchel_try(satchel_attempt attempt, pid_t parent) {
    // The kernel's io_uring_params, which asks for nothing.
    char ring[120] = {0};
    switch (attempt) {
    case SATCHEL_OPEN_FOR_READING:
        return descriptor(open(known_file, O_RDONLY | O_CLOEXEC));
    case SATCHEL_OPEN_FOR_WRITING:
        // A file without a name, that nobody finds.
        return descriptor(open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
    case SATCHEL_REOPEN:
        return descriptor(open(own_descriptor, O_RDWR | O_CLOEXEC));
    case SATCHEL_READ_LINK:
        return read_link();
    case SATCHEL_LOOK_AT_FILE:
        return look_at_file();
    case SATCHEL_REMOVE_FILE:
        return outcome(unlink("/tmp/satchel/nonexistent"));
    case SATCHEL_MAKE_SOCKET:
        return descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    case SATCHEL_CONNECT:
        return connect_to_port();
    case SATCHEL_START_PROCESS:
        return start_process();
    case SATCHEL_START_THREAD:
        return start_thread();
    case SATCHEL_START_PROGRAM:
        return start_program();
    case SATCHEL_TRACE_PARENT:
        return outcome(ptrace(PTRACE_SEIZE, parent, NULL, NULL));
    case SATCHEL_READ_PARENT:
        return read_parent(parent);
    case SATCHEL_SIGNAL_PARENT:
        return signal_parent(parent);
    case SATCHEL_MAP_EXECUTABLE:
        return map_executable();
    case SATCHEL_MAKE_MEMORY_FILE:
        return descriptor(memfd_create("satchel", MFD_CLOEXEC));
    case SATCHEL_MAKE_RING:
        return descriptor(syscall(SYS_io_uring_setup, 1, ring));
    case SATCHEL_RAISE_LIMIT:
        return raise_limit();
    }
    return 0;
}

int satchel_count_descriptors(void) {
    int count = 0;
    for (int number = 0; number < 65536; number++) {
        if (lseek(number, 0, SEEK_CUR) >= 0 || errno != EBADF) count++;
    }
    return count;
}

int satchel_count_variables(void) {
    int count = 0;
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) count++;
    return count;
}
