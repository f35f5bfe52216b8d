/* Lets writes and syncs of SQLite's files fail: preloaded into the server by benchmarks/experiments/faults.py.
 *
 * FAULT_FILE names a file of four ints that all processes map: the interval at which writes fail, the interval at which
 * syncs fail (0: none), the error number, and the calls so far. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int *faults;

__attribute__((constructor)) static void map_faults(void) {
    const char *path = getenv("FAULT_FILE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, 4 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) faults = mapped;
    close(file);
}

static int is_database(int file) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, ".sqlite3") && !strstr(path, "-reserve") && !strstr(path, "-lock");
}

static int fails(int file, int kind) {
    if (!faults || !faults[kind] || !is_database(file)) return 0;
    if (__sync_add_and_fetch(&faults[3], 1) % faults[kind]) return 0;
    errno = faults[2];
    return 1;
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    return fails(file, 0) ? -1 : real(file, data, size, offset);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    return pwrite64(file, data, size, offset);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    return fails(file, 1) ? -1 : real(file);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    return fails(file, 1) ? -1 : real(file);
}
