// The scopes somebody asks for in a body, for an API key or a client.
#pragma once

#include "platform/base/json_decoder.hpp"

namespace esm::auth {

// The field "scopes": one to `most`, each once. What is wrong with it is in the decoder.
std::vector<std::string> read_scopes(json::decoder& from, std::size_t most);

}  // namespace esm::auth
