// See template_requests.hpp.
#include "services/notifications/catalogue/template_requests.hpp"

#include <charconv>
#include <iterator>

#include "platform/base/event_type.hpp"
#include "platform/base/json_decoder.hpp"
#include "platform/http/cursor.hpp"
#include "services/notifications/templates/locale.hpp"

namespace esm::notifications {

namespace {

// Longer ones than any part may be are told by lint(), in its own words.
constexpr json::text_rule part_rule_of_form{0, 512 * 1024};
constexpr json::text_rule name_rule{0, 100};
constexpr json::text_rule address_rule{0, 254};

// The members that are objects are checked by decoders of their own.
class body_reader {
public:
    explicit body_reader(const boost::json::object& body) : whole_(body) {}

    std::optional<part_texts> parts(bool required) {
        const auto* given = required ? whole_.object("parts") : whole_.optional_object("parts");
        if (given == nullptr) return std::nullopt;
        json::decoder from(*given, "/parts");
        part_texts read;
        for (const auto& rule : all_parts()) {
            if (read.contains(rule.name)) continue;
            if (auto text = from.optional_text(rule.name, part_rule_of_form)) {
                read.emplace(std::string(rule.name), std::move(*text));
            }
        }
        keep(from.finish());
        return read;
    }

    std::optional<boost::json::object> event() {
        const auto* given = whole_.optional_object("event");
        return given == nullptr ? std::nullopt : std::optional(*given);
    }

    std::optional<contact> user() {
        const auto* given = whole_.optional_object("user");
        if (given == nullptr) return std::nullopt;
        json::decoder from(*given, "/user");
        contact read;
        read.username = from.optional_text("username", name_rule).value_or("");
        read.first_name = from.optional_text("firstName", name_rule).value_or("");
        read.email = from.optional_text("email", address_rule).value_or("");
        keep(from.finish());
        return read;
    }

    // All that is wrong, together.
    std::optional<error> finish() {
        keep(whole_.finish());
        if (wrong_ && wrong_->fields.size() > 1) {
            wrong_->detail = fmt::format("{} fields are wrong", wrong_->fields.size());
        }
        return std::move(wrong_);
    }

private:
    void keep(std::optional<error> problem) {
        if (!problem) return;
        if (!wrong_) {
            wrong_ = std::move(problem);
            return;
        }
        if (problem->code == errc::malformed_request) wrong_->code = problem->code;
        std::move(problem->fields.begin(), problem->fields.end(), std::back_inserter(wrong_->fields));
    }

    json::decoder whole_;
    std::optional<error> wrong_;
};

contact sample_user() {
    contact made;
    made.username = "ada";
    made.first_name = "Ada";
    made.email = "ada@example.org";
    return made;
}

}  // namespace

result<template_key> read_template_key(const http::request& call) {
    template_key of{std::string(call.path_param("eventType")), std::string(call.path_param("channel")), {}};
    if (!is_event_type(of.event_type)) {
        return fail(errc::not_found, "an event type is named as task.completed.v1 is");
    }
    if (parts_of(of.channel).empty()) {
        return fail(errc::not_found, "there are templates of email, sms, push and in_app");
    }
    auto locale = normalise_locale(call.path_param("locale"));
    if (!locale) return fail(errc::not_found, "a locale is a language such as de, or de-AT");
    of.locale = std::move(*locale);
    return of;
}

result<part_texts> read_parts_body(const http::request& call) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    body_reader from(*body);
    auto parts = from.parts(true);
    if (auto wrong = from.finish()) return std::move(*wrong);
    return std::move(*parts);
}

result<preview_wish> read_preview_body(const http::request& call) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    body_reader from(*body);
    preview_wish read;
    read.parts = from.parts(false);
    read.event = from.event();
    read.to = from.user().value_or(sample_user());
    if (auto wrong = from.finish()) return std::move(*wrong);
    return read;
}

result<std::string> read_event_type(const http::request& call) {
    const auto given = call.query_param("eventType");
    if (!given) return std::string();
    if (!is_event_type(*given)) return http::bad_parameter("eventType", "invalid", "is no type of an event");
    return std::string(*given);
}

result<std::optional<std::int64_t>> read_version(const http::request& call) {
    const auto given = call.query_param("version");
    if (!given) return std::optional<std::int64_t>();
    std::int64_t version = 0;
    const auto* last = given->data() + given->size();
    const auto [end, failure] = std::from_chars(given->data(), last, version);
    if (failure != std::errc{} || end != last || version < 0) {
        return http::bad_parameter("version", "invalid", "must be a version, 0 for the shipped text");
    }
    return std::optional(version);
}

}  // namespace esm::notifications
