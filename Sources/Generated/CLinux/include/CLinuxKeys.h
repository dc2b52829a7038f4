#ifndef CLINUX_KEYS_H
#define CLINUX_KEYS_H

// Puts a secret into the kernel's keyring of the calling thread; its number, or -errno.
int clinux_thread_key_add(
    const char *type, const char *description, const void *secret, unsigned long size);
// Takes it out again; called by the same thread.
int clinux_thread_key_remove(int key);

#endif
