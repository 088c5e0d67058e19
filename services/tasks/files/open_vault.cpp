// See open_vault.hpp.
#include "services/tasks/files/open_vault.hpp"

#include <fmt/format.h>

#include "platform/files/local_store.hpp"
#include "platform/files/s3_store.hpp"

namespace esm::tasks {

std::unique_ptr<files::file_store> open_store(const config& settings) {
    if (settings.files_s3_endpoint.empty()) {
        try {
            return files::open_local(settings.files_dir);
        } catch (const files::store_failure& failure) {
            throw std::runtime_error(fmt::format("tasks.files_dir: {}", failure.what()));
        }
    }
    files::s3_options options;
    options.endpoint = settings.files_s3_endpoint;
    options.region = settings.files_s3_region;
    options.bucket = settings.files_s3_bucket;
    options.access_key = settings.files_s3_access_key;
    options.secret_key = settings.files_s3_secret_key;
    options.path_style = settings.files_s3_path_style;
    try {
        return files::open_s3(std::move(options));
    } catch (const std::invalid_argument& wrong) {
        throw std::runtime_error(fmt::format("tasks.files_s3_…: {}", wrong.what()));
    }
}

vault_options read_vault_options(const config& settings) {
    vault_options options;
    options.file_max_bytes = settings.files_max_bytes;
    options.user_max_bytes = settings.files_user_max_bytes;
    options.keep = std::chrono::milliseconds(settings.files_keep_ms);
    options.keep_uploads = std::chrono::milliseconds(settings.uploads_keep_ms);
    options.uploads_max = static_cast<std::size_t>(settings.uploads_max);
    if (!settings.scratch_dir.empty()) options.scratch_root = settings.scratch_dir;
    options.threads = static_cast<unsigned>(settings.files_threads);
    return options;
}

fetch::rules read_fetch_rules(const config& settings) {
    fetch::rules rules;
    for (const auto& each : settings.fetch_allowed_networks) {
        const auto parsed = fetch::network::parse(each);
        if (!parsed) {
            throw std::runtime_error(
                fmt::format("tasks.fetch_allowed_networks: \"{}\" is no network, as 10.1.0.0/16", each)
            );
        }
        rules.allowed.push_back(*parsed);
    }
    return rules;
}

}  // namespace esm::tasks
