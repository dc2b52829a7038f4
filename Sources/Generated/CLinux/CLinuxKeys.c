#define _GNU_SOURCE
#include "CLinuxKeys.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_thread_key_add(
    const char *type, const char *description, const void *secret, unsigned long size) {
    long key = syscall(SYS_add_key, type, description, secret, size, KEY_SPEC_THREAD_KEYRING);
    return key < 0 ? -errno : (int)key;
}

int clinux_thread_key_remove(int key) {
    return syscall(SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_THREAD_KEYRING) < 0 ? -errno : 0;
}
