// The file within the body of POST /files, part by part: the body itself, or the one part of a form that has
// a file name. Used by one coroutine on the connection's shard.
#pragma once

#include <optional>
#include <string>

#include "platform/http/message.hpp"
#include "platform/http/multipart.hpp"

namespace esm::tasks {

class incoming_body {
public:
    // malformed_request for a form without a boundary, validation_failed for a name of no form.
    static result<incoming_body> open(http::request& call);

    // The next bytes; empty at the end of the whole body.
    awaitable<result<std::string>> read();
    // Known at the end: ?name=, else the form's field "name", else the form's file name, else "upload".
    std::string name() const;

private:
    using event = http::multipart_reader::event;

    explicit incoming_body(http::request& call) : body_(call.arriving) {}
    awaitable<result<std::string>> read_form();
    result<std::string> take(event what);
    result<std::string> at_end();

    http::request_body* body_;
    std::optional<http::multipart_reader> form_;
    std::optional<std::string> asked_name_, form_name_, file_name_;
    bool in_file_{false};
};

}  // namespace esm::tasks
