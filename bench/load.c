// Asks a daemon for volumes over its unix socket as fast as it answers: CONNECTIONS keep-alive
// connections with one request under way on each. Prints the rate and two quantiles of the times.
//
//   load SOCKET create|inspect|remove|list PREFIX FIRST COUNT CONNECTIONS
//
// Request number i is about the volume PREFIX<FIRST + i>; a list is about all of them.
#define _GNU_SOURCE
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct connection {
    int socket;
    char *answer;
    size_t length, room;
    uint64_t asked;
};

static const char *path, *action, *prefix;
static long first, count, asked, answered;
static double *times;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int dial(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) errx(2, "%s: too long for a socket", path);
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) err(2, "%s", path);
    return fd;
}

static int request(char *out, size_t room, long volume) {
    if (!strcmp(action, "create")) {
        char body[256];
        int length = snprintf(body, sizeof body, "{\"Name\":\"%s%ld\"}", prefix, volume);
        return snprintf(out, room,
            "POST /v1.41/volumes/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
            "Content-Length: %d\r\n\r\n%s", length, body);
    }
    const char *method = strcmp(action, "remove") ? "GET" : "DELETE";
    if (!strcmp(action, "list"))
        return snprintf(out, room, "GET /v1.41/volumes HTTP/1.1\r\nHost: d\r\n\r\n");
    return snprintf(out, room, "%s /v1.41/volumes/%s%ld HTTP/1.1\r\nHost: d\r\n\r\n",
        method, prefix, volume);
}

static void ask(struct connection *c) {
    char text[1024];
    int length = request(text, sizeof text, first + asked++);
    c->length = 0;
    c->asked = now();
    if (write(c->socket, text, length) != length) err(2, "write");
}

// Whether the whole answer is there. Both ways of saying how long it is are known, no others.
static int is_whole(struct connection *c) {
    c->answer[c->length] = 0;
    char *end = strstr(c->answer, "\r\n\r\n");
    if (!end) return 0;
    int status = atoi(c->answer + strlen("HTTP/1.1 "));
    if (status < 200 || status > 299) errx(3, "%s: %s", action, c->answer);
    if (status == 204) return 1;
    size_t body = c->answer + c->length - (end + 4);
    *end = 0;
    char *stated = strcasestr(c->answer, "\r\nContent-Length:");
    *end = '\r';
    if (stated) return body >= strtoul(stated + 17, NULL, 10);
    return body >= 5 && !memcmp(c->answer + c->length - 5, "0\r\n\r\n", 5);
}

static void hear(struct connection *c) {
    if (c->room - c->length < 65536) {
        c->room = c->room * 2 + 131072;
        c->answer = realloc(c->answer, c->room);
        if (!c->answer) err(2, "memory");
    }
    ssize_t got = read(c->socket, c->answer + c->length, c->room - c->length - 1);
    if (got <= 0) err(2, "the daemon hung up");
    c->length += got;
    if (!is_whole(c)) return;
    times[answered++] = (now() - c->asked) / 1e3;
    if (asked < count) ask(c);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int words, char **word) {
    if (words != 7) errx(2, "usage: load SOCKET ACTION PREFIX FIRST COUNT CONNECTIONS");
    path = word[1], action = word[2], prefix = word[3];
    first = atol(word[4]), count = atol(word[5]);
    int connections = atoi(word[6]);
    if (connections > count) connections = count;
    times = calloc(count, sizeof *times);
    struct connection *all = calloc(connections, sizeof *all);
    int poll = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        all[i].socket = dial();
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].socket, &event);
    }
    uint64_t start = now();
    for (int i = 0; i < connections; i++) ask(&all[i]);
    while (answered < count) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 60000);
        if (ready <= 0) errx(2, "no answer within a minute");
        for (int i = 0; i < ready; i++) hear(events[i].data.ptr);
    }
    double seconds = (now() - start) / 1e9;
    qsort(times, count, sizeof *times, compare);
    printf("{\"rate\": %.1f, \"p50\": %.1f, \"p99\": %.1f, \"bytes\": %zu}\n",
        count / seconds, times[count / 2], times[count * 99 / 100], all[0].length);
}
