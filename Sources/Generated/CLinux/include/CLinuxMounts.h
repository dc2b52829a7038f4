#ifndef CLINUX_MOUNTS_H
#define CLINUX_MOUNTS_H

#include <stdint.h>

// The newer system calls about mounts. Each answers 0 or more, or minus an errno.

// A copy of the mount that shows what `path` names in `directory` (or `directory` itself, if the
// path is empty), from there on; not attached anywhere.
int clinux_clone_mount(int directory, const char *path);

// The same of a directory held open, with all that is mounted below it.
int clinux_clone_mounts(int directory);

// Sets and clears attributes (MOUNT_ATTR_*) of the unattached mount, and has it hear of the mounts
// made where it came from, but not the other way round.
int clinux_restrict_mount(int mount, int recursively, uint64_t set, uint64_t clear);

// Shows owners on the unattached mount as the user namespace translates them.
int clinux_map_mount(int mount, int user_namespace);

// Attaches an unattached mount at what `target` holds open.
int clinux_attach_mount(int mount, int target);

// A user namespace that nobody is in, with these lines in its uid_map and gid_map.
int clinux_user_namespace(const char *uid_map, const char *gid_map);

#endif
