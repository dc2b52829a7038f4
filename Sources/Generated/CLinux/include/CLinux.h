#ifndef CLINUX_H
#define CLINUX_H
#include <stdint.h>
#include "CLinuxProcess.h"
#include "CLinuxSpawn.h"
#include "CLinuxMounts.h"
#include "CLinuxPolling.h"
#include "CLinuxLoop.h"
#include "CLinuxKeys.h"
#include "CLinuxQuota.h"
#include "CLinuxNetwork.h"

// System calls that Swift's Glibc module does not show. Each answers 0 or more, or minus an errno.
// Nothing but <stdint.h> is included here: glibc's headers under _GNU_SOURCE clash with that module.

enum {
    CLINUX_O_PATH = 010000000,
    CLINUX_AT_EMPTY_PATH = 0x1000,
    CLINUX_UTIME_OMIT = 0x3ffffffe,
};

enum {
    CLINUX_RESOLVE_NO_XDEV = 0x01,
    CLINUX_RESOLVE_NO_MAGICLINKS = 0x02,
    CLINUX_RESOLVE_NO_SYMLINKS = 0x04,
    CLINUX_RESOLVE_BENEATH = 0x08,
    CLINUX_RESOLVE_IN_ROOT = 0x10,
};

int clinux_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);

enum {
    CLINUX_RENAME_NOREPLACE = 1,
    CLINUX_RENAME_EXCHANGE = 2,
};

int clinux_renameat2(int from, const char *name, int to, const char *new_name, unsigned int flags);

struct clinux_status {
    uint32_t mode;
    uint32_t links;
    uint32_t user;
    uint32_t group;
    uint64_t inode;
    uint64_t size;
    uint64_t blocks;
    uint64_t device;
    uint64_t special_device;
    uint64_t mount_id;
    int64_t modified_seconds;
    uint32_t modified_nanoseconds;
    uint8_t is_mount_root;
    uint8_t is_immutable;
    uint8_t is_append_only;
};

// Of path in directory, or of directory itself if path is empty. Never follows a symlink at the
// end of path and never waits for an automount.
int clinux_status(int directory, const char *path, struct clinux_status *status);

struct clinux_filesystem_status {
    int64_t type;
    uint64_t id;
    uint64_t block_size;
    uint64_t blocks;
    uint64_t free_blocks;
    uint64_t available_blocks;
    uint64_t inodes;
    uint64_t free_inodes;
};

int clinux_filesystem(int descriptor, struct clinux_filesystem_status *filesystem);

// The UUID that the filesystem carries on its disk; answers how many bytes it has.
int clinux_filesystem_uuid(int descriptor, uint8_t uuid[16]);

int clinux_syncfs(int descriptor);

// How many bytes the names of the object's extended attributes have.
int clinux_attributes(int descriptor);

// Gives the calling thread a working directory and a umask of its own, and sets them.
int clinux_enter_alone(int directory, unsigned int umask);

// Sets an extended attribute of an entry of a directory, which is not followed if it is a symlink;
// of what is held open itself if the name is empty.
int clinux_set_attribute(
    int directory, const char *name, const char *attribute, const char *value, uint32_t size);

// Gives an object the extended attributes of another, ACLs among them, but not security labels.
int clinux_copy_attributes(int from, int to);

// Both ends of a pipe: where it is read, and where it is written.
int clinux_pipe(int ends[2]);

// Gives a part of a file back to the disk; its size stays, and zeros are read there.
int clinux_punch_hole(int file, int64_t offset, int64_t length);

// Gives the calling thread a root, a working directory in it and a umask of its own. Afterwards
// nothing that it opens by path lies outside the root, whoever moves or links what.
int clinux_enter_confined(int root, int directory, unsigned int umask);

#endif
