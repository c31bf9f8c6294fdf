/* Preloaded into a server that has no setting for its host: what it would open to every network card,
 * it opens to this machine alone.
 *
 *   cc -shared -fPIC -o loopback_only.so loopback_only.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

typedef int (*bind_function)(int, const struct sockaddr *, socklen_t);

int bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    bind_function next = (bind_function)dlsym(RTLD_NEXT, "bind");
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } local;

    if (length > (socklen_t)sizeof local)
        return next(descriptor, address, length);
    memcpy(&local, address, length);
    if (local.any.sa_family == AF_INET && local.four.sin_addr.s_addr == INADDR_ANY)
        local.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (local.any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&local.six.sin6_addr)) {
        /* ::ffff:127.0.0.1, which is reached under both kinds of address */
        memset(local.six.sin6_addr.s6_addr, 0, 16);
        local.six.sin6_addr.s6_addr[10] = local.six.sin6_addr.s6_addr[11] = 0xff;
        local.six.sin6_addr.s6_addr[12] = 127;
        local.six.sin6_addr.s6_addr[15] = 1;
    }
    return next(descriptor, &local.any, length);
}
