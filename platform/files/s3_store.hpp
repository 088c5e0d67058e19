// The file store in a bucket of any S3-compatible store. An object of more than one part is a multipart
// upload; the rest of a suspended one, shorter than a part, waits as an object KEY.tail-… beside it.
#pragma once

#include "platform/files/file_store.hpp"

namespace esm::files {

struct s3_options {
    std::string endpoint;  // "https://s3.eu-central-1.amazonaws.com", without a path
    std::string region{"us-east-1"};
    std::string bucket;
    std::string access_key, secret_key;
    bool path_style{true};                      // https://host/bucket/key rather than https://bucket.host/key
    std::size_t part_bytes{8UL * 1024 * 1024};  // held in memory by each writer; S3 takes none below 5 MiB
};

// Throws std::invalid_argument that names what the options lack. Asks the store for nothing yet.
std::unique_ptr<file_store> open_s3(s3_options options);

}  // namespace esm::files
