#ifndef CLINUX_NETWORK_H
#define CLINUX_NETWORK_H

// Each answers 0, or minus an errno.

// Makes a network namespace and mounts it on the file at path. The calling thread stays where it is.
int clinux_make_network_namespace(const char *path);

// Takes a bridge down and away.
int clinux_remove_bridge(const char *name);

#endif
