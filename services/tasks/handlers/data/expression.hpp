// The expressions of map and filter: arithmetic, comparisons, texts, conditions, casts and date parts over
// the cells of one row (the language is described in contracts/task_types/data_processing.json). No loops, no
// state: what one costs is bounded by its length. Immutable once parsed; evaluated from many threads.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "services/tasks/handlers/data/batch.hpp"
#include "services/tasks/handlers/data/problem.hpp"

namespace esm::tasks::data {

inline constexpr std::size_t expression_max_length = 2000;

// Where the cells and texts of one evaluation come from and go; reused from row to row.
class evaluation {
public:
    evaluation(const batch& rows, arena& texts, std::size_t text_bytes_max)
        : rows_(rows), texts_(texts), text_bytes_max_(text_bytes_max) {}

    const cell& at(std::size_t slot) const { return rows_.columns[slot][row]; }
    // Keeps the text as long as the batch; fails where it is too long.
    cell text(std::string_view made) {
        if (made.size() > text_bytes_max_) return fail("the text it makes is too long");
        return cell{texts_.store(made)};
    }
    // The first failure counts; the row's value is then none.
    cell fail(std::string why) {
        if (failure.empty()) failure = std::move(why);
        return {};
    }

    std::size_t row{0};
    std::string failure;
    std::string scratch;

private:
    const batch& rows_;
    arena& texts_;
    const std::size_t text_bytes_max_;
};

using function_body = cell (*)(evaluation& here, std::span<const cell> arguments);

struct function {
    std::string_view name;
    std::size_t arguments_min;
    std::size_t arguments_max;
    function_body body;
};
// Null where there is none of that name (in lower case).
const function* find_function(std::string_view name);

class expression {
public:
    // The problem says what is wrong at which character.
    static checked<expression> parse(std::string_view text);

    // The columns it reads, each once.
    const std::vector<std::string>& columns() const { return columns_; }
    // `slots` are those columns' places in the batch. On a failure `here` says so.
    cell evaluate(evaluation& here, std::span<const std::size_t> slots) const;

private:
    friend class expression_parser;
    enum class kind : std::uint8_t {
        literal,
        column,
        negate,
        add,
        subtract,
        multiply,
        divide,
        remainder,
        eq,
        ne,
        lt,
        le,
        gt,
        ge,
        in,
        is_null,
        is_not_null,
        both,
        either,
        negated,
        choose,
        coalesce,
        call
    };
    struct node {
        kind what{kind::literal};
        cell literal;
        std::size_t column{0};  // in columns_
        const function* called{nullptr};
        std::vector<std::uint32_t> parts;  // in nodes_
    };

    cell value_of(const node& given, evaluation& here, std::span<const std::size_t> slots) const;
    cell part(const node& given, std::size_t index, evaluation& here, std::span<const std::size_t> slots)
        const {
        return value_of(nodes_[given.parts[index]], here, slots);
    }
    bool is_true(const node& given, std::size_t index, evaluation& here, std::span<const std::size_t> slots)
        const;
    cell chosen(const node& given, evaluation& here, std::span<const std::size_t> slots) const;
    cell called(const node& given, evaluation& here, std::span<const std::size_t> slots) const;

    std::vector<node> nodes_;  // the last is the root
    std::vector<std::string> columns_;
    std::shared_ptr<arena> literals_;  // texts
};

// The cell as a text, for functions that take any; null stays null.
cell as_text(evaluation& here, const cell& given);

// Arithmetic: whole numbers stay whole where the result is one that fits. Null where one side is.
cell arithmetic(evaluation& here, char sign, const cell& left, const cell& right);

// Of expression_dates.cpp.
std::span<const function> date_functions();

}  // namespace esm::tasks::data
