#define _GNU_SOURCE
#include "CLinuxQuota.h"

#include <endian.h>
#include <errno.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

static int project_quota(int descriptor, int command, uint32_t id, void *argument) {
    long result = syscall(SYS_quotactl_fd, descriptor, QCMD(command, PRJQUOTA), id, argument);
    return result < 0 ? -errno : 0;
}

int clinux_project_quota_state(int descriptor) {
    struct fs_quota_stat state;
    memset(&state, 0, sizeof state);
    if (project_quota(descriptor, Q_XGETQSTAT, 0, &state) < 0) return 0;
    if (state.qs_flags & FS_QUOTA_PDQ_ENFD) return 2;
    return state.qs_flags & FS_QUOTA_PDQ_ACCT ? 1 : 0;
}

int clinux_project_quota(int descriptor, uint32_t id, struct clinux_quota *quota) {
    struct if_dqblk block;
    memset(&block, 0, sizeof block);
    *quota = (struct clinux_quota){.id = id};
    int result = project_quota(descriptor, Q_GETQUOTA, id, &block);
    // Nobody ever had that id.
    if (result == -ENOENT) return 0;
    if (result < 0) return result;
    quota->limit_bytes = block.dqb_bhardlimit * 1024;
    quota->used_bytes = block.dqb_curspace;
    quota->limit_inodes = block.dqb_ihardlimit;
    quota->used_inodes = block.dqb_curinodes;
    return 0;
}

int clinux_set_project_quota(int descriptor, uint32_t id, uint64_t bytes, uint64_t inodes) {
    struct if_dqblk block;
    memset(&block, 0, sizeof block);
    block.dqb_bhardlimit = bytes / 1024;
    block.dqb_ihardlimit = inodes;
    block.dqb_valid = QIF_LIMITS;
    int result = project_quota(descriptor, Q_SETQUOTA, id, &block);
    return result == -ENOENT && bytes == 0 && inodes == 0 ? 0 : result;
}

int clinux_project(int descriptor, uint32_t *id, int *inherits) {
    struct fsxattr attributes;
    memset(&attributes, 0, sizeof attributes);
    if (ioctl(descriptor, FS_IOC_FSGETXATTR, &attributes) < 0) return -errno;
    *id = attributes.fsx_projid;
    *inherits = (attributes.fsx_xflags & FS_XFLAG_PROJINHERIT) != 0;
    return 0;
}

int clinux_set_project(int descriptor, uint32_t id, int inherits) {
    struct fsxattr attributes;
    memset(&attributes, 0, sizeof attributes);
    if (ioctl(descriptor, FS_IOC_FSGETXATTR, &attributes) < 0) return -errno;
    attributes.fsx_projid = id;
    attributes.fsx_xflags &= ~FS_XFLAG_PROJINHERIT;
    if (inherits) attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
    return ioctl(descriptor, FS_IOC_FSSETXATTR, &attributes) < 0 ? -errno : 0;
}

// Copies the item that the quota tree has under exactly this key; -ENOENT if there is none.
static int quota_item(int descriptor, uint32_t type, uint64_t offset, void *item, size_t size) {
    struct btrfs_ioctl_search_args search;
    memset(&search, 0, sizeof search);
    search.key.tree_id = BTRFS_QUOTA_TREE_OBJECTID;
    search.key.min_type = search.key.max_type = type;
    search.key.min_offset = search.key.max_offset = offset;
    search.key.max_transid = UINT64_MAX;
    search.key.nr_items = 1;
    if (ioctl(descriptor, BTRFS_IOC_TREE_SEARCH, &search) < 0) return -errno;
    if (search.key.nr_items == 0) return -ENOENT;
    struct btrfs_ioctl_search_header header;
    memcpy(&header, search.buf, sizeof header);
    if (header.type != type || header.offset != offset || header.len < size) return -ENOENT;
    memcpy(item, search.buf + sizeof header, size);
    return 0;
}

int clinux_qgroups_state(int descriptor) {
    struct btrfs_qgroup_status_item status;
    int result = quota_item(descriptor, BTRFS_QGROUP_STATUS_KEY, 0, &status, sizeof(uint64_t) * 3);
    return result == -ENOENT ? 0 : result < 0 ? result : 1;
}

int clinux_qgroups_enable(int descriptor) {
    struct btrfs_ioctl_quota_ctl_args control = {.cmd = BTRFS_QUOTA_CTL_ENABLE};
    return ioctl(descriptor, BTRFS_IOC_QUOTA_CTL, &control) < 0 ? -errno : 0;
}

static int with_name(int parent, unsigned long request, const char *name) {
    struct btrfs_ioctl_vol_args arguments;
    memset(&arguments, 0, sizeof arguments);
    if (strlen(name) >= sizeof arguments.name) return -ENAMETOOLONG;
    strcpy(arguments.name, name);
    return ioctl(parent, request, &arguments) < 0 ? -errno : 0;
}

int clinux_subvolume_create(int parent, const char *name) {
    return with_name(parent, BTRFS_IOC_SUBVOL_CREATE, name);
}

int clinux_subvolume_destroy(int parent, const char *name) {
    return with_name(parent, BTRFS_IOC_SNAP_DESTROY, name);
}

int clinux_btrfs_grow(int descriptor) {
    return with_name(descriptor, BTRFS_IOC_RESIZE, "max");
}

int clinux_subvolume(int descriptor, uint64_t *id) {
    struct btrfs_ioctl_ino_lookup_args lookup;
    memset(&lookup, 0, sizeof lookup);
    lookup.objectid = BTRFS_FIRST_FREE_OBJECTID;
    if (ioctl(descriptor, BTRFS_IOC_INO_LOOKUP, &lookup) < 0) return -errno;
    *id = lookup.treeid;
    return 0;
}

int clinux_qgroup(int descriptor, uint64_t subvolume, struct clinux_qgroup *group) {
    struct btrfs_qgroup_info_item info;
    struct btrfs_qgroup_limit_item limit;
    *group = (struct clinux_qgroup){0};
    int result = quota_item(descriptor, BTRFS_QGROUP_INFO_KEY, subvolume, &info, sizeof info);
    if (result < 0) return result;
    group->used_bytes = le64toh(info.rfer);
    result = quota_item(descriptor, BTRFS_QGROUP_LIMIT_KEY, subvolume, &limit, sizeof limit);
    if (result == 0 && le64toh(limit.flags) & BTRFS_QGROUP_LIMIT_MAX_RFER)
        group->limit_bytes = le64toh(limit.max_rfer);
    return result == -ENOENT ? 0 : result;
}

int clinux_set_qgroup(int descriptor, uint64_t subvolume, uint64_t bytes) {
    struct btrfs_ioctl_qgroup_limit_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.qgroupid = subvolume;
    arguments.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER;
    // As btrfs-progs does: all ones, and the kernel forgets the limit.
    arguments.lim.max_rfer = bytes ? bytes : UINT64_MAX;
    return ioctl(descriptor, BTRFS_IOC_QGROUP_LIMIT, &arguments) < 0 ? -errno : 0;
}

int clinux_remove_qgroup(int descriptor, uint64_t subvolume) {
    struct btrfs_ioctl_qgroup_create_args arguments = {.create = 0, .qgroupid = subvolume};
    return ioctl(descriptor, BTRFS_IOC_QGROUP_CREATE, &arguments) < 0 ? -errno : 0;
}
