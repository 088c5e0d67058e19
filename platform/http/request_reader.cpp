// See request_reader.hpp.
#include "platform/http/request_reader.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "platform/http/text.hpp"

namespace esm::http {

namespace beast_http = boost::beast::http;

namespace {

using boost::system::error_code;
using beast_view = boost::beast::string_view;

constexpr std::size_t request_line_rest_max_bytes = 64;  // method, version and spaces around the target
constexpr std::size_t chunk_extension_max_bytes = 256;
// Shorter than any rest of a chunked body; Beast asserts that it has as much (basic_parser.ipp,
// parse_chunk_header).
constexpr std::size_t chunk_min_bytes = 5;
constexpr std::string_view head_end = "\r\n\r\n";

error malformed(std::string detail) {
    return fail(errc::malformed_request, std::move(detail));
}

std::string_view view(beast_view text) {
    return {text.data(), text.size()};
}

bool is_token_char(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return letter || marks.find(c) != std::string_view::npos;
}

// RFC 9112 section 3.2 and RFC 3986 section 3.2.2, but for user names, which have no business here.
bool is_host(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        return letter || std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos;
    });
}

}  // namespace

// Beast calls back for each part; what must stand at most once is counted here.
class request_reader::parser : public beast_http::basic_parser<true> {
public:
    void begin(request& target) {
        basic_parser::operator=(parser{});  // a Beast parser reads one message; its storage is used again
        header_limit(std::numeric_limits<std::uint32_t>::max());  // the reader has measured the head before
        body_limit(boost::none);                                  // limit_body comes when the route is known
        target_ = &target;
        seen_ = {};
        problem_.clear();
    }

    struct counts {
        std::size_t headers{0}, host{0}, content_length{0}, transfer_encoding{0}, expect{0};
        std::size_t authorization{0}, content_type{0}, idempotency_key{0};
        bool http_1_0{false}, sole_chunked{false}, plain_length{true}, head_ended{false};
    };
    const counts& seen() const { return seen_; }
    const std::string& problem() const { return problem_; }

private:
    void refuse(std::string problem, error_code& ec) {
        problem_ = std::move(problem);
        ec = beast_http::error::bad_field;
    }

    void on_request_impl(beast_http::verb, beast_view method, beast_view target, int version, error_code&)
        override {
        target_->method = view(method);
        target_->target = view(target);
        seen_.http_1_0 = version == 10;
    }

    void on_field_impl(beast_http::field name, beast_view name_text, beast_view value, error_code& ec)
        override {
        if (seen_.head_ended) return refuse("trailers are not accepted", ec);
        ++seen_.headers;
        count(name, view(value));
        auto key = lower_case(view(name_text));
        if (key == "idempotency-key") ++seen_.idempotency_key;
        target_->headers.emplace_back(std::move(key), view(value));
    }

    void count(beast_http::field name, std::string_view value) {
        switch (name) {
            case beast_http::field::host:
                ++seen_.host;
                break;
            case beast_http::field::content_length:
                ++seen_.content_length;
                seen_.plain_length = value.find_first_not_of("0123456789") == std::string_view::npos;
                break;
            case beast_http::field::transfer_encoding:
                ++seen_.transfer_encoding;
                seen_.sole_chunked = equal_ignoring_case(value, "chunked");
                break;
            case beast_http::field::expect:
                ++seen_.expect;
                break;
            case beast_http::field::authorization:
                ++seen_.authorization;
                break;
            case beast_http::field::content_type:
                ++seen_.content_type;
                break;
            default:
                break;
        }
    }

    void on_header_impl(error_code&) override { seen_.head_ended = true; }
    void on_response_impl(int, beast_view, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(beast_view part, error_code&) override {
        target_->body.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, beast_view extensions, error_code& ec) override {
        if (extensions.size() > chunk_extension_max_bytes) refuse("a chunk extension is too long", ec);
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast_view part, error_code&) override {
        target_->body.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(error_code&) override {}

    request* target_{nullptr};
    counts seen_;
    std::string problem_;
};

request_reader::request_reader(reader_limits limits) : limits_(limits), parser_(std::make_unique<parser>()) {}

request_reader::~request_reader() = default;

void request_reader::begin(request& target) {
    parser_->begin(target);
    target_ = &target;
    scanned_ = 0;
    head_done_ = false;
    expects_continue_ = false;
}

bool request_reader::done() const {
    return head_done_ && parser_->is_done();
}

std::optional<std::uint64_t> request_reader::content_length() const {
    const auto announced = parser_->content_length();
    return announced ? std::optional<std::uint64_t>(*announced) : std::nullopt;
}

bool request_reader::keep_alive() const {
    return head_done_ && parser_->keep_alive();
}

bool request_reader::http_1_0() const {
    return parser_->seen().http_1_0;
}

// Refuses what can be told before the head is whole, so that a client that will never finish it hears at
// once.
result<void> request_reader::check_arrived(std::string_view bytes, bool complete) {
    if (!bytes.empty() && !is_token_char(bytes.front())) return malformed("this is no HTTP request");
    for (auto at = bytes.find('\n', scanned_); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
        if (at == 0 || bytes[at - 1] != '\r') return malformed("a line ends without a carriage return");
        if (at + 1 < bytes.size() && (bytes[at + 1] == ' ' || bytes[at + 1] == '\t')) {
            return malformed("a header is folded over lines");
        }
    }
    const auto first_line = std::min(bytes.find("\r\n"), bytes.size());
    if (first_line > limits_.target_max_bytes + request_line_rest_max_bytes) {
        return fail(
            errc::uri_too_long, fmt::format("the target is longer than {} bytes", limits_.target_max_bytes)
        );
    }
    if (bytes.size() > limits_.header_max_bytes) {
        return fail(
            errc::headers_too_large,
            fmt::format("the headers are larger than {} bytes", limits_.header_max_bytes)
        );
    }
    // The last byte may be the line feed that a fold follows: it is looked at again.
    scanned_ = complete || bytes.empty() ? 0 : bytes.size() - 1;
    return {};
}

result<std::size_t> request_reader::read_head(std::string_view bytes) {
    std::size_t skipped = 0;  // RFC 9112 section 2.2: a server ignores empty lines before a request
    while (scanned_ == 0 && bytes.substr(skipped).starts_with("\r\n") && skipped < head_end.size())
        skipped += 2;
    bytes.remove_prefix(skipped);
    if (bytes == "\r") return skipped;
    const auto end = bytes.find(head_end, scanned_ < head_end.size() ? 0 : scanned_ - head_end.size());
    const bool complete = end != std::string_view::npos;
    const auto head = complete ? bytes.substr(0, end + head_end.size()) : bytes;
    if (auto arrived = check_arrived(head, complete); !arrived) return arrived.error();
    if (!complete) return skipped;

    error_code ec;
    const auto used = parser_->put(boost::asio::const_buffer(head.data(), head.size()), ec);
    if (ec || used != head.size() || !parser_->is_header_done()) {
        return malformed(
            parser_->problem().empty() ? "the request head is malformed: " + ec.message() : parser_->problem()
        );
    }
    if (auto checked = check_head(); !checked) return checked.error();
    if (auto taken = take_target(); !taken) return taken.error();
    head_done_ = true;
    expects_continue_ = !parser_->seen().http_1_0 && !parser_->is_done() &&
                        equal_ignoring_case(target_->header("expect"), "100-continue");
    return skipped + used;
}

result<void> request_reader::check_head() const {
    const auto& seen = parser_->seen();
    if (seen.headers > limits_.headers_max) {
        return fail(errc::headers_too_large, fmt::format("more than {} headers", limits_.headers_max));
    }
    // HTTP/1.0 came before Host; RFC 9112 section 3.2 asks for it from 1.1 on.
    if (seen.host > 1 || (seen.host == 0 && !seen.http_1_0)) return malformed("exactly one Host is needed");
    if (!is_host(target_->header("host"))) return malformed("the Host is malformed");
    if (seen.content_length > 1) return malformed("Content-Length stands twice");
    if (!seen.plain_length) return malformed("Content-Length is not a number");
    if (seen.transfer_encoding > 0) {
        if (seen.http_1_0) return malformed("HTTP/1.0 has no Transfer-Encoding");
        if (seen.content_length > 0)
            return malformed("both Content-Length and Transfer-Encoding stand there");
        if (seen.transfer_encoding > 1 || !seen.sole_chunked)
            return malformed("Transfer-Encoding must be chunked");
    }
    if (seen.authorization > 1 || seen.content_type > 1 || seen.idempotency_key > 1 || seen.expect > 1) {
        return malformed("a header that may stand once stands twice");
    }
    return {};
}

result<void> request_reader::take_target() {
    if (target_->target.size() > limits_.target_max_bytes) {
        return fail(
            errc::uri_too_long, fmt::format("the target is longer than {} bytes", limits_.target_max_bytes)
        );
    }
    if (target_->target == "*" && target_->method == "OPTIONS") {
        target_->path = "*";
        return {};
    }
    auto parsed = parse_target(target_->target);
    if (!parsed) return malformed("the request target is malformed");
    target_->path = std::move(parsed->path);
    target_->query = std::move(parsed->query);
    return {};
}

result<void> request_reader::limit_body(std::size_t max_bytes) {
    parser_->body_limit(max_bytes);
    parser_->eager(true);
    const auto announced = parser_->content_length();
    if (announced && *announced > max_bytes) {
        return fail(errc::payload_too_large, fmt::format("the body is larger than {} bytes", max_bytes));
    }
    return {};
}

result<std::size_t> request_reader::read_body(std::string_view bytes) {
    if (bytes.empty() || parser_->is_done()) return std::size_t{0};
    if (parser_->chunked() && bytes.size() < chunk_min_bytes) return std::size_t{0};
    error_code ec;
    const auto used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    if (!ec || ec == beast_http::error::need_more) return used;
    if (ec == beast_http::error::body_limit) return fail(errc::payload_too_large, "the body is too large");
    if (!parser_->problem().empty()) return malformed(parser_->problem());
    return malformed("the body is malformed: " + ec.message());
}

}  // namespace esm::http
