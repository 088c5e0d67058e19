// `esm health URL`: asks a running service whether it is ready. The health check of container images, which
// hold neither a shell nor curl.
#include <curl/curl.h>

#include <iostream>
#include <memory>
#include <string>

#include "app/commands.hpp"

namespace esm::app {

namespace {

constexpr long timeout_ms = 2000;

std::size_t append(char* data, std::size_t, std::size_t length, void* text) {
    static_cast<std::string*>(text)->append(data, length);
    return length;
}

int health(const std::string& url) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> request{curl_easy_init(), &curl_easy_cleanup};
    std::string body;
    curl_easy_setopt(request.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(request.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(request.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(request.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(request.get(), CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(request.get(), CURLOPT_WRITEDATA, &body);
    const auto outcome = curl_easy_perform(request.get());
    if (outcome != CURLE_OK) {
        std::cerr << "esm: " << url << ": " << curl_easy_strerror(outcome) << '\n';
        return 1;
    }
    long status = 0;
    curl_easy_getinfo(request.get(), CURLINFO_RESPONSE_CODE, &status);
    std::cout << body << '\n';
    return status == 200 ? 0 : 1;
}

}  // namespace

void add_health(CLI::App& cli, action& chosen) {
    auto* command =
        cli.add_subcommand("health", "Ask a running service whether it is ready: exit status 0 if so");
    auto url = std::make_shared<std::string>("http://127.0.0.1:5001/readyz");
    command->add_option("url", *url, "its /readyz")->capture_default_str();
    command->footer("Example:\n  esm health http://127.0.0.1:5002/readyz");
    command->callback([url, &chosen] { chosen = [url] { return health(*url); }; });
}

}  // namespace esm::app
