// See download.hpp.
#include "app/download.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <fstream>
#include <memory>

namespace esm::app {

namespace {

constexpr long connect_timeout_ms = 5'000;
constexpr long silent_max_s = 30;
constexpr std::size_t refusal_max_bytes = 64UL * 1024;

struct transfer {
    explicit transfer(const std::filesystem::path& to) : file(to, std::ios::binary | std::ios::trunc) {
        EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
    }

    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle{curl_easy_init(), &curl_easy_cleanup};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    std::ofstream file;
    http_answer answer;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
    auto& into = *static_cast<transfer*>(to);
    long status = 0;
    curl_easy_getinfo(into.handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        if (into.answer.body.size() < refusal_max_bytes) into.answer.body.append(data, size * count);
        return size * count;
    }
    EVP_DigestUpdate(into.digest.get(), data, size * count);
    into.file.write(data, static_cast<std::streamsize>(size * count));
    return into.file ? size * count : 0;
}

std::string hexadecimal_digest(transfer& of) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    EVP_DigestFinal_ex(of.digest.get(), bytes.data(), &length);
    return fmt::format("{:02x}", fmt::join(bytes.begin(), bytes.begin() + length, ""));
}

// One try; the digest of what came with a 200.
std::string fetch(transfer& into, const std::string& url, const std::string& token) {
    auto* const handle = into.handle.get();
    const std::string line = "Authorization: Bearer " + token;
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, line.c_str()), &curl_slist_free_all
    );
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "esm");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, silent_max_s);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &into);
    const auto outcome = curl_easy_perform(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &into.answer.status);
    if (!into.file) throw client_failed(client_exit::refused, "the file cannot be written");
    if (outcome != CURLE_OK)
        throw client_failed(client_exit::refused, url + ": " + curl_easy_strerror(outcome));
    return hexadecimal_digest(into);
}

}  // namespace

void download(
    api_client& client,
    api service,
    std::string_view path,
    const std::filesystem::path& place,
    const std::string& sha256
) {
    const auto url = client.url(service, path);
    auto partial = place;
    partial += ".part";
    try {
        for (const bool last : {false, true}) {
            transfer into(partial);
            const auto digest = fetch(into, url, client.token());
            if (into.answer.status == 401 && !last) {
                client.renew_token();
                continue;
            }
            expect_success(into.answer, url);
            into.file.close();
            if (!into.file)
                throw client_failed(client_exit::refused, partial.string() + ": cannot be written");
            if (!sha256.empty() && digest != sha256) {
                throw client_failed(
                    client_exit::refused, place.string() + ": what came is damaged; try again"
                );
            }
            std::filesystem::rename(partial, place);
            return;
        }
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        throw;
    }
}

}  // namespace esm::app
