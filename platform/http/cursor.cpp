// See cursor.hpp. A cursor is base64url of {"k":[last keys],"c":"checksum"}, or of {"n":"last name",…} where
// names are the keys; the checksum covers filter and keys. It is no secret: a cursor only says where to go on
// in a list that the caller may read anyway.
#include "platform/http/cursor.hpp"

#include <sodium.h>

#include <charconv>

#include "platform/base/json_decoder.hpp"
#include "platform/http/text.hpp"

namespace esm::http {

namespace {

constexpr std::int64_t limit_max = 500;
constexpr std::size_t cursor_max_bytes = 512;
constexpr int base64_variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encode_base64(std::string_view text) {
    std::string encoded(sodium_base64_encoded_len(text.size(), base64_variant), '\0');
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    sodium_bin2base64(encoded.data(), encoded.size(), bytes, text.size(), base64_variant);
    encoded.pop_back();  // the terminating NUL
    return encoded;
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string decoded(text.size(), '\0');
    auto* bytes = reinterpret_cast<unsigned char*>(decoded.data());
    std::size_t size = 0;
    const char* end = nullptr;
    const int outcome = sodium_base642bin(
        bytes, decoded.size(), text.data(), text.size(), nullptr, &size, &end, base64_variant
    );
    if (outcome != 0 || end != text.data() + text.size()) return std::nullopt;
    decoded.resize(size);
    return decoded;
}

// FNV-1a, 64 bits: the same on every replica and in every release.
std::string checksum(std::string_view keys, std::string_view filter) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    const auto text = fmt::format("{}\n{}", keys, filter);
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return fmt::format("{:016x}", hash);
}

error foreign_cursor() {
    return fail(errc::invalid_cursor, "the cursor is not one of this list with these filters");
}

// What stands in a cursor under `key`, and its checksum; nothing when it has not this form.
std::optional<std::pair<boost::json::value, std::string>> open_cursor(
    std::string_view text, const char* key
) {
    if (text.size() > cursor_max_bytes) return std::nullopt;
    const auto decoded = decode_base64(text);
    if (!decoded) return std::nullopt;
    const auto content = json::parse_object(*decoded);
    if (!content || content->size() != 2) return std::nullopt;
    const auto* keys = content->if_contains(key);
    const auto* check = content->if_contains("c");
    if (!keys || !check || !check->is_string()) return std::nullopt;
    return std::pair{*keys, std::string(check->get_string())};
}

result<std::vector<std::int64_t>> read_cursor(
    std::string_view text, std::string_view filter, std::size_t keys
) {
    const auto opened = open_cursor(text, "k");
    if (!opened || !opened->first.is_array()) return foreign_cursor();
    std::vector<std::int64_t> found;
    for (const auto& each : opened->first.get_array()) {
        if (!each.is_int64()) return foreign_cursor();
        found.push_back(each.get_int64());
    }
    const auto expected = checksum(fmt::to_string(fmt::join(found, ",")), filter);
    if (found.size() != keys || opened->second != expected) return foreign_cursor();
    return found;
}

result<std::string> read_named_cursor(std::string_view text, std::string_view filter) {
    const auto opened = open_cursor(text, "n");
    if (!opened || !opened->first.is_string()) return foreign_cursor();
    std::string name(opened->first.get_string());
    if (opened->second != checksum(name, filter)) return foreign_cursor();
    return name;
}

result<page> read_limit(const request& from) {
    page asked;
    if (const auto limit = from.query_param("limit")) {
        const auto* last = limit->data() + limit->size();
        const auto [end, failure] = std::from_chars(limit->data(), last, asked.limit);
        if (failure != std::errc{} || end != last || asked.limit < 1 || asked.limit > limit_max) {
            return bad_parameter("limit", "out_of_range", fmt::format("From 1 to {}", limit_max));
        }
    }
    return asked;
}

}  // namespace

std::string make_cursor(const std::vector<std::int64_t>& keys, std::string_view filter) {
    const auto joined = fmt::to_string(fmt::join(keys, ","));
    return encode_base64(fmt::format(R"({{"k":[{}],"c":"{}"}})", joined, checksum(joined, filter)));
}

std::string make_named_cursor(std::string_view name, std::string_view filter) {
    const boost::json::object content{{"n", name}, {"c", checksum(name, filter)}};
    return encode_base64(boost::json::serialize(content));
}

result<page> read_page(const request& from, std::string_view filter, std::size_t keys) {
    auto asked = read_limit(from);
    if (!asked) return asked;
    if (const auto cursor = from.query_param("cursor")) {
        auto after = read_cursor(*cursor, filter, keys);
        if (!after) return after.error();
        asked->after = std::move(*after);
    }
    return asked;
}

result<page> read_named_page(const request& from, std::string_view filter) {
    auto asked = read_limit(from);
    if (!asked) return asked;
    if (const auto cursor = from.query_param("cursor")) {
        auto after = read_named_cursor(*cursor, filter);
        if (!after) return after.error();
        asked->after_name = std::move(*after);
    }
    return asked;
}

std::string next_link(const request& from, std::string_view cursor) {
    std::string link = from.target.substr(0, from.target.find('?'));
    link += '?';
    for (const auto& [name, value] : from.query) {
        if (name == "cursor") continue;
        link += percent_encode(name) + '=' + percent_encode(value) + '&';
    }
    return link + "cursor=" + percent_encode(cursor);
}

void add_next_link(response& to, const request& from, const std::string& next_cursor) {
    if (next_cursor.empty()) return;
    to.headers.emplace_back("Link", fmt::format("<{}>; rel=\"next\"", next_link(from, next_cursor)));
}

response page_reply(
    const request& from, std::string_view name, boost::json::array items, const std::string& next_cursor
) {
    boost::json::object body{{name, std::move(items)}, {"nextCursor", nullptr}};
    if (!next_cursor.empty()) body["nextCursor"] = next_cursor;
    auto reply = json_reply(200, body);
    add_next_link(reply, from, next_cursor);
    return reply;
}

error bad_parameter(std::string_view name, std::string code, std::string message) {
    auto problem = fail(errc::malformed_request, "1 query parameter is wrong");
    problem.fields.push_back({std::string(name), std::move(code), std::move(message)});
    return problem;
}

result<void> check_query(const request& from, std::initializer_list<std::string_view> known) {
    std::optional<error> problem;
    const auto refuse = [&problem](const std::string& name, const char* code, const char* message) {
        if (!problem) problem = fail(errc::malformed_request);
        problem->fields.push_back({name, code, message});
    };
    for (auto each = from.query.begin(); each != from.query.end(); ++each) {
        const auto& name = each->first;
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            refuse(name, "unknown_parameter", "There is no such query parameter");
        } else if (std::any_of(from.query.begin(), each, [&](const auto& other) {
                       return other.first == name;
                   })) {
            refuse(name, "repeated_parameter", "This query parameter may stand once");
        }
    }
    if (!problem) return {};
    const auto count = problem->fields.size();
    problem->detail = fmt::format("{} query parameter{} wrong", count, count == 1 ? " is" : "s are");
    return *problem;
}

}  // namespace esm::http
