#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

_Static_assert(CLINUX_O_PATH == O_PATH, "O_PATH");
_Static_assert(CLINUX_AT_EMPTY_PATH == AT_EMPTY_PATH, "AT_EMPTY_PATH");
_Static_assert(CLINUX_UTIME_OMIT == UTIME_OMIT, "UTIME_OMIT");
_Static_assert(CLINUX_RESOLVE_NO_XDEV == RESOLVE_NO_XDEV, "RESOLVE_NO_XDEV");
_Static_assert(CLINUX_RESOLVE_NO_MAGICLINKS == RESOLVE_NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS");
_Static_assert(CLINUX_RESOLVE_NO_SYMLINKS == RESOLVE_NO_SYMLINKS, "RESOLVE_NO_SYMLINKS");
_Static_assert(CLINUX_RESOLVE_BENEATH == RESOLVE_BENEATH, "RESOLVE_BENEATH");
_Static_assert(CLINUX_RESOLVE_IN_ROOT == RESOLVE_IN_ROOT, "RESOLVE_IN_ROOT");
_Static_assert(CLINUX_RENAME_NOREPLACE == RENAME_NOREPLACE, "RENAME_NOREPLACE");
_Static_assert(CLINUX_RENAME_EXCHANGE == RENAME_EXCHANGE, "RENAME_EXCHANGE");

int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    long result = syscall(SYS_openat2, directory, path, &how, sizeof how);
    return result < 0 ? -errno : (int)result;
}

int clinux_renameat2(int from, const char *name, int to, const char *new_name, unsigned int flags) {
    return renameat2(from, name, to, new_name, flags) < 0 ? -errno : 0;
}

int clinux_status(int directory, const char *path, struct clinux_status *status) {
    struct statx s;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH;
    if (statx(directory, path, flags, STATX_BASIC_STATS | STATX_MNT_ID, &s) < 0) return -errno;
    *status = (struct clinux_status){
        .mode = s.stx_mode,
        .links = s.stx_nlink,
        .user = s.stx_uid,
        .group = s.stx_gid,
        .inode = s.stx_ino,
        .size = s.stx_size,
        .blocks = s.stx_blocks,
        .device = makedev(s.stx_dev_major, s.stx_dev_minor),
        .special_device = makedev(s.stx_rdev_major, s.stx_rdev_minor),
        .mount_id = s.stx_mask & STATX_MNT_ID ? s.stx_mnt_id : 0,
        .modified_seconds = s.stx_mtime.tv_sec,
        .modified_nanoseconds = s.stx_mtime.tv_nsec,
        .is_mount_root = (s.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
        .is_immutable = (s.stx_attributes & STATX_ATTR_IMMUTABLE) != 0,
        .is_append_only = (s.stx_attributes & STATX_ATTR_APPEND) != 0,
    };
    return 0;
}

int clinux_filesystem(int descriptor, struct clinux_filesystem_status *filesystem) {
    struct statfs s;
    if (fstatfs(descriptor, &s) < 0) return -errno;
    uint32_t id[2];
    memcpy(id, &s.f_fsid, sizeof id);
    *filesystem = (struct clinux_filesystem_status){
        .type = s.f_type,
        .id = (uint64_t)id[1] << 32 | id[0],
        .block_size = s.f_frsize ? s.f_frsize : s.f_bsize,
        .blocks = s.f_blocks,
        .free_blocks = s.f_bfree,
        .available_blocks = s.f_bavail,
        .inodes = s.f_files,
        .free_inodes = s.f_ffree,
    };
    return 0;
}

// Newer than, or not in, the headers we build with.
struct fs_uuid { uint8_t length; uint8_t uuid[16]; };
#define ANY_GET_UUID _IOR(0x15, 0, struct fs_uuid)
struct ext4_uuid { uint32_t length; uint32_t flags; uint8_t uuid[16]; };
#define EXT4_GET_UUID _IOC(_IOC_READ, 'f', 44, 8)
struct xfs_geometry {
    uint32_t sizes[8];
    uint64_t counts[4];
    uint8_t uuid[16];
    uint32_t rest[7];
};
#define XFS_GET_GEOMETRY _IOR('X', 100, struct xfs_geometry)

static int is_set(const uint8_t uuid[16]) {
    for (int i = 0; i < 16; i++)
        if (uuid[i]) return 1;
    return 0;
}

int clinux_filesystem_uuid(int descriptor, uint8_t uuid[16]) {
    struct statfs s;
    if (fstatfs(descriptor, &s) < 0) return -errno;
    memset(uuid, 0, 16);
    struct fs_uuid any;
    memset(&any, 0, sizeof any);
    if (ioctl(descriptor, ANY_GET_UUID, &any) == 0 && any.length <= 16) {
        memcpy(uuid, any.uuid, any.length);
        if (is_set(uuid)) return any.length;
    }
    if (s.f_type == 0xef53) {
        struct ext4_uuid ext4 = {.length = 16};
        if (ioctl(descriptor, EXT4_GET_UUID, &ext4) == 0) memcpy(uuid, ext4.uuid, 16);
    } else if (s.f_type == 0x58465342) {
        struct xfs_geometry xfs;
        if (ioctl(descriptor, XFS_GET_GEOMETRY, &xfs) == 0) memcpy(uuid, xfs.uuid, 16);
    } else if (s.f_type == 0x9123683e) {
        struct btrfs_ioctl_fs_info_args btrfs;
        memset(&btrfs, 0, sizeof btrfs);
        if (ioctl(descriptor, BTRFS_IOC_FS_INFO, &btrfs) == 0) memcpy(uuid, btrfs.fsid, 16);
    }
    return is_set(uuid) ? 16 : -ENOTTY;
}

int clinux_syncfs(int descriptor) {
    return syncfs(descriptor) < 0 ? -errno : 0;
}

int clinux_attributes(int descriptor) {
    ssize_t size = flistxattr(descriptor, NULL, 0);
    if (size < 0) return errno == ENOTSUP ? 0 : -errno;
    return (int)size;
}

int clinux_enter_alone(int directory, unsigned int mask) {
    if (unshare(CLONE_FS) < 0) return -errno;
    if (fchdir(directory) < 0) return -errno;
    umask(mask);
    return 0;
}

int clinux_enter_confined(int root, int directory, unsigned int mask) {
    if (unshare(CLONE_FS) < 0) return -errno;
    if (fchdir(root) < 0 || chroot(".") < 0) return -errno;
    if (fchdir(directory) < 0) return -errno;
    umask(mask);
    return 0;
}

int clinux_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

int clinux_punch_hole(int file, int64_t offset, int64_t length) {
    const int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    return fallocate(file, mode, offset, length) < 0 ? -errno : 0;
}

int clinux_set_attribute(
    int directory, const char *name, const char *attribute, const char *value,
    uint32_t size) {
    char path[320];
    if (*name == 0) {
        // The object itself, whatever kind it is.
        snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
        return setxattr(path, attribute, value, size, 0) < 0 ? -errno : 0;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", directory, name);
    return lsetxattr(path, attribute, value, size, 0) < 0 ? -errno : 0;
}

int clinux_copy_attributes(int from, int to) {
    char names[65536];
    char value[65536];
    ssize_t length = flistxattr(from, names, sizeof names);
    if (length < 0) return errno == ENOTSUP ? 0 : -errno;
    for (char *name = names; name < names + length; name += strlen(name) + 1) {
        if (strncmp(name, "security.", 9) == 0) continue;
        ssize_t size = fgetxattr(from, name, value, sizeof value);
        if (size < 0) return -errno;
        if (fsetxattr(to, name, value, (size_t)size, 0) < 0) return -errno;
    }
    return 0;
}
