// See shipped.hpp.
#include "services/notifications/templates/shipped.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "services/notifications/templates/shipped_texts.hpp"
#include "services/notifications/templates/template_file.hpp"

namespace esm::notifications {

namespace {

namespace texts = shipped_texts;

constexpr std::array<shipped_file, 18> files{{
    {"user.registered.v1.en.mustache", texts::user_registered_v1_en},
    {"user.registered.v1.de.mustache", texts::user_registered_v1_de},
    {"user.verification_requested.v1.en.mustache", texts::user_verification_requested_v1_en},
    {"user.verification_requested.v1.de.mustache", texts::user_verification_requested_v1_de},
    {"user.password_reset_requested.v1.en.mustache", texts::user_password_reset_requested_v1_en},
    {"user.password_reset_requested.v1.de.mustache", texts::user_password_reset_requested_v1_de},
    {"user.password_changed.v1.en.mustache", texts::user_password_changed_v1_en},
    {"user.password_changed.v1.de.mustache", texts::user_password_changed_v1_de},
    {"auth.new_sign_in.v1.en.mustache", texts::auth_new_sign_in_v1_en},
    {"auth.new_sign_in.v1.de.mustache", texts::auth_new_sign_in_v1_de},
    {"task.completed.v1.en.mustache", texts::task_completed_v1_en},
    {"task.completed.v1.de.mustache", texts::task_completed_v1_de},
    {"task.failed.v1.en.mustache", texts::task_failed_v1_en},
    {"task.failed.v1.de.mustache", texts::task_failed_v1_de},
    {"task.timed_out.v1.en.mustache", texts::task_timed_out_v1_en},
    {"task.timed_out.v1.de.mustache", texts::task_timed_out_v1_de},
    {"digest.v1.en.mustache", texts::digest_v1_en},
    {"digest.v1.de.mustache", texts::digest_v1_de},
}};

using template_list = std::vector<std::shared_ptr<const message_template>>;

void add_file(template_list& into, const shipped_file& file) {
    const auto named = parse_file_name(file.name);
    const auto parts = parse_template_file(file.text);
    if (!named || !parts) {
        const auto& cause = named ? parts.error() : named.error();
        throw std::logic_error(fmt::format("the shipped {}: {}", file.name, cause.detail));
    }
    for (const std::string_view channel : {"email", "sms", "push", "in_app"}) {
        into.push_back(make_template(
            named->event_type, std::string(channel), named->locale, 0, texts_of(*parts, channel)
        ));
    }
}

}  // namespace

std::span<const shipped_file> shipped_files() {
    return files;
}

std::span<const std::shared_ptr<const message_template>> shipped_templates() {
    static const auto all = [] {
        template_list made;
        for (const auto& each : files) add_file(made, each);
        return made;
    }();
    return all;
}

}  // namespace esm::notifications
