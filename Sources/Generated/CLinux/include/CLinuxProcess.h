#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

// A descriptor of a process, or -errno: what is done with it never meets another that has the
// same id later.
int clinux_process_open(int process);
// Sends a signal; -ESRCH if the process has ended.
int clinux_process_signal(int descriptor, int signal);

// Has the kernel forget which pages of this program's code it has mapped: they are mapped again as
// they are needed.
int clinux_unmap_code(void);

#endif
