// libcurl for Swift: the header, and inline functions for what Swift cannot call (variadic functions) or read (a union).
#pragma once

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static inline CURLcode satchel_easy_set_long(CURL *_Nonnull handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode satchel_easy_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the string, but for CURLOPT_POSTFIELDS, which Satchel does not use.
static inline CURLcode satchel_easy_set_string(CURL *_Nonnull handle, CURLoption option, const char *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode satchel_easy_set_pointer(CURL *_Nonnull handle, CURLoption option, void *_Nullable value) {
    return curl_easy_setopt(handle, option, value);
}

/// The shape that libcurl's read, write and header callbacks share.
typedef size_t (*satchel_io_callback)(char *_Nonnull buffer, size_t size, size_t count, void *_Nullable context);

static inline CURLcode satchel_easy_set_io(CURL *_Nonnull handle, CURLoption option, satchel_io_callback _Nullable callback) {
    return curl_easy_setopt(handle, option, callback);
}

typedef int (*satchel_seek_callback)(void *_Nullable context, curl_off_t offset, int origin);

static inline CURLcode satchel_easy_set_seek(CURL *_Nonnull handle, satchel_seek_callback _Nullable callback) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, callback);
}

typedef int (*satchel_prerequest_callback)(void *_Nullable context, char *_Nullable primary_address, char *_Nullable local_address,
                                           int primary_port, int local_port);

static inline CURLcode satchel_easy_set_prerequest(CURL *_Nonnull handle, satchel_prerequest_callback _Nullable callback) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}

/// Makes the socket for a connection to an address that a name has resolved to, or refuses to.
typedef curl_socket_t (*satchel_open_socket_callback)(void *_Nullable context, curlsocktype purpose,
                                                      struct curl_sockaddr *_Nonnull address);

static inline CURLcode satchel_easy_set_open_socket(CURL *_Nonnull handle, satchel_open_socket_callback _Nullable callback) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode satchel_easy_get_long(CURL *_Nonnull handle, CURLINFO info, long *_Nonnull value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode satchel_easy_get_offset(CURL *_Nonnull handle, CURLINFO info, curl_off_t *_Nonnull value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode satchel_easy_get_pointer(CURL *_Nonnull handle, CURLINFO info, void *_Nullable *_Nonnull value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode satchel_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

typedef int (*satchel_socket_callback)(CURL *_Nullable handle, curl_socket_t socket, int what, void *_Nullable context,
                                       void *_Nullable socket_context);

/// Has libcurl tell which sockets a multi handle waits for.
static inline void satchel_multi_set_socket(CURLM *_Nonnull multi, satchel_socket_callback _Nonnull callback,
                                            void *_Nonnull context) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

typedef int (*satchel_timer_callback)(CURLM *_Nullable multi, long milliseconds, void *_Nullable context);

/// Has libcurl tell when it wants to be called though nothing has happened on a socket.
static inline void satchel_multi_set_timer(CURLM *_Nonnull multi, satchel_timer_callback _Nonnull callback,
                                           void *_Nonnull context) {
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

static inline CURLSHcode satchel_share(CURLSH *_Nonnull share, curl_lock_data what) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, what);
}

/// CURLMsg.data is a union: this reads its result member.
static inline CURLcode satchel_message_result(const CURLMsg *_Nonnull message) {
    return message->data.result;
}
