// Event streams of the task service as the user who is logged in: reconnects with Last-Event-ID, renews the
// token. One thread; a command polls it.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/api_client.hpp"
#include "app/event_parser.hpp"

namespace esm::app {

class event_feed {
public:
    // False: the stream has told all it had to tell.
    using listener = std::function<bool(const server_event& event)>;

    // `client` must outlive it.
    explicit event_feed(api_client& client);
    ~event_feed();
    event_feed(const event_feed&) = delete;
    event_feed& operator=(const event_feed&) = delete;

    // A path of the task service, below the base path.
    void follow(std::string path, listener tell);

    // Waits for events and tells of them. Throws client_failed where a stream is refused or the service stays
    // away.
    void poll(std::chrono::milliseconds patience);

    // Whether some stream is between two tries.
    bool is_reconnecting() const;

private:
    struct stream;

    void begin(stream& each);
    void finish(stream& each, CURLcode outcome);
    void try_again(stream& each, std::chrono::milliseconds pause, const std::string& why);
    static std::size_t take(char* data, std::size_t size, std::size_t count, void* to);

    api_client& client_;
    CURLM* const multi_;
    std::vector<std::unique_ptr<stream>> streams_;
};

}  // namespace esm::app
