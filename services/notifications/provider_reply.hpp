// What an answer over HTTP says, fit for an attempt's record, and the id of the destination that a
// notification goes to. Pure; shared by the channels that speak HTTP.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/fetch/courier.hpp"
#include "services/notifications/channel.hpp"

namespace esm::notifications {

// At most `max_characters` of a stranger's text: valid UTF-8 on one line, without what controls a terminal
// or turns the direction of reading.
std::string visible_text(std::string_view text, std::size_t max_characters);

// "503: the beginning of its body", at most 200 characters of it; of a call that was not answered why.
std::string reply_words(const fetch::reply& got);

// `how` with the reply's words and, where it may be tried later, the delay that it names.
send_answer answer_with(send_outcome how, const fetch::reply& got);

// What silence means: `refused` where the call is not allowed, `cut` where we have stopped, `away` by the
// channel's own reading. Nothing where there is an answer to judge.
std::optional<send_answer> judge_silence(const fetch::reply& got, send_outcome away);

// A recipient that is the id of a device or an endpoint. Nothing for another text.
std::optional<std::int64_t> destination_id(std::string_view recipient);

}  // namespace esm::notifications
