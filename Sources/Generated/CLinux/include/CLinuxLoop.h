#ifndef CLINUX_LOOP_H
#define CLINUX_LOOP_H
#include <stdint.h>

// Loop devices, and a privilege to be without. Each answers 0 or more, or minus an errno.

// Makes a file a block device that goes by itself when its last user does, and opens it; `number`
// is N in /dev/loopN.
int clinux_loop_attach(int file, const char *name, int *number);
// Lets the device see what its file has grown to.
int clinux_loop_grow(int device);
// Which file the device shows.
int clinux_loop_file(int device, uint64_t *filesystem, uint64_t *inode);

// Holds up all writes to a filesystem with everything written, and lets them go on (EINVAL if they
// were not held up).
int clinux_freeze(int file);
int clinux_thaw(int file);

// Takes CAP_SYS_RESOURCE from what the calling thread, and threads that it makes, may do at once.
// Programs that they run as root have it again.
int clinux_give_up_resource_privilege(void);
// 1 if programs that it runs as root have it.
int clinux_has_resource_privilege(void);

#endif
