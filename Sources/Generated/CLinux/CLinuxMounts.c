#define _GNU_SOURCE
#include "CLinuxMounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The header that has it doesn't go with glibc's.
enum { CLINUX_AT_RECURSIVE = 0x8000 };

int clinux_clone_mount(int directory, const char *path) {
    unsigned int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
    long result = syscall(SYS_open_tree, directory, path, flags);
    return result < 0 ? -errno : (int)result;
}

int clinux_clone_mounts(int directory) {
    unsigned int flags =
        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | CLINUX_AT_RECURSIVE;
    long result = syscall(SYS_open_tree, directory, "", flags);
    return result < 0 ? -errno : (int)result;
}

int clinux_restrict_mount(int mount, int recursively, uint64_t set, uint64_t clear) {
    struct mount_attr attributes = {
        .attr_set = set,
        .attr_clr = clear,
        .propagation = MS_SLAVE,
    };
    unsigned int flags = AT_EMPTY_PATH | (recursively ? CLINUX_AT_RECURSIVE : 0);
    long result =
        syscall(SYS_mount_setattr, mount, "", flags, &attributes, sizeof attributes);
    return result < 0 ? -errno : (int)result;
}

int clinux_map_mount(int mount, int user_namespace) {
    struct mount_attr attributes = {
        .attr_set = MOUNT_ATTR_IDMAP,
        .userns_fd = (unsigned int)user_namespace,
    };
    long result = syscall(
        SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
    return result < 0 ? -errno : (int)result;
}

int clinux_attach_mount(int mount, int target) {
    long result = syscall(
        SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    return result < 0 ? -errno : (int)result;
}

static int write_map(pid_t process, const char *name, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", process, name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    ssize_t count = write(file, text, strlen(text));
    int result = count < 0 ? -errno : 0;
    close(file);
    return result;
}

int clinux_user_namespace(const char *uid_map, const char *gid_map) {
    // A namespace begins with a process in it, which does nothing but wait for its end.
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child < 0) return -errno;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) syscall(SYS_ppoll, 0, 0, 0, 0, 0);
    }
    pid_t process = (pid_t)child;
    int result = write_map(process, "uid_map", uid_map);
    if (result == 0) result = write_map(process, "gid_map", gid_map);
    if (result == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/user", process);
        result = open(path, O_RDONLY | O_CLOEXEC);
        if (result < 0) result = -errno;
    }
    kill(process, SIGKILL);
    while (waitpid(process, 0, 0) < 0 && errno == EINTR) {}
    return result;
}
