// See message_template.hpp. Parsed once a thread, since kainjow's renderer changes its parsed template while
// it renders.
#include "services/notifications/templates/message_template.hpp"

#include <algorithm>
#include <atomic>
#include <kainjow/mustache.hpp>
#include <optional>
#include <stdexcept>
#include <unordered_map>

#include "platform/base/markup.hpp"
#include "platform/base/utf8.hpp"
#include "services/notifications/templates/layout_texts.hpp"
#include "services/notifications/templates/locale.hpp"
#include "services/notifications/templates/template_model.hpp"

namespace esm::notifications {

namespace {

namespace ms = kainjow::mustache;

// Of source texts. A parsed template takes some 100 bytes for each word of it.
constexpr std::size_t parsed_max_bytes = 512 * 1024;

ms::mustache parse(std::string_view source, bool is_html) {
    ms::mustache parsed{std::string(source)};
    if (!parsed.is_valid()) throw std::logic_error("a template does not parse: " + parsed.error_message());
    parsed.set_custom_escape([is_html](const std::string& plain) {
        return is_html ? escape_markup(plain) : plain;
    });
    return parsed;
}

std::string without_line_end(std::string text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
}

std::string run(ms::mustache& parsed, const ms::data& model, std::size_t expected_bytes) {
    std::string made;
    made.reserve(expected_bytes);
    parsed.render(model, [&](const std::string& piece) { made += piece; });
    return without_line_end(std::move(made));
}

// Line breaks and other control characters as blanks: a value must not add a header to a mail.
std::string in_one_line(std::string text) {
    const auto is_control = [](char each) { return static_cast<unsigned char>(each) < 0x20 || each == 0x7f; };
    std::replace_if(text.begin(), text.end(), is_control, ' ');
    return text;
}

std::string cut_characters(std::string text, std::size_t characters_max) {
    if (characters_max == 0 || text.size() <= characters_max) return text;
    std::string_view rest = text;
    std::size_t kept = 0;  // bytes of all but the last character that may stay
    for (std::size_t count = 0; !rest.empty(); ++count) {
        if (count == characters_max) {
            text.resize(kept);
            return text + "\u2026";
        }
        const auto length = std::max<std::size_t>(1, first_utf8_character(rest).length);
        if (count + 1 < characters_max) kept += length;
        rest.remove_prefix(length);
    }
    return text;
}

struct parsed_part {
    ms::mustache text;
    std::size_t source_bytes{0};
};

struct parsed_template {
    std::weak_ptr<const message_template> of;
    std::map<std::string, parsed_part, std::less<>> parts;
    std::size_t source_bytes{0};
    std::uint64_t used{0};  // when last, in uses of any
};

// The frame of all HTML mails, and what stands below it in each language.
struct parsed_layout {
    ms::mustache page{parse(layout_texts::page_html, true)};
    std::map<std::string, ms::mustache, std::less<>> footers;

    parsed_layout() {
        footers.emplace("en", parse(layout_texts::footer_en, true));
        footers.emplace("de", parse(layout_texts::footer_de, true));
    }

    ms::mustache& footer(std::string_view locale) {
        for (const auto& each : fallback_locales(locale, last_locale)) {
            if (const auto found = footers.find(each); found != footers.end()) return found->second;
        }
        throw std::logic_error("there is no footer in English");
    }
};

// The templates that one thread holds parsed.
class thread_cache {
public:
    parsed_template& get(const std::shared_ptr<const message_template>& of) {
        auto found = parsed_.find(of->id);
        if (found == parsed_.end()) found = add(of);
        found->second.used = ++uses_;
        return found->second;
    }

    std::size_t size() const { return parsed_.size(); }
    parsed_layout& layout() { return layout_; }

private:
    using map = std::unordered_map<std::uint64_t, parsed_template>;

    map::iterator add(const std::shared_ptr<const message_template>& of) {
        parsed_template made{of};
        for (const auto& [name, source] : of->parts) {
            const auto* rule = find_part(of->channel, name);
            made.parts.emplace(name, parsed_part{parse(source, rule && rule->is_html), source.size()});
            made.source_bytes += source.size();
        }
        std::erase_if(parsed_, [&](const auto& each) {
            const bool gone = each.second.of.expired();
            if (gone) bytes_ -= each.second.source_bytes;
            return gone;
        });
        bytes_ += made.source_bytes;
        while (bytes_ > parsed_max_bytes && !parsed_.empty()) drop_oldest();
        return parsed_.emplace(of->id, std::move(made)).first;
    }

    void drop_oldest() {
        const auto oldest =
            std::min_element(parsed_.begin(), parsed_.end(), [](const auto& a, const auto& b) {
                return a.second.used < b.second.used;
            });
        bytes_ -= oldest->second.source_bytes;
        parsed_.erase(oldest);
    }

    map parsed_;
    std::size_t bytes_{0};
    std::uint64_t uses_{0};
    parsed_layout layout_;
};

thread_cache& of_thread() {
    thread_local thread_cache cache;
    return cache;
}

std::string run_part(parsed_template& parsed, const part_rule& rule, const ms::data& model) {
    const auto found = parsed.parts.find(rule.name);
    if (found == parsed.parts.end()) return {};
    auto made = run(found->second.text, model, 2 * found->second.source_bytes);
    if (rule.one_line) made = in_one_line(std::move(made));
    return cut_characters(std::move(made), rule.characters_max);
}

std::string in_layout(
    std::string body, std::string_view subject, const ms::data& model, const message_template& of
) {
    auto& layout = of_thread().layout();
    ms::data page{ms::data::type::object};
    page["lang"] = ms::data{of.locale};
    page["subject"] = ms::data{std::string(subject)};
    page["footer"] = ms::data{run(layout.footer(of.locale), model, 512)};
    const auto expected_bytes = body.size() + 2 * layout_texts::page_html.size();
    page["body"] = ms::data{std::move(body)};
    return run(layout.page, page, expected_bytes) + "\n";
}

const part_rule* subject_rule(std::string_view channel) {
    for (const auto& each : parts_of(channel)) {
        if (each.one_line) return &each;
    }
    return nullptr;
}

}  // namespace

std::shared_ptr<const message_template> make_template(
    std::string event_type, std::string channel, std::string locale, std::int64_t version, part_texts parts
) {
    static std::atomic<std::uint64_t> last_id{0};
    return std::make_shared<const message_template>(message_template{
        ++last_id, std::move(event_type), std::move(channel), std::move(locale), version, std::move(parts)
    });
}

std::string render_subject(const std::shared_ptr<const message_template>& of, const message_input& given) {
    const auto* rule = subject_rule(of->channel);
    if (rule == nullptr) return {};
    return run_part(of_thread().get(of), *rule, make_model(*of, given));
}

rendered render(const std::shared_ptr<const message_template>& of, const message_input& given) {
    auto& parsed = of_thread().get(of);
    const auto model = make_model(*of, given);
    rendered made;
    for (const auto& rule : parts_of(of->channel)) {
        if (rule.one_line) {
            made.subject = given.subject.empty() ? run_part(parsed, rule, model)
                                                 : in_one_line(std::string(given.subject));
        } else if (rule.is_html) {
            made.html = in_layout(run_part(parsed, rule, model), made.subject, model, *of);
        } else {
            made.text = run_part(parsed, rule, model);
        }
    }
    // Lines of a mail end with a line end, the last one too.
    if (of->channel == "email") made.text += '\n';
    return made;
}

std::size_t count_parsed_templates() {
    return of_thread().size();
}

}  // namespace esm::notifications
