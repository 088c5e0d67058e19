// See if_match.hpp.
#include "platform/http/if_match.hpp"

#include "platform/http/text.hpp"

namespace esm::http {

namespace {

// RFC 9110 section 8.8.3: an optional W/ and a quoted text without quotes or blanks.
bool is_entity_tag(std::string_view text) {
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    text = text.substr(1, text.size() - 2);
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c == 0x21 || (c >= 0x23 && c != 0x7f);
    });
}

}  // namespace

result<void> check_if_match(const request& from, std::int64_t version) {
    auto left = trim(from.header("if-match"));
    if (left.empty() || left == "*") return result<void>();
    const auto current = etag(version);
    while (true) {
        const auto comma = left.find(',');
        const auto tag = trim(left.substr(0, comma));
        if (!is_entity_tag(tag))
            return fail(errc::malformed_request, "If-Match must be a list of entity tags");
        if (tag == current) return result<void>();
        if (comma == std::string_view::npos) break;
        left.remove_prefix(comma + 1);
    }
    return fail(errc::precondition_failed, "the resource has changed; its entity tag is " + current);
}

}  // namespace esm::http
