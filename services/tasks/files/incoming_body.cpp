// See incoming_body.hpp.
#include "services/tasks/files/incoming_body.hpp"

#include "platform/http/cursor.hpp"
#include "services/tasks/files/stored_file.hpp"

namespace esm::tasks {

namespace {

constexpr std::string_view nameless = "upload";
constexpr std::size_t field_max_bytes = 4 * file_name_max_length;

error bad_name(std::string_view field) {
    return invalid_field(
        std::string(field), "pattern", "must be 1 to 255 characters without control characters and slashes"
    );
}

error bad_form(std::string text) {
    return fail(errc::malformed_request, "the form " + std::move(text));
}

}  // namespace

result<incoming_body> incoming_body::open(http::request& call) {
    incoming_body made(call);
    if (const auto name = call.query_param("name")) {
        if (!is_file_name(*name)) {
            return http::bad_parameter("name", "pattern", "must be 1 to 255 characters without slashes");
        }
        made.asked_name_ = *name;
    }
    const auto boundary = http::multipart_boundary(call.header("content-type"));
    if (!boundary) return boundary.error();
    if (*boundary) made.form_.emplace(**boundary);
    return made;
}

std::string incoming_body::name() const {
    for (const auto* each : {&asked_name_, &form_name_, &file_name_}) {
        if (*each) return **each;
    }
    return std::string(nameless);
}

awaitable<result<std::string>> incoming_body::read() {
    if (!form_) co_return co_await body_->read();
    co_return co_await read_form();
}

awaitable<result<std::string>> incoming_body::read_form() {
    for (;;) {
        const auto what = form_->next();
        if (!what) co_return what.error();
        if (*what != event::need_more && *what != event::end) {
            auto taken = take(*what);
            if (!taken || !taken->empty()) co_return taken;
            continue;
        }
        auto part = co_await body_->read();
        if (!part) co_return part.error();
        if (!part->empty()) {
            form_->feed(*part);
            continue;
        }
        if (*what == event::need_more) co_return bad_form("ends before its last boundary");
        co_return at_end();
    }
}

// The bytes of the file that the event brought, if any.
result<std::string> incoming_body::take(event what) {
    if (what == event::part) {
        in_file_ = form_->file_name().has_value();
        if (in_file_ && file_name_) return bad_form("has more than one file");
        if (!in_file_ && form_->name() != "name") {
            return bad_form("has a field that is neither \"name\" nor a file");
        }
        if (!in_file_ && form_name_) return bad_form("has two names");
        if (in_file_) file_name_ = form_->file_name();
        if (in_file_ && file_name_->empty()) return bad_form("has a file without a file name");
        if (!in_file_) form_name_.emplace();
    } else if (what == event::data) {
        auto bytes = form_->take_data();
        if (in_file_) return bytes;
        *form_name_ += bytes;
        if (form_name_->size() > field_max_bytes) return bad_name("name");
    }
    return std::string();
}

result<std::string> incoming_body::at_end() {
    if (!file_name_) return bad_form("has no file: a part with a file name");
    if (form_name_ && !is_file_name(*form_name_)) return bad_name("name");
    if (!is_file_name(name())) return bad_name("filename");
    return std::string();
}

}  // namespace esm::tasks
