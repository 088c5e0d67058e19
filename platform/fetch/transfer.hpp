// One call on its way through libcurl: an easy handle that a courier's thread uses again and again. Owned by
// the courier, used by its thread alone. Private to platform/fetch.
#pragma once

#include "platform/fetch/call_queue.hpp"
#include "platform/fetch/libcurl.hpp"

namespace esm::fetch {

// What is wrong with the call's method or headers; empty when nothing is. A line break in one of them would
// begin a header, or a request, of its own.
std::string problem_of(const call& given);

class transfer {
public:
    // `pool`: whose connections it uses; nullptr: those of the multi handle that runs it.
    transfer(const courier_options& options, CURLSH* pool);
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;

    CURL* handle() const { return easy_.get(); }
    const pending_call& current() const { return *call_; }

    // Makes the handle ready for the call.
    void prepare(pending_ptr call);
    // The reply, once libcurl ended with `ended`.
    reply finish(CURLcode ended);
    // Some of the request has gone out: the other side may act on it.
    bool is_out() const;
    // Answers the call and lets go of it.
    void answer(reply given);

private:
    reply unanswered(std::string why) const;
    void prepare_request();
    void prepare_for_strangers();

    static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* to);
    static std::size_t on_header(const char* data, std::size_t, std::size_t size, void* self);
    static std::size_t on_bytes(const char* data, std::size_t, std::size_t size, void* self);
    void take_header(std::string_view line);

    const courier_options& options_;
    CURLSH* const pool_;
    const easy_handle easy_;
    string_list headers_;
    pending_ptr call_;
    reply reply_;
    std::size_t head_bytes_{0};
    bool head_ended_{false};
    bool cut_{false};        // of the body there is more than anybody wants
    bool forbidden_{false};  // an address was not allowed …
    bool allowed_{false};    // … and another was
};

}  // namespace esm::fetch
