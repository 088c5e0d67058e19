// Evaluation of expression.hpp.
#include "services/tasks/handlers/data/expression.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "services/tasks/handlers/data/filter.hpp"

namespace esm::tasks::data {

namespace {

cell real_result(evaluation& here, double value) {
    if (!std::isfinite(value)) return here.fail("the result is too large for a number");
    return cell{value};
}

bool whole_arithmetic(char sign, std::int64_t left, std::int64_t right, std::int64_t& into) {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    switch (sign) {
        case '+':
            return !__builtin_add_overflow(left, right, &into);
        case '-':
            return !__builtin_sub_overflow(left, right, &into);
        case '*':
            return !__builtin_mul_overflow(left, right, &into);
        default:
            if (left == least && right == -1) return false;
            if (sign == '/' && left % right != 0) return false;
            into = sign == '/' ? left / right : left % right;
            return true;
    }
}

}  // namespace

cell as_text(evaluation& here, const cell& given) {
    if (given.is_null() || given.is_text()) return given;
    here.scratch.clear();
    append_plain(here.scratch, given);
    return here.text(here.scratch);
}

cell arithmetic(evaluation& here, char sign, const cell& left, const cell& right) {
    if (left.is_null() || right.is_null()) return {};
    if (!left.is_number() || !right.is_number()) {
        return here.fail(
            fmt::format("{} takes numbers, not {}", sign, describe(left.is_number() ? right : left))
        );
    }
    const bool divides = sign == '/' || sign == '%';
    if (divides && right.number() == 0) return {};
    std::int64_t whole = 0;
    if (left.is_whole() && right.is_whole() && whole_arithmetic(sign, left.whole(), right.whole(), whole)) {
        return cell{whole};
    }
    const double a = left.number();
    const double b = right.number();
    switch (sign) {
        case '+':
            return real_result(here, a + b);
        case '-':
            return real_result(here, a - b);
        case '*':
            return real_result(here, a * b);
        case '/':
            return real_result(here, a / b);
        default:
            return real_result(here, std::fmod(a, b));
    }
}

bool expression::is_true(
    const node& given, std::size_t index, evaluation& here, std::span<const std::size_t> slots
) const {
    const auto condition = part(given, index, here, slots);
    if (condition.is_boolean()) return condition.boolean();
    if (!condition.is_null())
        here.fail(fmt::format("a condition must be true or false, not {}", describe(condition)));
    return false;
}

// Condition and value in turn, the value otherwise at the end.
cell expression::chosen(const node& given, evaluation& here, std::span<const std::size_t> slots) const {
    for (std::size_t i = 0; i + 1 < given.parts.size(); i += 2) {
        if (is_true(given, i, here, slots)) return part(given, i + 1, here, slots);
    }
    return part(given, given.parts.size() - 1, here, slots);
}

cell expression::called(const node& given, evaluation& here, std::span<const std::size_t> slots) const {
    constexpr std::size_t usual = 4;
    std::array<cell, usual> few;
    std::vector<cell> many;
    if (given.parts.size() > usual) many.resize(given.parts.size());
    auto* arguments = many.empty() ? few.data() : many.data();
    for (std::size_t i = 0; i < given.parts.size(); ++i) arguments[i] = part(given, i, here, slots);
    if (!here.failure.empty()) return {};
    return given.called->body(here, {arguments, given.parts.size()});
}

cell expression::value_of(const node& given, evaluation& here, std::span<const std::size_t> slots) const {
    constexpr std::string_view signs = "+-*/%";
    const auto what = given.what;
    switch (what) {
        case kind::literal:
            return given.literal;
        case kind::column:
            return here.at(slots[given.column]);
        case kind::negate:
            return arithmetic(here, '-', cell{std::int64_t{0}}, part(given, 0, here, slots));
        case kind::add:
        case kind::subtract:
        case kind::multiply:
        case kind::divide:
        case kind::remainder: {
            const auto left = part(given, 0, here, slots);
            const auto sign = signs[static_cast<std::size_t>(what) - static_cast<std::size_t>(kind::add)];
            return arithmetic(here, sign, left, part(given, 1, here, slots));
        }
        case kind::eq:
        case kind::ne:
        case kind::lt:
        case kind::le:
        case kind::gt:
        case kind::ge: {
            const auto left = part(given, 0, here, slots);
            const auto how = static_cast<std::size_t>(what) - static_cast<std::size_t>(kind::eq);
            return cell{holds(static_cast<comparison>(how), left, part(given, 1, here, slots))};
        }
        case kind::in: {
            const auto sought = part(given, 0, here, slots);
            for (std::size_t i = 1; i < given.parts.size(); ++i) {
                if (equal(sought, part(given, i, here, slots))) return cell{true};
            }
            return cell{false};
        }
        case kind::is_null:
            return cell{part(given, 0, here, slots).is_null()};
        case kind::is_not_null:
            return cell{!part(given, 0, here, slots).is_null()};
        case kind::both:
            return cell{is_true(given, 0, here, slots) && is_true(given, 1, here, slots)};
        case kind::either:
            return cell{is_true(given, 0, here, slots) || is_true(given, 1, here, slots)};
        case kind::negated:
            return cell{!is_true(given, 0, here, slots)};
        case kind::choose:
            return chosen(given, here, slots);
        case kind::coalesce:
            for (std::size_t i = 0; i < given.parts.size(); ++i) {
                if (const auto value = part(given, i, here, slots); !value.is_null()) return value;
            }
            return {};
        case kind::call:
            return called(given, here, slots);
    }
    return {};
}

cell expression::evaluate(evaluation& here, std::span<const std::size_t> slots) const {
    return value_of(nodes_.back(), here, slots);
}

}  // namespace esm::tasks::data
