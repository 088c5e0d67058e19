// See libcurl.hpp.
#include "platform/fetch/libcurl.hpp"

#include <sys/socket.h>

#include <stdexcept>

#include "platform/fetch/socket_address.hpp"
#include "platform/fetch/target.hpp"

namespace esm::fetch {

void append(string_list& list, const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
}

void initialise_libcurl() {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

easy_handle make_easy_handle() {
    easy_handle made(curl_easy_init());
    if (!made) throw std::runtime_error("libcurl cannot be initialised");
    return made;
}

std::optional<curl_socket_t> open_checked_socket(const rules& given, const curl_sockaddr& to) {
    const bool known = to.family == AF_INET || to.family == AF_INET6;
    if (!known || !may_connect(given, address_of(&to.addr), port_of(&to.addr))) return std::nullopt;
    return ::socket(to.family, to.socktype | SOCK_CLOEXEC, to.protocol);
}

}  // namespace esm::fetch
