/* The smallest web server that is honest about its end: answers every request with "ok <hostname>",
 * one connection at a time, and ends with success on SIGTERM. A process per request would cost
 * 40 ms on an emulated CPU.
 *
 * usage: web [port]     (8080)
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static void leave(int number) { (void)number; _exit(0); }

/* Reads until the blank line after the request's head; 0 when the client sends none in time. */
static int request(int client)
{
    char text[8192];
    size_t length = 0;
    while (length < sizeof text - 1) {
        ssize_t count = read(client, text + length, sizeof text - 1 - length);
        if (count <= 0)
            return 0;
        length += (size_t)count;
        text[length] = '\0';
        if (strstr(text, "\r\n\r\n"))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 8080)};
    struct timeval patience = {.tv_sec = 1};
    char host[256] = "", answer[1024];
    int on = 1, server = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGTERM, leave);
    signal(SIGINT, leave);
    signal(SIGPIPE, SIG_IGN);
    gethostname(host, sizeof host - 1);
    snprintf(answer, sizeof answer,
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\nok %s\n",
             strlen(host) + 4, host);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 128)) {
        perror("web");
        return 1;
    }
    for (;;) {
        int client = accept(server, NULL, NULL);
        if (client < 0)
            continue;
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (request(client) && write(client, answer, strlen(answer)) < 0)
            perror("web");
        close(client);
    }
}
