// For contract tests: the stores that every driver's suite runs on. The S3 server is the one that
// ESM_TEST_S3_URL, ESM_TEST_S3_BUCKET, ESM_TEST_S3_ACCESS_KEY and ESM_TEST_S3_SECRET_KEY name; without it
// those tests fail.
#pragma once

#include <cstdlib>

#include "platform/files/local_store.hpp"
#include "platform/files/s3_store.hpp"

namespace esm::files {

enum class driver : std::uint8_t { local, s3 };

inline std::string test_setting(const char* name) {
    const char* given = std::getenv(name);
    if (!given)
        throw std::runtime_error(std::string(name) + " is not set: tools/run_tests.py starts an S3 server");
    return given;
}

inline s3_options test_s3() {
    s3_options options;
    options.endpoint = test_setting("ESM_TEST_S3_URL");
    options.bucket = test_setting("ESM_TEST_S3_BUCKET");
    options.access_key = test_setting("ESM_TEST_S3_ACCESS_KEY");
    options.secret_key = test_setting("ESM_TEST_S3_SECRET_KEY");
    options.part_bytes = 5UL * 1024 * 1024;
    return options;
}

inline std::unique_ptr<file_store> open_for_test(driver which, const std::string& folder) {
    return which == driver::local ? open_local(folder) : open_s3(test_s3());
}

inline std::string driver_name(driver which) {
    return which == driver::local ? "local" : "s3";
}

}  // namespace esm::files
