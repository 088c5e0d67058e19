// What a page of ours says of its own parts in its Content-Security-Policy. Pure.
#pragma once

#include <string>
#include <string_view>

namespace esm::http {

// The source expression of one inline block, what stands between its tags (CSP level 3, section 2.3.1).
std::string hash_source(std::string_view block);

}  // namespace esm::http
