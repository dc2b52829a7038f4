#ifndef CLINUX_SPAWN_H
#define CLINUX_SPAWN_H

// Starts a program in a session of its own, with `input` (/dev/null if negative) as input, the file
// `output` as output, no other file, default signals and / as its directory. Returns 0 or an errno.
int clinux_spawn_detached(
    const char *executable, char *const arguments[], char *const environment[],
    int input, const char *output, int *process);

#endif
