#define _GNU_SOURCE
#include "CLinuxPolling.h"

#include <errno.h>
#include <sys/epoll.h>

int clinux_poll_make(void) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    return poll < 0 ? -errno : poll;
}

static int control(int poll, int operation, int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    return epoll_ctl(poll, operation, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_poll_add(int poll, int descriptor, uint32_t events) {
    return control(poll, EPOLL_CTL_ADD, descriptor, events);
}

int clinux_poll_change(int poll, int descriptor, uint32_t events) {
    return control(poll, EPOLL_CTL_MOD, descriptor, events);
}

int clinux_poll_remove(int poll, int descriptor) {
    return control(poll, EPOLL_CTL_DEL, descriptor, 0);
}

int clinux_poll_wait(int poll, struct clinux_poll_event *events, int count) {
    struct epoll_event found[64];
    if (count > 64) count = 64;
    count = epoll_wait(poll, found, count, -1);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        events[i].events = found[i].events;
        events[i].descriptor = found[i].data.fd;
    }
    return count;
}
