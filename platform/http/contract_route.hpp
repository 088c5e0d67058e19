// One operation as its OpenAPI contract states it. `tools/generate openapi` emits arrays of these, and the
// router is checked against them.
#pragma once

#include <string_view>

namespace esm::http {

struct contract_route {
    std::string_view method;
    std::string_view path;   // full, with {parameters} as in the contract
    std::string_view scope;  // the bearer scope it needs, * for any token; empty when it is public
    std::string_view operation_id;
};

}  // namespace esm::http
