#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_process_open(int process) {
    long result = syscall(SYS_pidfd_open, process, 0);
    return result < 0 ? -errno : (int)result;
}

int clinux_process_signal(int descriptor, int signal) {
    return syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0) < 0 ? -errno : 0;
}

// The linker's names for the ends of what is only read and executed, and never relocated.
extern const char __executable_start[], etext[];

int clinux_unmap_code(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)__executable_start + page - 1) / page * page;
    uintptr_t end = (uintptr_t)etext / page * page;
    return madvise((void *)start, end - start, MADV_DONTNEED) < 0 ? -errno : 0;
}
