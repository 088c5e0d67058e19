// What every user of libcurl in this folder needs: its handles as owners, and sockets that lead only where
// the rules allow. Private to platform/fetch.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>

#include "platform/fetch/fetch.hpp"

namespace esm::fetch {

struct handle_deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using easy_handle = std::unique_ptr<CURL, handle_deleter>;

struct list_deleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using string_list = std::unique_ptr<curl_slist, list_deleter>;

void append(string_list& list, const std::string& line);

// Throws std::runtime_error where libcurl cannot be used.
void initialise_libcurl();
easy_handle make_easy_handle();

// For CURLOPT_OPENSOCKETFUNCTION, the last word on where we connect: whatever libcurl made of a URL comes
// through here. Nothing where the rules forbid it; otherwise the socket, CURL_SOCKET_BAD if there is none.
std::optional<curl_socket_t> open_checked_socket(const rules& given, const curl_sockaddr& to);

}  // namespace esm::fetch
