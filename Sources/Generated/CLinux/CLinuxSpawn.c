#define _GNU_SOURCE
#include "CLinuxSpawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t signals;
    int error;
    sigemptyset(&signals);
    if ((error = posix_spawnattr_setsigmask(attributes, &signals))) return error;
    sigfillset(&signals);
    if ((error = posix_spawnattr_setsigdefault(attributes, &signals))) return error;
    return posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int add_actions(posix_spawn_file_actions_t *actions, int input, const char *output) {
    const int flags = O_WRONLY | O_CREAT | O_APPEND;
    int error;
    error = input < 0 ? posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0)
                      : posix_spawn_file_actions_adddup2(actions, input, 0);
    if (error) return error;
    if ((error = posix_spawn_file_actions_addopen(actions, 1, output, flags, 0600))) return error;
    if ((error = posix_spawn_file_actions_adddup2(actions, 1, 2))) return error;
    if ((error = posix_spawn_file_actions_addchdir_np(actions, "/"))) return error;
    return posix_spawn_file_actions_addclosefrom_np(actions, 3);
}

int clinux_spawn_detached(
    const char *executable, char *const arguments[], char *const environment[],
    int input, const char *output, int *process) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error;
    if ((error = posix_spawn_file_actions_init(&actions))) return error;
    if (!(error = posix_spawnattr_init(&attributes))) {
        if (!(error = set_attributes(&attributes)) && !(error = add_actions(&actions, input, output)))
            error = posix_spawn(
                process, executable, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}
