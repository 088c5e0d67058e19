// multipart/form-data (RFC 7578) out of bytes that come bit by bit, without a socket: part by part, and no
// part held in memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"

namespace esm::http {

// The boundary of a Content-Type; nothing where it is no multipart/form-data. malformed_request for one
// without a boundary of 1 to 70 characters.
result<std::optional<std::string>> multipart_boundary(std::string_view content_type);

class multipart_reader {
public:
    explicit multipart_reader(const std::string& boundary);

    enum class event : std::uint8_t { need_more, part, data, part_end, end };

    // The next bytes of the body.
    void feed(std::string_view bytes) { buffer_ += bytes; }
    // What comes next of what was fed. malformed_request for what is no form.
    result<event> next();

    // Of the part that event::part began.
    const std::string& name() const { return name_; }
    const std::optional<std::string>& file_name() const { return file_name_; }  // without folders
    // Of event::data.
    std::string take_data() { return std::exchange(data_, {}); }

private:
    enum class state : std::uint8_t { body, after_delimiter, headers, done };

    result<event> read_body();
    result<event> read_delimiter_end();
    result<event> read_headers();
    result<void> read_header(std::string_view line);

    const std::string delimiter_;  // CRLF, two dashes, the boundary
    std::string buffer_;
    std::string data_;
    std::string name_;
    std::optional<std::string> file_name_;
    bool in_part_{false};
    std::size_t parts_{0};
    state state_{state::body};
};

}  // namespace esm::http
