// See multipart.hpp.
#include "platform/http/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/http/text.hpp"

namespace esm::http {

namespace {

constexpr std::size_t boundary_max_length = 70;  // RFC 2046 section 5.1.1
constexpr std::size_t part_headers_max_bytes = 4 * 1024;
constexpr std::size_t parts_max = 16;
constexpr std::size_t preamble_max_bytes = 1024;

error bad(std::string text) {
    return fail(errc::malformed_request, "the form is malformed: " + std::move(text));
}

// The value of `name=…` among the parameters of a header; quoted or not.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    auto rest = header.substr(std::min(header.find(';'), header.size()));
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const auto key = trim(rest.substr(0, equals));
        rest.remove_prefix(equals + 1);
        std::string value;
        if (rest.starts_with('"')) {
            std::size_t at = 1;
            for (; at < rest.size() && rest[at] != '"'; ++at) {
                if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
                value += rest[at];
            }
            if (at >= rest.size()) return std::nullopt;
            rest.remove_prefix(at + 1);
            rest.remove_prefix(std::min(rest.find(';'), rest.size()));
        } else {
            const auto end = std::min(rest.find(';'), rest.size());
            value = trim(rest.substr(0, end));
            rest.remove_prefix(end);
        }
        if (equal_ignoring_case(key, name)) return value;
    }
    return std::nullopt;
}

bool is_boundary(std::string_view text) {
    constexpr std::string_view marks = "'()+_,-./:=? ";
    return !text.empty() && text.size() <= boundary_max_length && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [marks](unsigned char c) {
               return std::isalnum(c) != 0 || marks.find(static_cast<char>(c)) != std::string_view::npos;
           });
}

}  // namespace

result<std::optional<std::string>> multipart_boundary(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    if (!equal_ignoring_case(type, "multipart/form-data")) return std::optional<std::string>{};
    auto boundary = parameter(content_type, "boundary");
    if (!boundary || !is_boundary(*boundary)) return bad("its Content-Type has no boundary");
    return boundary;
}

// The first delimiter may open the body, without the line break before it.
multipart_reader::multipart_reader(const std::string& boundary)
    : delimiter_("\r\n--" + boundary), buffer_("\r\n") {}

result<multipart_reader::event> multipart_reader::next() {
    switch (state_) {
        case state::body:
            return read_body();
        case state::after_delimiter:
            return read_delimiter_end();
        case state::headers:
            return read_headers();
        case state::done:
            buffer_.clear();  // what follows the last delimiter means nothing
            return event::end;
    }
    return event::end;
}

result<multipart_reader::event> multipart_reader::read_body() {
    const auto found = buffer_.find(delimiter_);
    if (found != 0) {
        const auto known = found == std::string::npos
                               ? buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1)
                               : found;
        if (!in_part_ && known > preamble_max_bytes) return bad("it does not begin with its boundary");
        if (known == 0 || (!in_part_ && found == std::string::npos)) return event::need_more;
        data_ = buffer_.substr(0, known);
        buffer_.erase(0, known);
        if (in_part_) return event::data;
    }
    buffer_.erase(0, delimiter_.size());
    state_ = state::after_delimiter;
    if (std::exchange(in_part_, false)) return event::part_end;
    return read_delimiter_end();
}

result<multipart_reader::event> multipart_reader::read_delimiter_end() {
    if (buffer_.size() < 2) return event::need_more;
    const auto end = buffer_.substr(0, 2);
    if (end != "--" && end != "\r\n") return bad("a boundary is followed by something else");
    buffer_.erase(0, 2);
    state_ = end == "--" ? state::done : state::headers;
    return next();
}

result<multipart_reader::event> multipart_reader::read_headers() {
    const auto end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos || end > part_headers_max_bytes) {
        if (buffer_.size() <= part_headers_max_bytes) return event::need_more;
        return bad("the headers of a part are too large");
    }
    if (++parts_ > parts_max) return bad(fmt::format("it has more than {} parts", parts_max));
    name_.clear();
    file_name_.reset();
    const auto headers = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    for (std::size_t at = 0; at < headers.size();) {
        const auto line_end = headers.find("\r\n", at);
        if (auto read = read_header(std::string_view(headers).substr(at, line_end - at)); !read)
            return read.error();
        at = line_end + 2;
    }
    if (name_.empty()) return bad("a part has no name");
    in_part_ = true;
    state_ = state::body;
    return event::part;
}

result<void> multipart_reader::read_header(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return bad("a header of a part has no colon");
    const auto name = trim(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (equal_ignoring_case(name, "content-transfer-encoding")) {
        return bad("encoded parts are not supported");
    }
    if (!equal_ignoring_case(name, "content-disposition")) return {};
    if (!equal_ignoring_case(trim(value.substr(0, value.find(';'))), "form-data")) {
        return bad("a part is no form-data");
    }
    name_ = parameter(value, "name").value_or("");
    file_name_ = parameter(value, "filename");
    if (file_name_) file_name_->erase(0, file_name_->find_last_of("/\\") + 1);
    return {};
}

}  // namespace esm::http
