// See request.hpp.
#include "services/tasks/handlers/file_upload/request.hpp"

#include <algorithm>
#include <limits>

#include "platform/fetch/fetch.hpp"
#include "services/tasks/files/stored_file.hpp"
#include "services/tasks/handlers/data/checked_object.hpp"

namespace esm::tasks::file_upload {

namespace {

using data::checked_object;
namespace bj = boost::json;

constexpr std::int64_t first_id = 1000;
constexpr std::int64_t any_number = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t url_max_length = 2048;
constexpr std::size_t media_types_max = 32;
constexpr std::size_t media_type_max_length = 127;

// "image/png" or "image/*", lower case.
bool is_media_type(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return false;
    const auto is_name = [](std::string_view part) {
        return std::all_of(part.begin(), part.end(), [](char each) {
            return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') ||
                   std::string_view("!#$&-^_.+").find(each) != std::string_view::npos;
        });
    };
    return is_name(text.substr(0, slash)) &&
           (text.substr(slash + 1) == "*" || is_name(text.substr(slash + 1)));
}

void read_source(checked_object& from, upload_request& into, std::vector<field_error>& problems) {
    const auto* given = from.member("source", false);
    if (!given) return;
    if (!given->is_object()) return from.reject("source", "wrong_type", "must be an object");
    checked_object source(given->get_object(), from.pointer_to("source"), problems);
    if (given->get_object().contains("taskId")) {
        source.only({"taskId", "artifact"});
        into.source.task_id = source.integer("taskId", first_id, any_number);
        into.source.artifact = source.text("artifact", true, file_name_max_length);
    } else {
        source.only({"fileId"});
        into.source.file_id = source.integer("fileId", first_id, any_number);
    }
}

void read_expectations(const bj::object& parameters, checked_object& from, upload_request& into) {
    if (parameters.contains("sha256")) {
        into.sha256 = from.text("sha256", true, 64);
        if (!is_sha256(*into.sha256)) {
            from.reject("sha256", "pattern", "must be 64 lower-case hexadecimal digits");
        }
    }
    if (parameters.contains("mediaTypes")) {
        into.media_types = from.distinct_texts("mediaTypes", 1, media_types_max, media_type_max_length);
        for (const auto& each : into.media_types) {
            if (is_media_type(each)) continue;
            from.reject("mediaTypes", "pattern", "must hold types like image/png or image/*, in lower case");
            break;
        }
    }
    if (parameters.contains("maxBytes")) into.max_bytes = from.integer("maxBytes", 0, any_number);
    if (parameters.contains("name")) {
        into.name = from.text("name", true, file_name_max_length);
        if (!is_file_name(*into.name)) {
            from.reject("name", "pattern", "must have no control characters and slashes");
        }
    }
}

}  // namespace

upload_request read_request(const bj::object& parameters, std::vector<field_error>& problems) {
    upload_request into;
    checked_object from(parameters, "", problems);
    from.only({"source", "url", "name", "sha256", "mediaTypes", "maxBytes"});
    const bool has_source = parameters.contains("source");
    const bool has_url = parameters.contains("url");
    if (has_source == has_url) {
        from.reject(has_url ? "url" : "source", "one_of", "exactly one of source and url is needed");
    }
    read_source(from, into, problems);
    if (has_url) {
        into.url = from.text("url", true, url_max_length);
        if (const auto problem = fetch::problem_of(into.url); !into.url.empty() && !problem.empty()) {
            from.reject("url", "pattern", problem);
        }
    }
    read_expectations(parameters, from, into);
    return into;
}

bool is_expected(const std::vector<std::string>& allowed, std::string_view media_type) {
    return allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](std::string_view each) {
               if (!each.ends_with("/*")) return each == media_type;
               return media_type.starts_with(each.substr(0, each.size() - 1));
           });
}

}  // namespace esm::tasks::file_upload
