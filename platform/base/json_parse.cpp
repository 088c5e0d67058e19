// See json_decoder.hpp. One pass of Boost.JSON's parser with a handler of our own, which builds the value and
// refuses what RFC 8259 leaves open: duplicate names, NUL characters, numbers beyond double.
#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>

#include "platform/base/json_decoder.hpp"

namespace esm::json {

namespace {

using bj::string_view;
using boost::system::error_code;

constexpr std::size_t depth_max = 32;
constexpr std::size_t shown_name_max_bytes = 64;

class value_builder {
public:
    static constexpr std::size_t max_object_size = bj::object::max_size();
    static constexpr std::size_t max_array_size = bj::array::max_size();
    static constexpr std::size_t max_key_size = bj::string::max_size();
    static constexpr std::size_t max_string_size = bj::string::max_size();

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t count, error_code&) {
        stack_.push_array(count);
        return true;
    }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t count, error_code& ec) {
        if (!names_are_unique(count)) return stop(ec);
        stack_.push_object(count);
        return true;
    }

    bool on_string_part(string_view part, std::size_t, error_code& ec) {
        if (!check_text(part, ec)) return false;
        stack_.push_chars(part);
        return true;
    }
    bool on_string(string_view last, std::size_t, error_code& ec) {
        if (!check_text(last, ec)) return false;
        stack_.push_string(last);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code& ec) {
        if (!check_text(part, ec)) return false;
        name_text_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }
    bool on_key(string_view last, std::size_t size, error_code& ec) {
        if (!check_text(last, ec)) return false;
        name_text_.append(last.data(), last.size());
        names_.push_back({name_text_.size() - size, size});
        stack_.push_key(last);
        return true;
    }

    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, string_view, error_code& ec) {
        if (!std::isfinite(number)) {
            broken_rule_ = "a number is out of range";
            return stop(ec);
        }
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool flag, error_code&) {
        stack_.push_bool(flag);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    void reset() { stack_.reset(); }
    bj::value release() { return stack_.release(); }
    const std::string& broken_rule() const { return broken_rule_; }

private:
    struct name_span {
        std::size_t offset, size;
    };

    static bool stop(error_code& ec) {
        ec = bj::error::syntax;
        return false;
    }

    bool check_text(string_view text, error_code& ec) {
        if (text.find('\0') == string_view::npos) return true;
        broken_rule_ = "a text holds the character U+0000";
        return stop(ec);
    }

    std::string_view text_of(name_span name) const {
        return std::string_view(name_text_).substr(name.offset, name.size);
    }

    // The names of the object that ends are the last `count`; sorting them keeps a hostile object at O(n log
    // n).
    bool names_are_unique(std::size_t count) {
        if (count == 0) return true;
        const auto first = names_.end() - static_cast<std::ptrdiff_t>(count);
        const auto text_begin = first->offset;
        if (count > 1) {
            std::sort(first, names_.end(), [this](name_span a, name_span b) {
                return text_of(a) < text_of(b);
            });
            const auto same = std::adjacent_find(first, names_.end(), [this](name_span a, name_span b) {
                return text_of(a) == text_of(b);
            });
            if (same != names_.end()) {
                const auto name = text_of(*same);
                const bool shown = name.size() <= shown_name_max_bytes;
                broken_rule_ = fmt::format("the name \"{}\" stands twice in one object", shown ? name : "…");
                return false;
            }
        }
        names_.erase(first, names_.end());
        name_text_.resize(text_begin);
        return true;
    }

    bj::value_stack stack_;
    std::string name_text_;         // the names of all open objects, one after the other
    std::vector<name_span> names_;  // in the order they came
    std::string broken_rule_;
};

error refuse(std::string detail) {
    return fail(errc::malformed_request, std::move(detail));
}

}  // namespace

result<bj::value> parse(std::string_view text) {
    bj::parse_options options;
    options.max_depth = depth_max;
    bj::basic_parser<value_builder> parser(options);
    parser.handler().reset();
    error_code ec;
    const auto used = parser.write_some(false, text.data(), text.size(), ec);
    if (!parser.handler().broken_rule().empty()) {
        return refuse(
            fmt::format("the JSON text is refused near byte {}: {}", used, parser.handler().broken_rule())
        );
    }
    if (!ec && used < text.size()) ec = bj::error::extra_data;
    if (ec == bj::error::too_deep) {
        return refuse(fmt::format("the JSON text is nested more than {} levels deep", depth_max));
    }
    if (ec == bj::error::incomplete) return refuse("the JSON text ends too early");
    if (ec) return refuse(fmt::format("not a JSON text: {} at byte {}", ec.message(), used));
    return parser.handler().release();
}

result<bj::object> parse_object(std::string_view text) {
    auto parsed = parse(text);
    if (!parsed) return parsed.error();
    if (!parsed->is_object()) return refuse("the JSON text must be an object");
    return std::move(parsed->get_object());
}

}  // namespace esm::json
