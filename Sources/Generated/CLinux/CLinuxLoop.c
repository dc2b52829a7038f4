#define _GNU_SOURCE
#include "CLinuxLoop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_loop(int number) {
    char path[32];
    snprintf(path, sizeof path, "/dev/loop%d", number);
    int device = open(path, O_RDWR | O_CLOEXEC);
    // Where no devtmpfs makes nodes, we do.
    if (device < 0 && errno == ENOENT && mknod(path, S_IFBLK | 0600, makedev(7, number)) == 0)
        device = open(path, O_RDWR | O_CLOEXEC);
    return device < 0 ? -errno : device;
}

int clinux_loop_attach(int file, const char *name, int *number) {
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0) return -errno;
    int device = -EBUSY;
    // Somebody else may take a free device before us.
    for (int attempt = 0; attempt < 64 && device == -EBUSY; attempt++) {
        int free = ioctl(control, LOOP_CTL_GET_FREE);
        device = free < 0 ? -errno : open_loop(free);
        if (device < 0) continue;
        struct loop_config configuration;
        memset(&configuration, 0, sizeof configuration);
        configuration.fd = file;
        configuration.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO;
        snprintf((char *)configuration.info.lo_file_name, LO_NAME_SIZE, "%s", name);
        if (ioctl(device, LOOP_CONFIGURE, &configuration) == 0) {
            *number = free;
            break;
        }
        int error = errno;
        close(device);
        device = -error;
    }
    close(control);
    return device;
}

int clinux_loop_grow(int device) {
    return ioctl(device, LOOP_SET_CAPACITY) < 0 ? -errno : 0;
}

int clinux_freeze(int file) {
    return ioctl(file, FIFREEZE, 0) < 0 ? -errno : 0;
}

int clinux_thaw(int file) {
    return ioctl(file, FITHAW, 0) < 0 ? -errno : 0;
}

int clinux_loop_file(int device, uint64_t *filesystem, uint64_t *inode) {
    struct loop_info64 info;
    if (ioctl(device, LOOP_GET_STATUS64, &info) < 0) return -errno;
    *filesystem = info.lo_device;
    *inode = info.lo_inode;
    return 0;
}

int clinux_give_up_resource_privilege(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    memset(sets, 0, sizeof sets);
    if (syscall(SYS_capget, &header, sets) < 0) return -errno;
    sets[CAP_SYS_RESOURCE / 32].effective &= ~(1u << (CAP_SYS_RESOURCE % 32));
    return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

int clinux_has_resource_privilege(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2];
    memset(sets, 0, sizeof sets);
    if (syscall(SYS_capget, &header, sets) < 0) return -errno;
    return (sets[CAP_SYS_RESOURCE / 32].permitted >> (CAP_SYS_RESOURCE % 32)) & 1;
}
