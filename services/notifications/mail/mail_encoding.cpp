// See mail_encoding.hpp.
#include "services/notifications/mail/mail_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/security/base64.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t line_max = 76;
// Bytes in one encoded word: 48 characters of base64 and 12 around them fit any line together with the
// header's name.
constexpr std::size_t word_bytes = 36;

bool is_visible_ascii(char each) {
    return each > ' ' && each < '\x7f';
}
bool is_continuation(char each) {
    return (static_cast<unsigned char>(each) & 0xC0U) == 0x80U;
}

std::string without_controls(std::string_view text) {
    std::string clean(text);
    for (char& each : clean) {
        if (static_cast<unsigned char>(each) < 0x20 || each == '\x7f') each = ' ';
    }
    return clean;
}

std::string encoded_words(std::string_view text) {
    std::string words;
    while (!text.empty()) {
        auto length = std::min(word_bytes, text.size());
        while (length < text.size() && length > 0 && is_continuation(text[length])) --length;
        if (length == 0) length = std::min(word_bytes, text.size());
        if (!words.empty()) words += "\r\n ";
        words += "=?UTF-8?B?" + security::base64_encode(text.substr(0, length)) + "?=";
        text.remove_prefix(length);
    }
    return words;
}

// Plain words on folded lines; nothing where a word alone would overflow a line.
std::optional<std::string> folded(std::string_view text, std::size_t used) {
    std::string lines;
    auto column = used;
    while (!text.empty()) {
        // A word takes the spaces before it along: folding then keeps every space.
        auto end = text.find_first_not_of(' ');
        end = end == std::string_view::npos ? text.size() : std::min(text.find(' ', end), text.size());
        const auto word = text.substr(0, end);
        if (word.size() + 1 > line_max) return std::nullopt;
        if (column + word.size() > line_max && word.front() == ' ') {
            lines += "\r\n";
            column = 0;
        }
        lines += word;
        column += word.size();
        text.remove_prefix(end);
    }
    return lines;
}

bool is_atom_text(char each) {
    return std::isalnum(static_cast<unsigned char>(each)) != 0 ||
           std::string_view("!#$%&'*+-/=?^_`{|}~. ").find(each) != std::string_view::npos;
}

// A space at the end of a line may be lost on the way.
bool stands_for_itself(std::string_view line, std::size_t at) {
    const char each = line[at];
    if (each == ' ' || each == '\t') return at + 1 < line.size();
    return is_visible_ascii(each) && each != '=';
}

// One line of text in lines of at most 76 characters (RFC 2045 section 6.7); a message has thousands of
// characters, so what stands for itself is taken in one go.
void append_quoted_line(std::string& into, std::string_view line) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::size_t column = 0;
    while (!line.empty()) {
        // One column stays free for the "=" of a soft line break.
        const auto room = line_max - 1 - column;
        std::size_t literal = 0;
        while (literal < line.size() && literal < room && stands_for_itself(line, literal)) ++literal;
        into.append(line.substr(0, literal));
        line.remove_prefix(literal);
        column += literal;
        if (line.empty()) return;
        if (column + (stands_for_itself(line, 0) ? 1 : 3) > line_max - 1) {
            into += "=\r\n";
            column = 0;
            continue;
        }
        const auto byte = static_cast<unsigned char>(line.front());
        into += {'=', digits[byte >> 4U], digits[byte & 0xfU]};
        line.remove_prefix(1);
        column += 3;
    }
}

}  // namespace

bool is_mail_address(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
    const auto local = text.substr(0, at);
    const auto domain = text.substr(at + 1);
    const auto fits = [](std::string_view part) {
        const bool visible = std::all_of(part.begin(), part.end(), [](char each) {
            return is_visible_ascii(each) &&
                   std::string_view("()<>[]:;@\\,\"").find(each) == std::string_view::npos;
        });
        return visible && !part.empty() && part.front() != '.' && part.back() != '.' &&
               part.find("..") == std::string_view::npos;
    };
    return fits(local) && fits(domain) && domain.front() != '-';
}

std::optional<mailbox_name> parse_mailbox(std::string_view text) {
    mailbox_name parsed;
    const auto open = text.find('<');
    if (open == std::string_view::npos) {
        parsed.address = text;
    } else {
        const auto close = text.find('>', open);
        if (close != text.size() - 1) return std::nullopt;
        parsed.address = text.substr(open + 1, close - open - 1);
        auto name = text.substr(0, open);
        while (!name.empty() && (name.back() == ' ' || name.back() == '"')) name.remove_suffix(1);
        while (!name.empty() && (name.front() == ' ' || name.front() == '"')) name.remove_prefix(1);
        parsed.display = without_controls(name);
    }
    if (!is_mail_address(parsed.address)) return std::nullopt;
    return parsed;
}

std::string encode_mailbox(const mailbox_name& shown) {
    if (shown.display.empty()) return shown.address;
    const auto& name = shown.display;
    if (std::all_of(name.begin(), name.end(), is_atom_text) && name.size() <= 60) {
        return fmt::format("\"{}\" <{}>", name, shown.address);
    }
    return fmt::format("{}\r\n <{}>", encoded_words(name), shown.address);
}

std::string encode_header_text(std::string_view text, std::size_t used) {
    const auto clean = without_controls(text);
    const bool plain =
        std::all_of(clean.begin(), clean.end(), [](char each) { return each >= ' ' && each < '\x7f'; });
    // "=?" would read as an encoded word; a space at the end would be lost.
    if (plain && clean.find("=?") == std::string::npos && (clean.empty() || clean.back() != ' ')) {
        if (auto lines = folded(clean, used)) return *lines;
    }
    return encoded_words(clean);
}

std::string encode_quoted_printable(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size() + text.size() / 4);
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
        append_quoted_line(encoded, line);
        encoded += "\r\n";
    }
    return encoded;
}

std::string format_mail_date(instant_us instant) {
    using namespace std::chrono;
    constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };
    const sys_time<seconds> when{floor<seconds>(microseconds(instant))};
    const auto day = floor<std::chrono::days>(when);
    const year_month_day date{day};
    const hh_mm_ss time{when - day};
    return fmt::format(
        "{}, {:02} {} {} {:02}:{:02}:{:02} +0000",
        days[weekday(day).c_encoding()],
        static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count()
    );
}

}  // namespace esm::notifications
