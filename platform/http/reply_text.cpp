// See reply_text.hpp.
#include "platform/http/reply_text.hpp"

#include <ctime>

#include "platform/http/text.hpp"

namespace esm::http {

namespace {

// RFC 9110 section 15; the reason phrase of any other status may be empty.
std::string_view reason_phrase(unsigned status) {
    constexpr std::array<std::pair<unsigned, std::string_view>, 27> phrases{{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
        {507, "Insufficient Storage"},
    }};
    for (const auto& [each, phrase] : phrases) {
        if (each == status) return phrase;
    }
    return "";
}

// IMF-fixdate (RFC 9110 section 5.6.7), made anew once a second a thread.
std::string_view date_now() {
    thread_local std::time_t shown = 0;
    thread_local std::string text;
    const auto now = std::time(nullptr);
    if (now == shown) return text;
    shown = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    text = fmt::format(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        days[static_cast<std::size_t>(parts.tm_wday)],
        parts.tm_mday,
        months[static_cast<std::size_t>(parts.tm_mon)],
        parts.tm_year + 1900,
        parts.tm_hour,
        parts.tm_min,
        parts.tm_sec
    );
    return text;
}

// A control character would let a value end its header and begin another one.
void append_value(std::string& to, std::string_view value) {
    for (const char c : value) to += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
}

void append_header(std::string& to, std::string_view name, std::string_view value) {
    to += name;
    to += ": ";
    append_value(to, value);
    to += "\r\n";
}

// An HTTP/1.0 client takes a body of unknown length to end with the connection (RFC 9112 section 6.3).
void append_framing(std::string& to, const response& reply, const reply_frame& frame) {
    const auto known =
        reply.source ? reply.source->length() : std::optional<std::uint64_t>(reply.body.size());
    if (known) {
        const fmt::format_int length(*known);
        to += "Content-Length: ";
        to.append(length.data(), length.size());
        to += "\r\n";
    } else if (!frame.http_1_0) {
        to += "Transfer-Encoding: chunked\r\n";
    }
}

bool has_header(const response& reply, std::string_view name) {
    return std::any_of(reply.headers.begin(), reply.headers.end(), [name](const auto& header) {
        return equal_ignoring_case(header.first, name);
    });
}

}  // namespace

bool leaves_out_body(const response& reply, const reply_frame& frame) {
    return frame.head_only || reply.status == 204 || reply.status == 304;
}

void append_reply_head(std::string& to, const response& reply, const reply_frame& frame) {
    to += "HTTP/1.1 ";
    const fmt::format_int status(reply.status);
    to.append(status.data(), status.size());
    to += ' ';
    to += reason_phrase(reply.status);
    to += "\r\nDate: ";
    to += date_now();
    to += "\r\n";
    if (reply.status != 204 && reply.status != 304) {
        append_header(to, "Content-Type", reply.content_type);
        append_framing(to, reply, frame);
    }
    to += "X-Content-Type-Options: nosniff\r\n";
    if (!has_header(reply, "Cache-Control")) to += "Cache-Control: no-store\r\n";
    if (!frame.request_id.empty()) append_header(to, "X-Request-Id", frame.request_id);
    for (const auto& [name, value] : reply.headers) append_header(to, name, value);
    if (!frame.keep_alive) {
        to += "Connection: close\r\n";
    } else if (frame.http_1_0) {
        to += "Connection: keep-alive\r\n";
    }
    to += "\r\n";
}

}  // namespace esm::http
