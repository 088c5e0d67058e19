// See media_type.hpp.
#include "platform/files/media_type.hpp"

#include <magic.h>

#include <memory>
#include <stdexcept>

namespace esm::files {

namespace {

constexpr std::string_view unknown = "application/octet-stream";

struct magic_deleter {
    void operator()(magic_set* opened) const { magic_close(opened); }
};
using magic_handle = std::unique_ptr<magic_set, magic_deleter>;

// Nothing is unpacked to look inside.
magic_handle open_magic() {
    magic_handle made(magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_COMPRESS));
    if (!made) throw std::runtime_error("libmagic cannot be initialised");
    if (magic_load(made.get(), nullptr) != 0) {
        const char* why = magic_error(made.get());
        throw std::runtime_error(std::string("libmagic: ") + (why ? why : "no database"));
    }
    return made;
}

}  // namespace

std::string media_type_of(std::string_view head) {
    if (head.empty()) return std::string(unknown);
    thread_local const magic_handle opened = open_magic();  // a handle serves one thread
    const char* found = magic_buffer(opened.get(), head.data(), std::min(head.size(), sniffed_max_bytes));
    const std::string_view type = found ? found : "";
    return std::string(type.find('/') == std::string_view::npos ? unknown : type);
}

}  // namespace esm::files
