// The grammar of expression.hpp, by precedence climbing: or, and, not, comparisons, + - ||, * / %, minus.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "services/tasks/handlers/data/expression.hpp"

namespace esm::tasks::data {

namespace {

constexpr std::size_t nodes_max = 256;
constexpr int depth_max = 32;

bool begins_name(char each) {
    return std::isalpha(static_cast<unsigned char>(each)) != 0 || each == '_' ||
           static_cast<signed char>(each) < 0;
}
bool goes_on_name(char each) {
    return begins_name(each) || std::isdigit(static_cast<unsigned char>(each)) != 0;
}

std::string lowered(std::string_view text) {
    std::string made(text);
    for (char& each : made) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    return made;
}

enum class token_kind : std::uint8_t { end, name, quoted_name, text, number, sign };

struct token {
    token_kind what{token_kind::end};
    std::string text;  // names as written, texts unquoted
    std::size_t at{0};
};

// Cuts an expression into tokens; what is wrong with one comes out as a sign that no rule takes.
class token_reader {
public:
    explicit token_reader(std::string_view text) : text_(text) {}

    token next() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
        if (at_ == text_.size()) return {token_kind::end, "the end", at_};
        const auto begin = at_;
        const char first = text_[at_];
        if (first == '\'' || first == '"') return quoted(first);
        if (begins_name(first)) {
            while (at_ < text_.size() && goes_on_name(text_[at_])) ++at_;
            return {token_kind::name, std::string(text_.substr(begin, at_ - begin)), begin};
        }
        if (std::isdigit(static_cast<unsigned char>(first)) != 0) return number();
        for (const std::string_view sign : {"||", "!=", "<>", "<=", ">=", "=="}) {
            if (!text_.substr(at_).starts_with(sign)) continue;
            at_ += sign.size();
            return {token_kind::sign, std::string(sign), begin};
        }
        ++at_;
        return {token_kind::sign, std::string(1, first), begin};
    }

private:
    // The quote is doubled within.
    token quoted(char quote) {
        token made{quote == '"' ? token_kind::quoted_name : token_kind::text, {}, at_};
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == quote) {
                if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) {
                    ++at_;
                    return made;
                }
                ++at_;
            }
            made.text += text_[at_];
        }
        return {token_kind::sign, std::string("a quote that is never closed"), made.at};
    }
    token number() {
        const auto begin = at_;
        while (at_ < text_.size()) {
            const char each = text_[at_];
            const bool exponent_sign =
                (each == '+' || each == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
            if (!goes_on_name(each) && each != '.' && !exponent_sign) break;
            ++at_;
        }
        return {token_kind::number, std::string(text_.substr(begin, at_ - begin)), begin};
    }

    const std::string_view text_;
    std::size_t at_{0};
};

}  // namespace

class expression_parser {
public:
    explicit expression_parser(std::string_view text) : tokens_(text) {
        made_.literals_ = std::make_shared<arena>();
        advance();
    }

    checked<expression> parse() {
        const auto root = either(0);
        if (failure_.empty() && now_.what != token_kind::end) expected("an operator or the end");
        if (!failure_.empty()) return wrong(failure_);
        if (root + 1 != made_.nodes_.size()) {  // the root stands last
            auto last = made_.nodes_[root];
            made_.nodes_.push_back(std::move(last));
        }
        return std::move(made_);
    }

private:
    using kind = expression::kind;
    using place = std::uint32_t;

    void advance() { now_ = tokens_.next(); }
    void fail(std::size_t at, std::string why) {
        if (failure_.empty()) failure_ = fmt::format("{} at character {}", why, at + 1);
    }
    void expected(std::string_view what) {
        fail(now_.at, fmt::format("expected {}, found {}", what, shown(now_)));
    }
    static std::string shown(const token& given) {
        return given.what == token_kind::end ? given.text : fmt::format("\"{}\"", given.text);
    }
    bool is_word(std::string_view word) const {
        return now_.what == token_kind::name && lowered(now_.text) == word;
    }
    bool take_word(std::string_view word) {
        if (!failure_.empty() || !is_word(word)) return false;
        advance();
        return true;
    }
    bool take_sign(std::string_view sign) {
        if (!failure_.empty() || now_.what != token_kind::sign || now_.text != sign) return false;
        advance();
        return true;
    }
    void need_word(std::string_view word) {
        if (!take_word(word)) expected(fmt::format("\"{}\"", word));
    }
    void need_sign(std::string_view sign) {
        if (!take_sign(sign)) expected(fmt::format("\"{}\"", sign));
    }

    place add(expression::node made) {
        if (made_.nodes_.size() == nodes_max) fail(now_.at, fmt::format("more than {} parts", nodes_max));
        if (made_.nodes_.size() < nodes_max) made_.nodes_.push_back(std::move(made));
        return static_cast<place>(made_.nodes_.size() - 1);
    }
    place add(kind what, std::vector<place> parts) {
        expression::node made;
        made.what = what;
        made.parts = std::move(parts);
        return add(std::move(made));
    }
    place add(const cell& literal) {
        expression::node made;
        made.literal = made_.literals_->store(literal);
        return add(std::move(made));
    }
    place add(const function* called, std::vector<place> parts) {
        expression::node made;
        made.what = kind::call;
        made.called = called;
        made.parts = std::move(parts);
        return add(std::move(made));
    }

    place either(int depth) {
        if (depth > depth_max) {
            fail(now_.at, fmt::format("more than {} levels", depth_max));
            return 0;
        }
        auto left = both(depth);
        while (take_word("or")) left = add(kind::either, {left, both(depth)});
        return left;
    }
    place both(int depth) {
        auto left = negated(depth);
        while (take_word("and")) left = add(kind::both, {left, negated(depth)});
        return left;
    }
    place negated(int depth) {
        if (depth > depth_max) return either(depth);
        if (take_word("not")) return add(kind::negated, {negated(depth + 1)});
        return compared(depth);
    }
    place compared(int depth) {
        static constexpr std::pair<std::string_view, kind> signs[] = {
            {"=", kind::eq},
            {"==", kind::eq},
            {"!=", kind::ne},
            {"<>", kind::ne},
            {"<", kind::lt},
            {"<=", kind::le},
            {">", kind::gt},
            {">=", kind::ge},
        };
        const auto left = sum(depth);
        for (const auto& [sign, what] : signs) {
            if (take_sign(sign)) return add(what, {left, sum(depth)});
        }
        if (take_word("is")) {
            const bool is_not = take_word("not");
            need_word("null");
            return add(is_not ? kind::is_not_null : kind::is_null, {left});
        }
        const bool is_not = take_word("not");
        if (!take_word("in")) {
            if (is_not) expected("\"in\"");
            return left;
        }
        std::vector<place> parts{left};
        need_sign("(");
        list(parts, depth);
        const auto found = add(kind::in, std::move(parts));
        return is_not ? add(kind::negated, {found}) : found;
    }
    place sum(int depth) {
        auto left = product(depth);
        for (;;) {
            if (take_sign("+")) {
                left = add(kind::add, {left, product(depth)});
            } else if (take_sign("-")) {
                left = add(kind::subtract, {left, product(depth)});
            } else if (take_sign("||")) {
                left = add(find_function("concat"), {left, product(depth)});
            } else {
                return left;
            }
        }
    }
    place product(int depth) {
        auto left = minus(depth);
        for (;;) {
            if (take_sign("*")) {
                left = add(kind::multiply, {left, minus(depth)});
            } else if (take_sign("/")) {
                left = add(kind::divide, {left, minus(depth)});
            } else if (take_sign("%")) {
                left = add(kind::remainder, {left, minus(depth)});
            } else {
                return left;
            }
        }
    }
    place minus(int depth) {
        if (depth > depth_max) return either(depth);
        if (take_sign("-")) return add(kind::negate, {minus(depth + 1)});
        return primary(depth);
    }

    // Up to the closing bracket; at least one.
    void list(std::vector<place>& into, int depth) {
        do into.push_back(either(depth + 1));
        while (take_sign(","));
        need_sign(")");
    }

    place primary(int depth) {
        if (!failure_.empty()) return 0;
        const auto token = now_;
        switch (token.what) {
            case token_kind::text:
                advance();
                return add(cell{std::string_view(token.text)});
            case token_kind::number:
                if (const auto number = parse_number(token.text)) {
                    advance();
                    return add(*number);
                }
                fail(token.at, fmt::format("\"{}\" is no number", token.text));
                return 0;
            case token_kind::quoted_name:
                advance();
                return column(token);
            case token_kind::name:
                return named(depth);
            default:
                break;
        }
        if (take_sign("(")) {
            const auto inner = either(depth + 1);
            need_sign(")");
            return inner;
        }
        expected("a value");
        return 0;
    }

    place named(int depth) {
        if (take_word("null")) return add(cell{});
        if (take_word("true")) return add(cell{true});
        if (take_word("false")) return add(cell{false});
        if (take_word("case")) return cases(depth);
        static constexpr std::string_view reserved[] = {
            "and", "or", "not", "is", "in", "when", "then", "else", "end"
        };
        const auto token = now_;
        if (std::find(std::begin(reserved), std::end(reserved), lowered(token.text)) != std::end(reserved)) {
            expected("a value");
            return 0;
        }
        advance();
        return take_sign("(") ? call(token, depth) : column(token);
    }

    place column(const token& name) {
        auto& columns = made_.columns_;
        auto found = std::find(columns.begin(), columns.end(), name.text);
        if (found == columns.end()) found = columns.insert(columns.end(), name.text);
        expression::node made;
        made.what = kind::column;
        made.column = static_cast<std::size_t>(found - columns.begin());
        return add(std::move(made));
    }

    place call(const token& name, int depth) {
        std::vector<place> parts;
        if (!take_sign(")")) list(parts, depth);
        const auto called = lowered(name.text);
        if (called == "coalesce") return add(kind::coalesce, std::move(parts));
        if (called == "if") {
            if (parts.size() != 3) fail(name.at, "if takes a condition and two values");
            return add(kind::choose, std::move(parts));
        }
        const auto* known = find_function(called);
        if (!known) {
            fail(name.at, fmt::format("there is no function \"{}\"", name.text));
        } else if (parts.size() < known->arguments_min || parts.size() > known->arguments_max) {
            const auto least = known->arguments_min;
            const auto most = known->arguments_max;
            fail(
                name.at,
                least == most ? fmt::format("{} takes {} values", called, least)
                              : fmt::format("{} takes {} to {} values", called, least, most)
            );
        }
        return add(known, std::move(parts));
    }

    place cases(int depth) {
        std::vector<place> parts;
        while (take_word("when")) {
            parts.push_back(either(depth + 1));
            need_word("then");
            parts.push_back(either(depth + 1));
        }
        if (parts.empty()) expected("\"when\"");
        parts.push_back(take_word("else") ? either(depth + 1) : add(cell{}));
        need_word("end");
        return add(kind::choose, std::move(parts));
    }

    token_reader tokens_;
    token now_;
    expression made_;
    std::string failure_;
};

checked<expression> expression::parse(std::string_view text) {
    return expression_parser(text).parse();
}

}  // namespace esm::tasks::data
