// See block_source.hpp.
#include "services/tasks/handlers/data/block_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace esm::tasks::data {

namespace {

std::uint64_t lines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

class csv_blocks final : public block_source {
public:
    using block_source::block_source;

protected:
    // A block begins outside of quotes, so the number of quotes before a line end tells whether it ends a
    // row.
    std::size_t cut(block& given, bool at_end) override {
        const auto text = given.text();
        const auto quotes = static_cast<std::size_t>(std::count(text.begin(), text.end(), '"'));
        given.has_quotes = quotes > 0;
        if (at_end) {
            given.lacks_line_end = !text.ends_with('\n') || quotes % 2 == 1;
            if (!given.lacks_line_end) return text.size();
            given.data()[text.size()] = '\n';
            given.resize(text.size() + 1);
            return text.size() + 1;
        }
        bool odd = quotes % 2 == 1;
        if (!given.has_quotes) {
            const auto last = text.rfind('\n');
            return last == std::string_view::npos ? 0 : last + 1;
        }
        for (auto at = text.size(); at > 0; --at) {
            if (text[at - 1] == '"') odd = !odd;
            if (text[at - 1] == '\n' && !odd) return at;
        }
        return 0;
    }
    problem too_long(const block& given) const override {
        return wrong_line(
            1,
            fmt::format(
                "the row that begins here is longer than {} bytes{}",
                bounds().row_bytes,
                given.has_quotes ? ": is a quote never closed?" : ""
            )
        );
    }
};

class ndjson_blocks final : public block_source {
public:
    using block_source::block_source;

protected:
    std::size_t cut(block& given, bool at_end) override {
        if (at_end) return given.size();
        const auto last = given.text().rfind('\n');
        return last == std::string_view::npos ? 0 : last + 1;
    }
    problem too_long(const block&) const override {
        return wrong_line(1, fmt::format("the line is longer than {} bytes", bounds().row_bytes));
    }
};

// Finds where the objects of the outer array begin and end; what they hold is the parser's to check.
class json_blocks final : public block_source {
public:
    using block_source::block_source;

protected:
    std::size_t cut(block& given, bool at_end) override {
        given.elements.clear();
        const auto text = given.text();
        std::size_t at = 0;
        std::size_t whole = 0;
        while (at < text.size()) {
            if (state_ == state::first_or_end || state_ == state::element) {
                if (text[at] == '{') {
                    const auto end = end_of_object(text, at);
                    if (end == std::string_view::npos) break;
                    given.elements.emplace_back(
                        static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)
                    );
                    whole = at = end;
                    state_ = state::comma_or_end;
                    continue;
                }
            }
            if (auto why = step(text[at]); !why.empty()) {
                given.defect = wrong_line(1 + lines_in(text.substr(0, at)), std::move(why));
                return text.size();
            }
            whole = ++at;
        }
        if (at_end && state_ != state::over) {
            const bool begun = state_ != state::begin;
            given.defect = wrong_line(
                1 + lines_in(text),
                begun ? "the array is never closed: the file is cut off" : "no JSON: the file is empty"
            );
        }
        return at_end ? text.size() : whole;
    }
    problem too_long(const block&) const override {
        return wrong_line(1, fmt::format("the row is longer than {} bytes", bounds().row_bytes));
    }

private:
    enum class state : std::uint8_t { begin, first_or_end, element, comma_or_end, over };

    // What is wrong with the character between elements, or nothing.
    std::string step(char given) {
        if (given == ' ' || given == '\n' || given == '\r' || given == '\t') return {};
        if (state_ == state::begin && given == '[') {
            state_ = state::first_or_end;
        } else if (state_ == state::comma_or_end && given == ',') {
            state_ = state::element;
        } else if ((state_ == state::comma_or_end || state_ == state::first_or_end) && given == ']') {
            state_ = state::over;
        } else {
            return expectation(given);
        }
        return {};
    }
    std::string expectation(char given) const {
        const bool shown = given >= ' ' && given <= '~';
        const auto found = shown ? fmt::format("'{}'", given)
                                 : fmt::format("the byte {:#04x}", static_cast<unsigned char>(given));
        switch (state_) {
            case state::begin:
                return fmt::format("not an array of objects: it begins with {}", found);
            case state::comma_or_end:
                return fmt::format("expected a comma or the end of the array, not {}", found);
            case state::over:
                return fmt::format("{} after the end of the array", found);
            default:
                return fmt::format("a row must be an object, not what begins with {}", found);
        }
    }

    static std::size_t end_of_object(std::string_view text, std::size_t at) {
        int depth = 0;
        for (; at < text.size(); ++at) {
            const char each = text[at];
            if (each == '"') {
                at = end_of_string(text, at + 1);
                if (at == std::string_view::npos) return at;
            } else if (each == '{' || each == '[') {
                ++depth;
            } else if ((each == '}' || each == ']') && --depth == 0) {
                return at + 1;
            }
        }
        return std::string_view::npos;
    }
    // The place of the closing quote.
    static std::size_t end_of_string(std::string_view text, std::size_t at) {
        for (; at < text.size(); ++at) {
            if (text[at] == '\\') {
                ++at;
            } else if (text[at] == '"') {
                return at;
            }
        }
        return std::string_view::npos;
    }

    state state_{state::begin};
};

}  // namespace

void block::reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto larger = std::unique_ptr<char[]>(new char[capacity + padding]);  // not zeroed
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    std::memset(larger.get() + capacity, 0, padding);
    data_ = std::move(larger);
    capacity_ = capacity;
}

checked<void> block_source::fill(block& into, std::size_t wanted) {
    // One more, for the line end that the last line may lack.
    into.reserve(wanted + 1);
    while (!at_end_ && into.size() < wanted) {
        const auto got = from_->read(into.data() + into.size(), wanted - into.size());
        if (!got) return got.error();
        at_end_ = *got == 0;
        into.resize(into.size() + *got);
    }
    return {};
}

void block_source::take_carry(block& into) {
    into.resize(0);
    into.reserve(std::max(bounds_.block_bytes, carry_.size()) + 1);
    std::memcpy(into.data(), carry_.data(), carry_.size());
    into.resize(carry_.size());
}

void block_source::drop_byte_order_mark(block& given) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    begun_ = true;
    if (!given.text().starts_with(mark)) return;
    std::memmove(given.data(), given.data() + mark.size(), given.size() - mark.size());
    given.resize(given.size() - mark.size());
}

checked<bool> block_source::next(block& into) {
    if (over_) return false;
    take_carry(into);
    into.part = parts_++;
    into.defect.reset();
    into.has_quotes = into.lacks_line_end = false;
    auto wanted = std::max(bounds_.block_bytes, into.size() + 1);
    for (;;) {
        if (auto filled = fill(into, wanted); !filled) return filled.error();
        if (into.part == 0 && !begun_) drop_byte_order_mark(into);
        const auto had = into.size();
        if (at_end_ && had == 0 && parts_ > 1) {
            // A JSON array that was cut off between two blocks shows only now.
            (void)cut(into, true);
            over_ = true;
            return into.defect.has_value();
        }
        const auto whole = cut(into, at_end_);
        if (whole > 0 || at_end_) {
            carry_.assign(into.data() + std::min(whole, had), had - std::min(whole, had));
            into.resize(whole);
            over_ = at_end_ || into.defect.has_value();
            return true;
        }
        if (had >= bounds_.row_bytes) {
            into.defect = too_long(into);
            into.resize(0);
            over_ = true;
            return true;
        }
        wanted = std::min(wanted * 2, std::max(bounds_.row_bytes, had + 1));
    }
}

std::unique_ptr<block_source> make_block_source(
    data_format format, std::unique_ptr<byte_stream> from, const limits& bounds
) {
    switch (format) {
        case data_format::csv:
            return std::make_unique<csv_blocks>(std::move(from), bounds);
        case data_format::json:
            return std::make_unique<json_blocks>(std::move(from), bounds);
        default:
            return std::make_unique<ndjson_blocks>(std::move(from), bounds);
    }
}

}  // namespace esm::tasks::data
