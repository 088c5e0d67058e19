// See profile_rules.hpp.
#include "services/users/profile_rules.hpp"

#include <regex>

#include "platform/base/clock.hpp"
#include "platform/base/phone_number.hpp"

namespace esm::users {

bool is_username(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
}

// The practical subset of RFC 5321 section 4.1.2 that mail servers accept: dot-atom@domain, no quoted local
// parts.
bool is_email(const std::string& text) {
    static const std::regex form(
        R"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)"
        R"((\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+)"
    );
    const auto local = text.substr(0, text.find('@'));
    const bool dots_fit = !local.empty() && local.front() != '.' && local.back() != '.' &&
                          local.find("..") == std::string::npos;
    return dots_fit && std::regex_match(text, form);
}

namespace {

bool is_date_of_birth(const std::string& text) {
    if (text.size() != 10) return false;
    const auto day = parse_instant(text + "T00:00:00Z");
    static const auto earliest = parse_instant("1900-01-01T00:00:00Z").value();
    return day && *day >= earliest && *day <= now_us();
}

// Letters of any script, but nothing that breaks a line, hides or turns the text around it: names stand in
// mails.
bool is_shown_name(std::string_view text) {
    constexpr std::array<std::string_view, 16> invisible{
        "\u200B",
        "\u2060",
        "\uFEFF",
        "\u2028",
        "\u2029",
        "\u200E",
        "\u200F",
        "\u202A",
        "\u202B",
        "\u202C",
        "\u202D",
        "\u202E",
        "\u2066",
        "\u2067",
        "\u2068",
        "\u2069",
    };
    const bool blank = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == ' '; });
    const bool control =
        std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    return !blank && !control && std::none_of(invisible.begin(), invisible.end(), [&](std::string_view each) {
        return text.find(each) != std::string_view::npos;
    });
}

}  // namespace

void check_email(json::decoder& from, const std::string& given) {
    if (given.empty() || is_email(given)) return;
    from.reject("email", "email", "must be an e-mail address, as in ada@example.org");
}

void check_name(json::decoder& from, std::string_view field, const std::string& given) {
    if (given.empty() || is_shown_name(given)) return;
    from.reject(
        field, "pattern", "must not be blank, nor hold control characters or marks that turn text around"
    );
}

void check_optional_fields(json::decoder& from, const optional_fields& given) {
    static const std::regex language_tag("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*");
    if (given.date_of_birth && !is_date_of_birth(*given.date_of_birth)) {
        from.reject("dateOfBirth", "date", "must be a day as yyyy-mm-dd from 1900-01-01 to today");
    }
    if (given.phone && !is_e164(*given.phone)) {
        from.reject("phone", "e164", "must be an E.164 number, as in +4930123456");
    }
    if (given.locale && !std::regex_match(*given.locale, language_tag)) {
        from.reject("locale", "language_tag", "must be a BCP 47 language tag, as in de-AT");
    }
}

}  // namespace esm::users
