// Signed calls to an S3-compatible store over libcurl, each tried again while that may help. Blocking; any
// thread. Private to platform/files.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "platform/files/s3_store.hpp"

namespace esm::files {

struct s3_call {
    const char* method{"GET"};
    std::string key;    // empty: the bucket itself
    std::string query;  // escaped, names in order, each with its "=": curl 7.88 signs it as it stands
    std::string_view body;
    std::uint64_t first{0}, count{0};  // the range of a GET; count 0: all
};

struct s3_answer {
    long status{0};
    std::string body;  // of a HEAD empty
    std::string etag;
    std::uint64_t length{0};  // Content-Length

    bool ok() const { return status >= 200 && status < 300; }
};

class s3_client {
public:
    explicit s3_client(s3_options options);

    // The answer, also where it is a 404; throws store_failure for what no retry mended and for other
    // refusals.
    s3_answer ask(const s3_call& what);

private:
    struct handle_deleter {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    using handle = std::unique_ptr<CURL, handle_deleter>;

    CURLcode perform(CURL* call, const s3_call& what, s3_answer& answer) const;
    void sign(CURL* call) const;
    std::string url_of(const s3_call& what) const;
    handle take();
    void give_back(handle used);

    const s3_options options_;
    std::mutex mutex_;
    std::vector<handle> idle_;  // with their open connections
};

// The texts of all <tag>…</tag> in `xml`, in order; those of S3 hold no markup.
std::vector<std::string> xml_texts(std::string_view xml, std::string_view tag);

}  // namespace esm::files
