// What the parameters of a file_upload ask for, read and checked.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::file_upload {

struct upload_request {
    file_reference source;  // where there is no url
    std::string url;
    std::optional<std::string> name;
    std::optional<std::string> sha256;
    std::vector<std::string> media_types;  // empty: any; "image/*" is all of image/
    std::optional<std::int64_t> max_bytes;
};

// Records in `problems` what breaks the schema, each under its JSON pointer.
upload_request read_request(const boost::json::object& parameters, std::vector<field_error>& problems);

// Whether the type is one of `allowed`, or there are none.
bool is_expected(const std::vector<std::string>& allowed, std::string_view media_type);

}  // namespace esm::tasks::file_upload
