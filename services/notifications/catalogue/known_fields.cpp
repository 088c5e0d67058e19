// See known_fields.hpp.
#include "services/notifications/catalogue/known_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace esm::notifications {

namespace {

namespace bj = boost::json;

constexpr std::size_t items_max = 100;  // as a digest shows them
constexpr std::size_t problems_max = 100;

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> samples{{
    {"user.registered.v1",
     R"({"userId":1000,"username":"ada","firstName":"Ada","lastName":"Lovelace","email":"ada@example.org",)"
     R"("createdAt":"2026-11-22T20:44:46.123456Z"})"},
    {"user.verification_requested.v1",
     R"({"userId":1000,"username":"ada","firstName":"Ada","email":"ada@example.org",)"
     R"("purpose":"email_verification","expiresAt":"2026-11-22T20:54:46.123456Z","code":"042137",)"
     R"("token":"kZ3v9Qm1x7Lr5Tn2"})"},
    {"user.password_reset_requested.v1",
     R"({"userId":1000,"username":"ada","firstName":"Ada","email":"ada@example.org",)"
     R"("purpose":"password_reset","expiresAt":"2026-11-22T20:54:46.123456Z","code":"730218",)"
     R"("token":"kZ3v9Qm1x7Lr5Tn2"})"},
    {"user.password_changed.v1",
     R"({"userId":1000,"username":"ada","firstName":"Ada","lastName":"Lovelace","email":"ada@example.org",)"
     R"("reason":"changed","updatedAt":"2026-11-22T20:44:46.123456Z"})"},
    {"auth.new_sign_in.v1",
     R"({"sessionId":"01959a3c-7c1e-7d3a-9d0e-6f2f2f6b7c11","userId":1000,"username":"ada",)"
     R"("occurredAt":"2026-11-22T20:44:46.589793Z",)"
     R"("userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",)"
     R"("address":"203.0.113.7"})"},
    {"task.completed.v1",
     R"({"taskId":1007,"taskReference":"TASK20261122deadbeef","taskType":"data_processing","attempt":1,)"
     R"("maxAttempts":3,"errorMessage":null,"queue":"default","timeoutSeconds":300,)"
     R"("createdAt":"2026-11-22T20:44:40.000000Z","startedAt":"2026-11-22T20:44:41.500000Z",)"
     R"("completedAt":"2026-11-22T20:44:46.123456Z","processingTime":4.623})"},
    {"task.failed.v1",
     R"({"taskId":1007,"taskReference":"TASK20261122deadbeef","taskType":"data_processing","attempt":3,)"
     R"("maxAttempts":3,"errorMessage":"row 3: \"n/a\" is no number","queue":"default",)"
     R"("timeoutSeconds":300,"createdAt":"2026-11-22T20:44:40.000000Z",)"
     R"("startedAt":"2026-11-22T20:44:41.500000Z","completedAt":"2026-11-22T20:44:46.123456Z",)"
     R"("processingTime":4.623})"},
    {"task.timed_out.v1",
     R"({"taskId":1007,"taskReference":"TASK20261122deadbeef","taskType":"report_generation","attempt":1,)"
     R"("maxAttempts":1,"errorMessage":"the task ran longer than 300 seconds","queue":"default",)"
     R"("timeoutSeconds":300,"createdAt":"2026-11-22T20:39:40.000000Z",)"
     R"("startedAt":"2026-11-22T20:39:45.000000Z","completedAt":"2026-11-22T20:44:45.000000Z",)"
     R"("processingTime":300.0})"},
    {digest_event_type,
     R"({"count":5,"more":2,"items":[)"
     R"({"subject":"Task TASK20261122deadbeef is complete","at":"2026-11-22T20:44:46.123456Z"},)"
     R"({"subject":"Task TASK20261122cafe0001 failed","at":"2026-11-22T21:02:10.500000Z"},)"
     R"({"subject":"Task TASK20261122f00d0002 is complete","at":"2026-11-23T06:00:00.000000Z"}]})"},
}};

bool is_plain(const bj::value& given) {
    return !given.is_object() && !given.is_array();
}

class event_check {
public:
    explicit event_check(std::string_view event_type) : event_type_(event_type) {}

    void field(const bj::value& given, const event_field& known) {
        const auto at = fmt::format("/event/{}", known.name);
        if (known.members.empty()) {
            if (!is_plain(given)) tell(at, "wrong_type", "Must be a text, a number, true, false or null");
            return;
        }
        const auto* items = given.if_array();
        if (items == nullptr) return tell(at, "wrong_type", "Must be an array");
        if (items->size() > items_max) return tell(at, "too_many", fmt::format("At most {}", items_max));
        for (std::size_t i = 0; i < items->size(); ++i) item((*items)[i], known, fmt::format("{}/{}", at, i));
    }

    void unknown(std::string_view name) {
        tell("/event/" + escaped(name), "unknown_field", fmt::format("{} has no such field", event_type_));
    }

    std::vector<field_error> found() { return std::move(found_); }

private:
    void item(const bj::value& given, const event_field& known, const std::string& at) {
        const auto* object = given.if_object();
        if (object == nullptr) return tell(at, "wrong_type", "Must be an object");
        for (const auto& [name, value] : *object) {
            const auto place = fmt::format("{}/{}", at, escaped(name));
            if (std::find(known.members.begin(), known.members.end(), std::string_view(name)) ==
                known.members.end()) {
                tell(place, "unknown_field", "There is no such field");
            } else if (!is_plain(value)) {
                tell(place, "wrong_type", "Must be a text, a number, true, false or null");
            }
        }
    }

    // As a token of a JSON pointer (RFC 6901 section 3).
    static std::string escaped(std::string_view name) {
        std::string token;
        for (const char each : name) {
            if (each == '~') {
                token += "~0";
            } else if (each == '/') {
                token += "~1";
            } else {
                token += each;
            }
        }
        return token;
    }

    void tell(std::string pointer, std::string code, std::string message) {
        if (found_.size() >= problems_max) return;
        found_.push_back({std::move(pointer), std::move(code), std::move(message)});
    }

    const std::string_view event_type_;
    std::vector<field_error> found_;
};

}  // namespace

known_fields::known_fields(const rule& of) {
    names_.push_back(of.event_type);
    names_.insert(names_.end(), of.fields.begin(), of.fields.end());
    for (auto each = names_.begin() + 1; each != names_.end(); ++each) fields_.push_back({*each});
    shown_ = {names_.front(), fields_};
}

bj::object sample_event(const event_fields& known) {
    for (const auto& [event_type, text] : samples) {
        if (event_type == known.event_type) return bj::parse(text).as_object();
    }
    bj::object made;
    for (const auto& each : known.fields) made[each.name] = each.name;
    return made;
}

std::vector<field_error> check_event(const bj::object& given, const event_fields& known) {
    event_check check(known.event_type);
    for (const auto& [name, value] : given) {
        const auto found =
            std::find_if(known.fields.begin(), known.fields.end(), [&](const event_field& each) {
                return each.name == std::string_view(name);
            });
        if (found == known.fields.end()) {
            check.unknown(name);
        } else {
            check.field(value, *found);
        }
    }
    return check.found();
}

}  // namespace esm::notifications
