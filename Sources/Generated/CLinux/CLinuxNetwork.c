#define _GNU_SOURCE
#include "CLinuxNetwork.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

// On a thread of its own, which ends in the new namespace.
static void *make(void *path) {
    if (unshare(CLONE_NEWNET) < 0) return (void *)(intptr_t)-errno;
    if (mount("/proc/thread-self/ns/net", path, NULL, MS_BIND, NULL) < 0)
        return (void *)(intptr_t)-errno;
    return NULL;
}

int clinux_make_network_namespace(const char *path) {
    pthread_t thread;
    sigset_t all, before;
    void *answer;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&thread, NULL, make, (void *)path);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0) return -result;
    pthread_join(thread, &answer);
    return (int)(intptr_t)answer;
}

int clinux_remove_bridge(const char *name) {
    struct ifreq request = {0};
    int result = 0;
    if (strlen(name) >= sizeof request.ifr_name) return -ENAMETOOLONG;
    strcpy(request.ifr_name, name);
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return -errno;
    if (ioctl(control, SIOCGIFFLAGS, &request) < 0) {
        result = -errno;
    } else {
        request.ifr_flags &= ~IFF_UP;
        if (ioctl(control, SIOCSIFFLAGS, &request) < 0 || ioctl(control, SIOCBRDELBR, name) < 0)
            result = -errno;
    }
    close(control);
    return result;
}
