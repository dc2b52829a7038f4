#ifndef CLINUX_QUOTA_H
#define CLINUX_QUOTA_H
#include <stdint.h>

// Project quota of ext4 and xfs, and qgroups of btrfs. Each answers 0 or more, or minus an errno.
// A descriptor is any open file or directory of the filesystem.

struct clinux_quota {
    uint32_t id;
    // 0 means no limit.
    uint64_t limit_bytes;
    uint64_t used_bytes;
    uint64_t limit_inodes;
    uint64_t used_inodes;
};

// 0 if the filesystem does not count projects, 1 if it counts them, 2 if limits hold as well.
int clinux_project_quota_state(int descriptor);
int clinux_project_quota(int descriptor, uint32_t id, struct clinux_quota *quota);
int clinux_set_project_quota(int descriptor, uint32_t id, uint64_t bytes, uint64_t inodes);

// The project of a file or directory, and whether what is made in it inherits that.
int clinux_project(int descriptor, uint32_t *id, int *inherits);
int clinux_set_project(int descriptor, uint32_t id, int inherits);

struct clinux_qgroup {
    uint64_t limit_bytes;
    uint64_t used_bytes;
};

// 1 if the filesystem counts subvolumes, 0 if it does not.
int clinux_qgroups_state(int descriptor);
int clinux_qgroups_enable(int descriptor);
int clinux_subvolume_create(int parent, const char *name);
int clinux_subvolume_destroy(int parent, const char *name);
// The number of the subvolume that holds what is open.
int clinux_subvolume(int descriptor, uint64_t *id);
int clinux_qgroup(int descriptor, uint64_t subvolume, struct clinux_qgroup *group);
// 0 bytes takes the limit away.
int clinux_set_qgroup(int descriptor, uint64_t subvolume, uint64_t bytes);
int clinux_remove_qgroup(int descriptor, uint64_t subvolume);
// Lets a mounted btrfs have all of its device.
int clinux_btrfs_grow(int descriptor);

#endif
