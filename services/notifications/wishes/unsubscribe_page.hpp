// What people see who follow the link of a mail: what would stop and a button, that it has stopped, or why it
// cannot. Whole pages without anything from outside; pure.
#pragma once

#include <string>

#include "services/notifications/preferences/unsubscribe_token.hpp"
#include "services/notifications/wishes/page_language.hpp"

namespace esm::notifications {

// The button posts what RFC 8058 section 3.2 has mail programs post, to the page's own address.
std::string page_to_confirm(const unsubscription& of, page_language in);
std::string page_when_done(const unsubscription& of, page_language in);
std::string page_of_wrong_link(page_language in);
// For whatever else went wrong; `reference` names the request in the logs.
std::string page_of_failure(std::string_view reference, page_language in);

// Of all of them: their own style and their own form, nothing else.
std::string page_policy();

}  // namespace esm::notifications
