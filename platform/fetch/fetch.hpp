// Fetches a URL that a stranger gave into a file, so that it leads nowhere but to the public internet: every
// address is checked before the connection and again as it is made, redirects are followed by hand under the
// same rules, no proxy is asked and no credentials are sent. Blocking; any thread but a shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"
#include "platform/fetch/network.hpp"

namespace esm::fetch {

struct rules {
    std::vector<network> allowed;  // on purpose, though not public; any port there
    std::vector<std::uint16_t> ports{80, 443, 8080, 8443};
    int redirects_max{5};
    int resumes_max{5};  // after a dropped connection, by Range and If-Range where the server can
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::seconds silence{30};  // slower than silence_min_bytes a second for so long: dropped
    std::uint64_t silence_min_bytes{64};
};

struct outcome {
    enum class kind : std::uint8_t {
        fetched,
        refused,  // it will never do: a forbidden address, a 404, too large
        failed,   // it may do later: a 503, a dropped connection
        stopped,  // `should_stop` said so
    };
    kind how{kind::refused};
    std::string text;  // why not; names no address that the caller did not name
    std::chrono::seconds retry_after{0};
    std::uint64_t bytes{0};
    std::string sha256;
};

struct request {
    std::string url;
    std::filesystem::path into;  // written anew
    std::uint64_t max_bytes{0};
    std::function<bool()> should_stop;  // asked at least once a second
    // So much of so much (0: unknown) is there.
    std::function<void(std::uint64_t, std::uint64_t)> progress;
};

outcome fetch(const rules& given, const request& what);

// What is wrong with the URL's form; empty when nothing is. Asks no network.
std::string problem_of(std::string_view url);

// The same, and whether these rules can ever let it be asked, as far as its form tells: an address in place
// of a name must be allowed, and so must the port. Where a name leads is only seen as it is asked.
std::string problem_of(std::string_view url, const rules& given);

// Whether its host is an address that is allowed on purpose, not a name.
bool is_allowed_address(std::string_view url, const rules& given);

}  // namespace esm::fetch
