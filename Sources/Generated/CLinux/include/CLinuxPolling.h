#ifndef CLINUX_POLLING_H
#define CLINUX_POLLING_H
#include <stdint.h>

// epoll, which Swift's Glibc module does not show. Each answers 0 or more, or minus an errno.

enum {
    CLINUX_POLL_IN = 0x001,
    CLINUX_POLL_OUT = 0x004,
    CLINUX_POLL_ERR = 0x008,
    CLINUX_POLL_HUP = 0x010,
};

struct clinux_poll_event {
    uint32_t events;
    int32_t descriptor;
};

int clinux_poll_make(void);
int clinux_poll_add(int poll, int descriptor, uint32_t events);
int clinux_poll_change(int poll, int descriptor, uint32_t events);
int clinux_poll_remove(int poll, int descriptor);
int clinux_poll_wait(int poll, struct clinux_poll_event *events, int count);

#endif
