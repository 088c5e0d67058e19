// The functions of expressions over texts and numbers. Texts are counted in characters; functions over texts
// take numbers and booleans as they are written.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "platform/base/utf8.hpp"
#include "services/tasks/handlers/data/expression.hpp"

namespace esm::tasks::data {

namespace {

using arguments = std::span<const cell>;

constexpr std::size_t many = 16;

std::string_view text_of(evaluation& here, const cell& given) {
    return as_text(here, given).text();
}
bool any_null(arguments given) {
    return std::any_of(given.begin(), given.end(), [](const cell& each) { return each.is_null(); });
}
// The number; a failure and nothing where the cell is none.
std::optional<double> number_in(evaluation& here, std::string_view function, const cell& given) {
    if (given.is_number()) return given.number();
    here.fail(fmt::format("{} takes numbers, not {}", function, describe(given)));
    return std::nullopt;
}
// Whole where it fits, as counts and rounded numbers should be.
cell whole_or_real(double value) {
    constexpr double beyond = 9223372036854775808.0;  // 2^63
    if (value >= -beyond && value < beyond) return cell{static_cast<std::int64_t>(value)};
    return cell{value};
}

// ASCII letters alone: other scripts need tables of their own.
template <char First, char Last, int Shift>
cell changed_case(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto text = text_of(here, given[0]);
    std::string made(text);
    for (char& each : made) {
        if (each >= First && each <= Last) each = static_cast<char>(each + Shift);
    }
    return here.text(made);
}

cell trim(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto text = text_of(here, given[0]);
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return cell{std::string_view("")};
    return cell{text.substr(begin, text.find_last_not_of(blanks) - begin + 1)};
}

cell length(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    return cell{static_cast<std::int64_t>(count_characters(text_of(here, given[0])))};
}

// The byte where character `index`, from 0, begins.
std::size_t byte_of(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool continues = (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80;
        if (!continues && index-- == 0) break;
    }
    return at;
}

// The first character is 1; what lies outside of the text is left out.
cell substr(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto text = text_of(here, given[0]);
    const auto first = number_in(here, "substr", given[1]);
    const auto count = given.size() > 2 ? number_in(here, "substr", given[2]) : std::optional(1e18);
    if (!first || !count) return {};
    const auto begin = std::clamp(std::floor(*first), 1.0, 1e12);
    const auto end = std::clamp(std::floor(*first) + std::floor(*count), begin, 2e12);
    const auto from = byte_of(text, static_cast<std::size_t>(begin) - 1);
    const auto rest = text.substr(from);
    return cell{rest.substr(0, byte_of(rest, static_cast<std::size_t>(end - begin)))};
}

cell replace(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto text = text_of(here, given[0]);
    const auto what = text_of(here, given[1]);
    const auto by = text_of(here, given[2]);
    if (what.empty()) return cell{text};
    std::string made;
    std::size_t at = 0;
    for (auto found = text.find(what); found != std::string_view::npos; found = text.find(what, at)) {
        made.append(text, at, found - at).append(by);
        at = found + what.size();
        if (made.size() > std::size_t{16} << 20U) break;  // too long already: refused below
    }
    return here.text(made.append(text.substr(at)));
}

// Null counts as the empty text.
cell concat(evaluation& here, arguments given) {
    std::string made;
    for (const auto& each : given) append_plain(made, each);
    return here.text(made);
}

cell contains(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    return cell{text_of(here, given[0]).find(text_of(here, given[1])) != std::string_view::npos};
}
cell starts_with(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    return cell{text_of(here, given[0]).starts_with(text_of(here, given[1]))};
}
cell ends_with(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    return cell{text_of(here, given[0]).ends_with(text_of(here, given[1]))};
}

// The part of that number, from 1, between separators; null where there are fewer.
cell split_part(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    auto text = text_of(here, given[0]);
    const auto separator = text_of(here, given[1]);
    const auto wanted = number_in(here, "split_part", given[2]);
    if (!wanted || separator.empty() || *wanted < 1) return {};
    for (double part = 1;; ++part) {
        const auto end = text.find(separator);
        if (part >= *wanted) return cell{text.substr(0, end)};
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + separator.size());
    }
}

cell abs_of(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto number = number_in(here, "abs", given[0]);
    if (!number || *number >= 0) return number ? given[0] : cell{};
    return arithmetic(here, '-', cell{std::int64_t{0}}, given[0]);
}

// Half away from zero, to so many decimals.
cell round_of(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto number = number_in(here, "round", given[0]);
    const auto digits = given.size() > 1 ? number_in(here, "round", given[1]) : std::optional(0.0);
    if (!number || !digits) return {};
    if (given[0].is_whole() && *digits >= 0) return given[0];
    const auto scale = std::pow(10.0, std::clamp(std::floor(*digits), -300.0, 300.0));
    const auto rounded = std::round(*number * scale) / scale;
    if (!std::isfinite(rounded)) return given[0];  // it has no such decimals
    return *digits <= 0 ? whole_or_real(rounded) : cell{rounded};
}

template <double (*Rounded)(double)>
cell rounded_to_whole(evaluation& here, arguments given) {
    if (any_null(given) || given[0].is_whole()) return given[0];
    const auto number = number_in(here, "rounding", given[0]);
    return number ? whole_or_real(Rounded(*number)) : cell{};
}
double down(double number) {
    return std::floor(number);
}
double up(double number) {
    return std::ceil(number);
}

// Null for negative numbers, which have none.
cell sqrt_of(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto number = number_in(here, "sqrt", given[0]);
    return number && *number >= 0 ? cell{std::sqrt(*number)} : cell{};
}

cell power(evaluation& here, arguments given) {
    if (any_null(given)) return {};
    const auto base = number_in(here, "power", given[0]);
    const auto exponent = number_in(here, "power", given[1]);
    if (!base || !exponent) return {};
    const auto value = std::pow(*base, *exponent);
    if (!std::isfinite(value)) return here.fail("the result is too large for a number");
    const bool exact = given[0].is_whole() && given[1].is_whole() && std::abs(value) <= 9007199254740992.0;
    return exact && std::trunc(value) == value ? whole_or_real(value) : cell{value};
}

// Passes over null.
template <bool Least>
cell extreme(evaluation&, arguments given) {
    cell best;
    for (const auto& each : given) {
        if (each.is_null()) continue;
        const auto order = compare(each, best);
        if (best.is_null() || (Least ? order < 0 : order > 0)) best = each;
    }
    return best;
}

cell null_if(evaluation&, arguments given) {
    return equal(given[0], given[1]) ? cell{} : given[0];
}

// Casts: null where the cell reads as no such thing.
cell to_number(evaluation& here, arguments given) {
    const auto& from = given[0];
    if (from.is_number() || from.is_null()) return from;
    if (from.is_boolean()) return cell{from.whole()};
    return parse_number(trim(here, given).text()).value_or(cell{});
}
cell to_whole(evaluation& here, arguments given) {
    const auto number = to_number(here, given);
    if (!number.is_number() || number.is_whole()) return number;
    const auto whole = whole_or_real(std::trunc(number.number()));
    return whole.is_whole() ? whole : cell{};
}
cell to_text(evaluation& here, arguments given) {
    return as_text(here, given[0]);
}
cell to_boolean(evaluation&, arguments given) {
    const auto& from = given[0];
    if (from.is_number()) return cell{from.number() != 0};
    if (!from.is_text()) return from;
    if (from.text() == "true" || from.text() == "1") return cell{true};
    return from.text() == "false" || from.text() == "0" ? cell{false} : cell{};
}

constexpr function functions[] = {
    {"abs", 1, 1, abs_of},
    {"bool", 1, 1, to_boolean},
    {"ceil", 1, 1, rounded_to_whole<up>},
    {"concat", 1, many, concat},
    {"contains", 2, 2, contains},
    {"ends_with", 2, 2, ends_with},
    {"floor", 1, 1, rounded_to_whole<down>},
    {"greatest", 1, many, extreme<false>},
    {"int", 1, 1, to_whole},
    {"least", 1, many, extreme<true>},
    {"length", 1, 1, length},
    {"lower", 1, 1, changed_case<'A', 'Z', 'a' - 'A'>},
    {"nullif", 2, 2, null_if},
    {"number", 1, 1, to_number},
    {"power", 2, 2, power},
    {"replace", 3, 3, replace},
    {"round", 1, 2, round_of},
    {"split_part", 3, 3, split_part},
    {"sqrt", 1, 1, sqrt_of},
    {"starts_with", 2, 2, starts_with},
    {"substr", 2, 3, substr},
    {"text", 1, 1, to_text},
    {"trim", 1, 1, trim},
    {"upper", 1, 1, changed_case<'a', 'z', 'A' - 'a'>},
};

}  // namespace

const function* find_function(std::string_view name) {
    for (const auto& each : functions) {
        if (each.name == name) return &each;
    }
    for (const auto& each : date_functions()) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

}  // namespace esm::tasks::data
