// The JSON and NDJSON part of block_parser.hpp, on simdjson's on-demand interface.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <unordered_map>

#include "platform/base/utf8.hpp"
#include "services/tasks/handlers/data/block_parser.hpp"

namespace esm::tasks::data {

namespace {

namespace od = simdjson::ondemand;

constexpr int depth_max = 64;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// The objects of a block one after the other, with their lines.
class object_walk {
public:
    explicit object_walk(data_format format) : is_array_(format == data_format::json) {}

    void start(const block& given) {
        block_ = &given;
        at_ = 0;
        element_ = 0;
        line_ = next_line_ = 1;
        rows_ = 0;
    }
    // Empty at the end.
    std::string_view next() {
        const auto object = is_array_ ? next_element() : next_line();
        if (!object.empty()) ++rows_;
        return object;
    }
    std::uint64_t line() const { return line_; }
    std::uint64_t rows() const { return rows_; }
    const block& given() const { return *block_; }

private:
    std::string_view next_line() {
        const auto text = block_->text();
        while (at_ < text.size()) {
            const auto end = std::min(text.find('\n', at_), text.size());
            const auto line = trimmed(text.substr(at_, end - at_));
            at_ = end + 1;
            line_ = next_line_++;
            if (!line.empty()) return line;
        }
        return {};
    }
    std::string_view next_element() {
        if (element_ == block_->elements.size()) return {};
        const auto [begin, end] = block_->elements[element_++];
        const auto passed = block_->text().substr(at_, begin - at_);
        line_ += static_cast<std::uint64_t>(std::count(passed.begin(), passed.end(), '\n'));
        at_ = begin;
        return block_->text().substr(begin, end - begin);
    }

    const bool is_array_;
    const block* block_{nullptr};
    std::size_t at_{0};
    std::size_t element_{0};
    std::uint64_t line_{1};
    std::uint64_t next_line_{1};
    std::uint64_t rows_{0};
};

// Calls `each` for every member of an object; what is wrong with the object, or nothing.
class object_reader {
public:
    using member_function = std::function<std::string(std::string_view key, od::value value)>;

    std::string read(std::string_view object, const block& within, const member_function& each) {
        const auto* end = within.text().data() + within.text().size() + block::padding;
        const auto readable = static_cast<std::size_t>(end - object.data());
        auto opened = parser_.iterate(simdjson::padded_string_view(object.data(), object.size(), readable));
        if (opened.error() != simdjson::SUCCESS) return invalid(opened.error());
        od::document& document = document_ = std::move(opened).value_unsafe();
        if (object.front() != '{') return "a row must be an object";
        auto members = document.get_object();
        if (members.error() != simdjson::SUCCESS) return invalid(members.error());
        for (auto member : members.value_unsafe()) {
            if (member.error() != simdjson::SUCCESS) return invalid(member.error());
            auto key = member.unescaped_key();
            if (key.error() != simdjson::SUCCESS) return invalid(key.error());
            auto failed = each(key.value_unsafe(), member.value().value_unsafe());
            if (!failed.empty()) return failed;
        }
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
            return "text after the end of the object";
        }
        return {};
    }
    // Where the parser stands: behind the value last read.
    const char* place() {
        const auto at = document_.current_location();
        return at.error() == simdjson::SUCCESS ? at.value_unsafe() : nullptr;
    }
    static std::string invalid(simdjson::error_code code) {
        return fmt::format("not valid JSON: {}", simdjson::error_message(code));
    }

private:
    od::parser parser_;
    od::document document_;
};

// Checks what an array or object holds, which on-demand parsing skips unseen.
std::string check_nested(od::value value, int depth);

std::string check_scalar(od::value& value) {
    const auto token = trimmed(value.raw_json_token());
    if (token.starts_with('"')) {
        const auto text = value.get_string();
        return text.error() == simdjson::SUCCESS ? std::string() : object_reader::invalid(text.error());
    }
    if (token == "true" || token == "false" || token == "null" || parse_number(token)) return {};
    return fmt::format("\"{}\" is no JSON value", cut_utf8(token, 60));
}

std::string check_array(od::value& value, int depth) {
    auto items = value.get_array();
    if (items.error() != simdjson::SUCCESS) return object_reader::invalid(items.error());
    for (auto item : items.value_unsafe()) {
        if (item.error() != simdjson::SUCCESS) return object_reader::invalid(item.error());
        if (auto failed = check_nested(item.value_unsafe(), depth + 1); !failed.empty()) return failed;
    }
    return {};
}

std::string check_object(od::value& value, int depth) {
    auto members = value.get_object();
    if (members.error() != simdjson::SUCCESS) return object_reader::invalid(members.error());
    for (auto member : members.value_unsafe()) {
        if (member.error() != simdjson::SUCCESS) return object_reader::invalid(member.error());
        if (const auto key = member.unescaped_key(); key.error() != simdjson::SUCCESS) {
            return object_reader::invalid(key.error());
        }
        auto failed = check_nested(member.value().value_unsafe(), depth + 1);
        if (!failed.empty()) return failed;
    }
    return {};
}

std::string check_nested(od::value value, int depth) {
    if (depth > depth_max) return fmt::format("more than {} levels of arrays and objects", depth_max);
    const auto token = value.raw_json_token();
    if (token.starts_with('[')) return check_array(value, depth);
    if (token.starts_with('{')) return check_object(value, depth);
    return check_scalar(value);
}

class json_parser final : public block_parser {
public:
    json_parser(
        data_format format,
        const std::vector<std::string>& columns,
        std::vector<wanted_column> wanted,
        const limits& bounds
    )
        : walk_(format), wanted_(std::move(wanted)), cell_bytes_(bounds.cell_bytes) {
        for (const auto& each : wanted_) slots_.emplace(columns[each.column], each.slot);
    }

    checked<void> start(const block& given) override {
        walk_.start(given);
        return {};
    }

    checked<bool> fill(batch& into) override {
        for (; into.rows < into.rows_max; ++into.rows) {
            const auto object = walk_.next();
            if (object.empty()) break;
            for (const auto& each : wanted_) into.columns[each.slot][into.rows] = cell{};
            std::size_t member = 0;
            const auto failed =
                reader_.read(object, walk_.given(), [&](std::string_view key, od::value value) {
                    return take(into, slot_of(key, member++), key, value);
                });
            if (!failed.empty()) return wrong_line(walk_.line(), failed);
        }
        return into.rows > 0;
    }

    std::uint64_t lines() const override {
        const auto text = walk_.given().text();
        return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    }
    std::uint64_t rows() const override { return walk_.rows(); }

private:
    static constexpr std::size_t unwanted = ~std::size_t{0};

    // Rows mostly have the same members in the same order.
    std::size_t slot_of(std::string_view key, std::size_t member) {
        if (member < usual_.size() && usual_[member].first == key) return usual_[member].second;
        const auto found = slots_.find(std::string(key));
        const auto slot = found == slots_.end() ? unwanted : found->second;
        if (member >= usual_.size()) usual_.resize(member + 1);
        usual_[member] = {std::string(key), slot};
        return slot;
    }

    std::string take(batch& into, std::size_t slot, std::string_view key, od::value value) {
        cell made;
        const auto token = trimmed(value.raw_json_token());
        std::string failed;
        if (token.starts_with('"')) {
            failed = read_text(into, token, value, made);
        } else if (token.starts_with('[') || token.starts_with('{')) {
            failed = check_nested(value, 1);
            const auto* end = failed.empty() ? reader_.place() : nullptr;
            if (end) {
                const auto length = static_cast<std::size_t>(end - token.data());
                made = cell{on_one_line(trimmed({token.data(), length}), into.texts), true};
            }
        } else if (token == "true" || token == "false") {
            made = cell{token == "true"};
        } else if (const auto number = parse_number(token)) {
            made = *number;
        } else if (token != "null") {
            failed = fmt::format("\"{}\" is no JSON value", cut_utf8(token, 60));
        }
        if (failed.empty() && made.is_text() && made.text().size() > cell_bytes_) {
            failed = fmt::format("the cell has more than {} bytes", cell_bytes_);
        }
        if (!failed.empty()) return fmt::format("column \"{}\": {}", key, failed);
        if (slot != unwanted) into.columns[slot][into.rows] = made;
        return {};
    }

    // JSON lines hold it too.
    static std::string_view on_one_line(std::string_view text, arena& texts) {
        if (text.find_first_of("\r\n") == std::string_view::npos) return text;
        auto* place = texts.allocate(text.size() + block::padding);
        std::size_t length = 0;
        if (simdjson::minify(text.data(), text.size(), place, length) != simdjson::SUCCESS) return "null";
        return {place, length};
    }

    static std::string read_text(batch& into, std::string_view token, od::value& value, cell& made) {
        const auto raw = token.substr(1, token.size() - 2);
        if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) {
            made = cell{raw};  // checked already: UTF-8 without control characters
            return {};
        }
        const auto text = value.get_string();
        if (text.error() != simdjson::SUCCESS) return object_reader::invalid(text.error());
        made = cell{into.texts.store(text.value_unsafe())};
        return {};
    }

    object_walk walk_;
    object_reader reader_;
    const std::vector<wanted_column> wanted_;
    const std::size_t cell_bytes_;
    std::unordered_map<std::string, std::size_t> slots_;
    std::vector<std::pair<std::string, std::size_t>> usual_;
};

class json_column_finder final : public column_finder {
public:
    json_column_finder(data_format format, const limits& bounds)
        : walk_(format), columns_max_(bounds.columns_max) {}

    checked<void> take(const block& given) override {
        walk_.start(given);
        for (;;) {
            const auto object = walk_.next();
            if (object.empty()) return {};
            ++rows_;
            std::size_t member = 0;
            const auto failed = reader_.read(object, given, [&](std::string_view key, od::value) {
                return note(key, member++);
            });
            if (!failed.empty()) return wrong_line(walk_.line(), failed);
        }
    }
    std::vector<std::string> found() override { return std::move(found_); }
    std::uint64_t rows() const override { return rows_; }

private:
    std::string note(std::string_view key, std::size_t member) {
        if (member < found_.size() && found_[member] == key) return {};
        if (!known_.emplace(key, 0).second) return {};
        if (found_.size() == columns_max_) {
            return fmt::format("the rows together have more than {} columns", columns_max_);
        }
        found_.emplace_back(key);
        return {};
    }

    object_walk walk_;
    object_reader reader_;
    const std::size_t columns_max_;
    std::uint64_t rows_{0};
    std::vector<std::string> found_;
    std::unordered_map<std::string, int> known_;
};

}  // namespace

std::unique_ptr<block_parser> make_json_parser(
    data_format format,
    const std::vector<std::string>& columns,
    std::vector<wanted_column> wanted,
    const limits& bounds
) {
    return std::make_unique<json_parser>(format, columns, std::move(wanted), bounds);
}

std::unique_ptr<column_finder> make_column_finder(data_format format, const limits& bounds) {
    return std::make_unique<json_column_finder>(format, bounds);
}

std::optional<bad_byte> find_bad_byte(std::string_view text) {
    if (const auto nul = text.find('\0'); nul != std::string_view::npos) {
        return bad_byte{nul, "a NUL byte: the file must be text in UTF-8"};
    }
    if (simdjson::validate_utf8(text.data(), text.size())) return std::nullopt;
    auto rest = text;
    while (!rest.empty()) {
        const auto length = first_utf8_character(rest).length;
        if (length == 0) break;
        rest.remove_prefix(length);
    }
    const auto byte = rest.empty() ? 0U : static_cast<unsigned char>(rest.front());
    return bad_byte{
        text.size() - rest.size(), fmt::format("the byte {:#04x} is not UTF-8: the file must be", byte)
    };
}

}  // namespace esm::tasks::data
