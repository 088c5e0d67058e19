// See s3_store.hpp.
#include "platform/files/s3_store.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "platform/base/random.hpp"
#include "platform/files/s3_client.hpp"

namespace esm::files {

namespace {

namespace bj = boost::json;

constexpr std::size_t block_bytes = 1024UL * 1024;  // one ranged GET of a reader
constexpr std::size_t tail_name_bytes = 4;
constexpr std::size_t parts_max = 10'000;

std::string escaped(std::string_view text) {
    std::string out;
    for (const unsigned char c : text) {
        const bool plain = std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += static_cast<char>(c);
        } else {
            out += fmt::format("%{:02X}", c);
        }
    }
    return out;
}

[[noreturn]] void fail_with(const std::string& text, const s3_answer& answer) {
    throw store_failure(errc::internal, fmt::format("S3: {}: answered {}", text, answer.status));
}

// What suspend() answers, as JSON.
struct writer_state {
    std::string upload;  // empty: no part was sent yet
    std::vector<std::string> etags;
    std::string tail;  // the object that holds what follows the parts; empty: nothing does
    std::uint64_t bytes{0};
};

std::string to_text(const writer_state& state) {
    return bj::serialize(bj::object{
        {"upload", state.upload},
        {"etags", bj::array(state.etags.begin(), state.etags.end())},
        {"tail", state.tail},
        {"bytes", state.bytes}
    });
}

writer_state from_text(const std::string& text) {
    const auto parsed = bj::parse(text);
    writer_state state;
    state.upload = parsed.at("upload").as_string();
    for (const auto& each : parsed.at("etags").as_array()) state.etags.emplace_back(each.as_string());
    state.tail = parsed.at("tail").as_string();
    state.bytes = parsed.at("bytes").to_number<std::uint64_t>();
    return state;
}

void remove_all_under(s3_client& client, const std::string& prefix) {
    const auto listed = client.ask({.query = "list-type=2&prefix=" + escaped(prefix)});
    for (const auto& key : xml_texts(listed.body, "Key")) {
        if (key.starts_with(prefix)) client.ask({.method = "DELETE", .key = key});
    }
}

class s3_writer final : public writer {
public:
    s3_writer(s3_client& client, std::string key, std::size_t part_bytes)
        : client_(client), key_(std::move(key)), part_bytes_(part_bytes) {}

    void restore(writer_state state) {
        state_ = std::move(state);
        kept_ = true;
        if (state_.tail.empty()) return;
        auto tail = client_.ask({.key = state_.tail});
        if (tail.ok()) {
            buffer_ = std::move(tail.body);
        } else if (!is_whole()) {
            fail_with(state_.tail, tail);
        }
    }

    ~s3_writer() override {
        if (kept_ || state_.upload.empty()) return;
        try {
            client_.ask({.method = "DELETE", .key = key_, .query = upload_query()});
        } catch (const std::exception&) {
            // remove() finds it later.
        }
    }

    void append(std::string_view bytes) override {
        state_.bytes += bytes.size();
        while (!bytes.empty()) {
            const auto taken = bytes.substr(0, part_bytes_ - buffer_.size());
            buffer_ += taken;
            bytes.remove_prefix(taken.size());
            if (buffer_.size() == part_bytes_) send_part();
        }
    }

    std::string suspend() override {
        if (!older_tail_.empty()) client_.ask({.method = "DELETE", .key = older_tail_});
        older_tail_ = std::exchange(state_.tail, {});
        if (!buffer_.empty()) {
            state_.tail = fmt::format("{}.tail-{}", key_, random_hex(tail_name_bytes));
            expect_ok({.method = "PUT", .key = state_.tail, .body = buffer_});
        }
        kept_ = true;
        return to_text(state_);
    }

    void finish() override {
        if (finished_) return;
        if (state_.upload.empty()) {
            if (!(kept_ && is_whole())) expect_ok({.method = "PUT", .key = key_, .body = buffer_});
        } else {
            complete();
        }
        finished_ = kept_ = true;
        if (!state_.tail.empty() || !older_tail_.empty()) remove_all_under(client_, key_ + ".tail-");
    }

private:
    s3_answer expect_ok(const s3_call& what) {
        auto answer = client_.ask(what);
        if (!answer.ok()) fail_with(fmt::format("{} {}", what.method, what.key), answer);
        return answer;
    }

    std::string upload_query() const { return "uploadId=" + escaped(state_.upload); }

    void begin_upload() {
        const auto begun = expect_ok({.method = "POST", .key = key_, .query = "uploads="});
        const auto ids = xml_texts(begun.body, "UploadId");
        if (ids.empty()) throw store_failure(errc::internal, "S3: a multipart upload began without an id");
        state_.upload = ids.front();
    }

    void send_part() {
        if (state_.etags.size() == parts_max) {
            throw store_failure(errc::storage_full, fmt::format("S3: more than {} parts", parts_max));
        }
        if (state_.upload.empty()) begin_upload();
        const auto query = fmt::format("partNumber={}&{}", state_.etags.size() + 1, upload_query());
        const auto sent = expect_ok({.method = "PUT", .key = key_, .query = query, .body = buffer_});
        if (sent.etag.empty()) throw store_failure(errc::internal, "S3: a part was stored without an ETag");
        state_.etags.push_back(sent.etag);
        buffer_.clear();
    }

    // Whether a writer before this one finished the object.
    bool is_whole() {
        const auto found = client_.ask({.method = "HEAD", .key = key_});
        return found.ok() && found.length == state_.bytes;
    }

    void complete() {
        if (kept_ && is_whole()) return;
        if (!buffer_.empty()) send_part();
        std::string list = "<CompleteMultipartUpload>";
        for (std::size_t i = 0; i < state_.etags.size(); ++i) {
            list += fmt::format(
                "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, state_.etags[i]
            );
        }
        list += "</CompleteMultipartUpload>";
        const auto done = client_.ask({.method = "POST", .key = key_, .query = upload_query(), .body = list});
        // S3 may answer 200 before it knows, and an error in the body.
        if (done.ok() && done.body.find("<Error>") == std::string::npos) return;
        if (!is_whole()) fail_with("completing " + key_, done);
    }

    s3_client& client_;
    const std::string key_;
    const std::size_t part_bytes_;
    writer_state state_;
    std::string older_tail_;  // the state that is stored may still name it
    std::string buffer_;
    bool kept_{false}, finished_{false};
};

class s3_reader final : public reader {
public:
    s3_reader(s3_client& client, std::string key, std::uint64_t offset, std::uint64_t count)
        : client_(client), key_(std::move(key)), at_(offset), left_(count) {}

    std::string read(std::size_t max_bytes) override {
        if (used_ == block_.size()) fetch();
        auto part = block_.substr(used_, max_bytes);
        used_ += part.size();
        return part;
    }

private:
    void fetch() {
        block_.clear();
        used_ = 0;
        if (left_ == 0) return;
        const auto count = std::min<std::uint64_t>(block_bytes, left_);
        auto answer = client_.ask({.key = key_, .first = at_, .count = count});
        if (answer.status != 206 && answer.status != 200) fail_with(key_, answer);
        if (answer.body.size() != count) {
            throw store_failure(errc::internal, fmt::format("S3: {}: is shorter than it should be", key_));
        }
        block_ = std::move(answer.body);
        at_ += count;
        left_ -= count;
    }

    s3_client& client_;
    const std::string key_;
    std::uint64_t at_, left_;
    std::string block_;
    std::size_t used_{0};
};

class s3_store final : public file_store {
public:
    explicit s3_store(s3_options options) : part_bytes_(options.part_bytes), client_(std::move(options)) {}

    std::unique_ptr<writer> create(const std::string& key) override {
        return std::make_unique<s3_writer>(client_, key, part_bytes_);
    }

    // Two writers cannot know of each other here; the part of another one has another ETag, and completing
    // with ours then fails.
    std::unique_ptr<writer> resume(const std::string& key, const std::string& state) override {
        auto made = std::make_unique<s3_writer>(client_, key, part_bytes_);
        made->restore(from_text(state));
        return made;
    }

    std::unique_ptr<reader> open(const std::string& key, std::uint64_t offset, std::uint64_t count) override {
        return std::make_unique<s3_reader>(client_, key, offset, count);
    }

    void remove(const std::string& key) override {
        const auto listed = client_.ask({.query = "prefix=" + escaped(key) + "&uploads="});
        const auto keys = xml_texts(listed.body, "Key");
        const auto uploads = xml_texts(listed.body, "UploadId");
        for (std::size_t i = 0; i < std::min(keys.size(), uploads.size()); ++i) {
            if (keys[i] != key) continue;
            client_.ask({.method = "DELETE", .key = key, .query = "uploadId=" + escaped(uploads[i])});
        }
        remove_all_under(client_, key);
    }

    std::optional<std::filesystem::path> local_path(const std::string&) const override {
        return std::nullopt;
    }

    void check() override {
        const auto answer = client_.ask({.query = "list-type=2&max-keys=1"});
        if (!answer.ok()) throw store_failure(errc::unavailable, "S3: there is no such bucket");
    }

private:
    const std::size_t part_bytes_;
    s3_client client_;
};

}  // namespace

std::unique_ptr<file_store> open_s3(s3_options options) {
    const bool is_url = options.endpoint.starts_with("http://") || options.endpoint.starts_with("https://");
    if (!is_url) throw std::invalid_argument("the endpoint must begin with http:// or https://");
    while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
    if (options.endpoint.find('/', options.endpoint.find("://") + 3) != std::string::npos) {
        throw std::invalid_argument("the endpoint must have no path");
    }
    if (options.bucket.empty()) throw std::invalid_argument("the bucket is missing");
    if (options.access_key.empty() || options.secret_key.empty()) {
        throw std::invalid_argument("the access key and the secret key go with the bucket");
    }
    return std::make_unique<s3_store>(std::move(options));
}

}  // namespace esm::files
