// See mail_reader.hpp.
#include "app/mail_reader.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace esm::app {

namespace {

constexpr int parts_deep_max = 8;
constexpr std::size_t parts_max = 100;
constexpr std::size_t header_max_bytes = 8'192;  // more is shown as it stands: std::regex recurses

std::string lower(std::string_view text) {
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) { return std::tolower(c); });
    return made;
}

std::optional<unsigned char> hex_byte(std::string_view two) {
    unsigned value = 0;
    for (const char each : two) {
        if (std::isxdigit(static_cast<unsigned char>(each)) == 0) return std::nullopt;
        const auto digit =
            std::isdigit(static_cast<unsigned char>(each)) != 0 ? each - '0' : (each | 0x20) - 'a' + 10;
        value = value * 16 + static_cast<unsigned>(digit);
    }
    return static_cast<unsigned char>(value);
}

// RFC 2045 section 6.7; what is no escape stays as it is.
std::string decode_quoted_printable(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto escape = text.substr(i, 3);
        const auto byte = escape.size() == 3 && escape[0] == '=' ? hex_byte(escape.substr(1)) : std::nullopt;
        if (byte) {
            plain += static_cast<char>(*byte);
            i += 2;
        } else if (text.substr(i, 2) == "=\n") {
            ++i;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::string decode_base64(std::string_view text) {
    std::string plain(text.size(), '\0');
    std::size_t length = 0;
    auto* out = reinterpret_cast<unsigned char*>(plain.data());
    const int variant = sodium_base64_VARIANT_ORIGINAL;
    if (sodium_base642bin(out, plain.size(), text.data(), text.size(), "\n \t", &length, nullptr, variant) !=
        0) {
        return std::string(text);
    }
    plain.resize(length);
    return plain;
}

std::string to_utf8(std::string text, std::string_view charset) {
    if (lower(charset) != "iso-8859-1") return text;
    std::string made;
    for (const char each : text) {
        const auto code = static_cast<unsigned char>(each);
        if (code < 0x80) {
            made += each;
        } else {
            made += static_cast<char>(0xC0U | (code >> 6U));
            made += static_cast<char>(0x80U | (code & 0x3FU));
        }
    }
    return made;
}

// One encoded word's text; the form was matched before.
std::string decode_word(const std::string& charset, char encoding, std::string text) {
    if (encoding == 'B' || encoding == 'b') return to_utf8(decode_base64(text), charset);
    std::replace(text.begin(), text.end(), '_', ' ');
    return to_utf8(decode_quoted_printable(text), charset);
}

// RFC 2047: blanks between two encoded words are none.
std::string decode_words(const std::string& value) {
    static const std::regex word(R"(=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=)");
    if (value.size() > header_max_bytes) return value;
    std::string made;
    auto rest = value.cbegin();
    bool after_word = false;
    for (std::sregex_iterator each(value.begin(), value.end(), word), end; each != end; ++each) {
        const auto& found = *each;
        const std::string between(rest, found[0].first);
        const bool blank = between.find_first_not_of(" \t") == std::string::npos;
        if (!after_word || !blank) made += between;
        made += decode_word(found[1], *found[2].first, found[3]);
        rest = found[0].second;
        after_word = true;
    }
    return made.append(rest, value.cend());
}

struct headed {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string_view body;
};

headed split_head(std::string_view raw) {
    headed made;
    while (!raw.empty()) {
        const auto line = raw.substr(0, raw.find('\n'));
        raw.remove_prefix(std::min(raw.size(), line.size() + 1));
        if (line.empty()) break;
        if ((line[0] == ' ' || line[0] == '\t') && !made.headers.empty()) {
            const auto from = line.find_first_not_of(" \t");
            if (from != std::string_view::npos)
                made.headers.back().second.append(" ").append(line.substr(from));
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto value = line.substr(colon + 1);
        value.remove_prefix(std::min(value.size(), value.find_first_not_of(" \t")));
        made.headers.emplace_back(line.substr(0, colon), value);
    }
    made.body = raw;
    return made;
}

std::string find_header(
    const std::vector<std::pair<std::string, std::string>>& headers, std::string_view name
) {
    const auto wanted = lower(name);
    for (const auto& [key, value] : headers) {
        if (lower(key) == wanted) return value;
    }
    return {};
}

// As in charset="utf-8" or charset=utf-8.
std::string parameter(const std::string& header, const std::string& name) {
    const std::regex form("[;\\s]" + name + "\\s*=\\s*(?:\"([^\"]*)\"|([^;\\s]+))", std::regex::icase);
    std::smatch found;
    if (header.size() > header_max_bytes || !std::regex_search(header, found, form)) return {};
    return found[1].matched ? found[1] : found[2];
}

std::vector<std::string_view> split_parts(std::string_view body, const std::string& boundary) {
    const auto mark = "--" + boundary;
    std::vector<std::string_view> parts;
    std::optional<std::size_t> begin;
    for (std::size_t at = 0; at < body.size() && parts.size() < parts_max;) {
        const auto end = std::min(body.find('\n', at), body.size());
        const auto line = body.substr(at, end - at);
        if (line.starts_with(mark)) {
            if (begin) parts.push_back(body.substr(*begin, at > *begin ? at - *begin - 1 : 0));
            begin = end + 1;
            if (line.substr(mark.size()).starts_with("--")) return parts;
        }
        at = end + 1;
    }
    // Cut off: the last part is what there is of it.
    if (begin && *begin < body.size()) parts.push_back(body.substr(*begin));
    return parts;
}

void read_part(const headed& part, int depth, stored_mail& into) {
    auto type = find_header(part.headers, "Content-Type");
    if (type.empty()) type = "text/plain";
    const auto kind = lower(type.substr(0, type.find_first_of("; \t")));
    if (kind.starts_with("multipart/") && depth < parts_deep_max) {
        for (const auto each : split_parts(part.body, parameter(type, "boundary"))) {
            read_part(split_head(each), depth + 1, into);
        }
        return;
    }
    if (lower(find_header(part.headers, "Content-Disposition")).starts_with("attachment")) return;
    auto* const text = kind == "text/plain" ? &into.text : kind == "text/html" ? &into.html : nullptr;
    if (text == nullptr || !text->empty()) return;
    const auto encoding = lower(find_header(part.headers, "Content-Transfer-Encoding"));
    auto decoded = encoding == "quoted-printable" ? decode_quoted_printable(part.body)
                   : encoding == "base64"         ? decode_base64(part.body)
                                                  : std::string(part.body);
    *text = to_utf8(std::move(decoded), parameter(type, "charset"));
    // Our own lines end in CRLF also inside base64.
    std::erase(*text, '\r');
}

}  // namespace

std::string stored_mail::header(std::string_view name) const {
    return find_header(headers, name);
}

stored_mail parse_mail(std::string_view raw) {
    std::string lines(raw);
    std::erase(lines, '\r');
    const auto whole = split_head(lines);
    stored_mail made;
    for (const auto& [name, value] : whole.headers) made.headers.emplace_back(name, decode_words(value));
    read_part(whole, 0, made);
    return made;
}

std::string read_mail_file(const std::filesystem::path& file) {
    std::ifstream from(file, std::ios::binary);
    std::ostringstream text;
    text << from.rdbuf();
    if (!from) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
    return text.str();
}

std::optional<std::vector<std::filesystem::path>> list_mails(const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::directory_iterator entries(folder, failure);
    if (failure) return std::nullopt;
    std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> found;
    for (const auto& each : entries) {
        if (each.path().extension() != ".eml" || each.path().filename().string().starts_with('.')) continue;
        const auto written = each.last_write_time(failure);
        if (!failure) found.emplace_back(written, each.path());  // else it was removed meanwhile
    }
    std::sort(found.rbegin(), found.rend());
    std::vector<std::filesystem::path> files;
    files.reserve(found.size());
    for (auto& each : found) files.push_back(std::move(each.second));
    return files;
}

}  // namespace esm::app
