// The names and values that a template sees. Private to the templates; a model lives as long as one
// rendering.
#pragma once

#include <kainjow/mustache.hpp>

#include "services/notifications/templates/message_template.hpp"

namespace esm::notifications {

kainjow::mustache::data make_model(const message_template& of, const message_input& given);

}  // namespace esm::notifications
