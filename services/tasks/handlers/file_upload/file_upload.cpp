// See file_upload.hpp.
#include "services/tasks/handlers/file_upload/file_upload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/url.hpp>
#include <fstream>

#include "platform/base/json_text.hpp"
#include "platform/files/digest.hpp"
#include "platform/files/media_type.hpp"
#include "services/tasks/files/stored_file.hpp"
#include "services/tasks/handlers/file_upload/request.hpp"
#include "services/tasks/handlers/planned_handler.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::file_upload {

namespace {

namespace bj = boost::json;
using kind = outcome::kind;

constexpr std::size_t block_bytes = 256 * 1024;

// What there is, wherever it came from.
struct arrived {
    std::string reference;  // "\"fileId\":1000", as the result says it
    std::string name, media_type, sha256;
    std::uint64_t bytes{0};
};

std::optional<std::string> digest_of(const std::filesystem::path& path, work& current) {
    std::ifstream from(path, std::ios::binary);
    if (!from) throw std::runtime_error("the file cannot be read");
    files::running_digest digest;
    std::string block(block_bytes, '\0');
    while (from) {
        if (current.control().should_stop()) return std::nullopt;
        from.read(block.data(), static_cast<std::streamsize>(block.size()));
        digest.update({block.data(), static_cast<std::size_t>(from.gcount())});
    }
    if (from.bad()) throw std::runtime_error("the file cannot be read");
    return digest.hex();
}

std::string head_of(const std::filesystem::path& path) {
    std::ifstream from(path, std::ios::binary);
    std::string head(files::sniffed_max_bytes, '\0');
    from.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(from.gcount()));
    return head;
}

// The last segment of the path, where it makes a name.
std::string name_of(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    std::string name;
    if (parsed && !parsed->segments().empty()) name = parsed->segments().back();
    return is_file_name(name) ? name : "download";
}

std::optional<outcome> unexpected(const upload_request& asked, const arrived& there) {
    if (asked.max_bytes && there.bytes > static_cast<std::uint64_t>(*asked.max_bytes)) {
        return rejected(fmt::format("the file has {} bytes, more than {}", there.bytes, *asked.max_bytes));
    }
    if (asked.sha256 && *asked.sha256 != there.sha256) {
        return rejected(fmt::format("the file's SHA-256 is {}, not {}", there.sha256, *asked.sha256));
    }
    if (!is_expected(asked.media_types, there.media_type)) {
        return rejected(fmt::format(
            "the file is {} by its content, none of {}", there.media_type, fmt::join(asked.media_types, ", ")
        ));
    }
    return std::nullopt;
}

outcome completed(const arrived& there) {
    std::string text = "{" + there.reference + ",\"name\":";
    json::append_string(text, there.name);
    text += ",\"mediaType\":";
    json::append_string(text, there.media_type);
    text += fmt::format(R"(,"bytes":{},"sha256":"{}"}})", there.bytes, there.sha256);
    return {kind::completed, std::move(text)};
}

class file_upload_handler final : public planned_handler<upload_request> {
public:
    file_upload_handler(fetch::rules rules, std::int64_t file_max_bytes)
        : rules_(std::move(rules)), file_max_bytes_(file_max_bytes) {}

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::file_upload_schema; }

private:
    upload_request read(const bj::object& parameters, std::vector<field_error>& problems) const override {
        return read_request(parameters, problems);
    }

    outcome carry_out(const upload_request& asked, work& current) const override {
        return asked.url.empty() ? adopt(asked, current) : download(asked, current);
    }

    // A file of the user's: only looked at, never copied.
    outcome adopt(const upload_request& asked, work& current) const {
        const auto given = current.input(asked.source);
        if (!given) {
            const auto code = given.error().code;
            const bool hopeless = code == errc::not_found || code == errc::payload_too_large;
            return {hopeless ? kind::rejected : kind::failed, given.error().detail};
        }
        auto digest = digest_of(given->path, current);
        if (!digest) return {kind::stopped, {}};
        arrived there{
            {}, asked.name.value_or(given->name), given->media_type, std::move(*digest), given->bytes
        };
        if (asked.source.file_id) {
            there.reference = fmt::format("\"fileId\":{}", *asked.source.file_id);
        } else {
            there.reference = fmt::format("\"taskId\":{},\"artifact\":", asked.source.task_id);
            json::append_string(there.reference, asked.source.artifact);
        }
        if (auto problem = unexpected(asked, there)) return *problem;
        return completed(there);
    }

    outcome download(const upload_request& asked, work& current) const {
        auto& control = current.control();
        fetch::request what;
        what.url = asked.url;
        what.into = current.scratch() / "download";
        what.max_bytes =
            static_cast<std::uint64_t>(std::min(asked.max_bytes.value_or(file_max_bytes_), file_max_bytes_));
        what.should_stop = [&control] { return control.should_stop(); };
        what.progress = [&control](std::uint64_t bytes, std::uint64_t total) {
            if (total > 0) control.set_progress(static_cast<int>(bytes * 99 / total));
        };
        const auto done = fetch::fetch(rules_, what);
        switch (done.how) {
            case fetch::outcome::kind::fetched:
                break;
            case fetch::outcome::kind::refused:
                return rejected(done.text);
            case fetch::outcome::kind::failed:
                return {kind::failed, done.text, done.retry_after};
            case fetch::outcome::kind::stopped:
                return {kind::stopped, {}};
        }
        arrived there;
        there.name = asked.name ? *asked.name : name_of(asked.url);
        there.media_type = files::media_type_of(head_of(what.into));
        there.sha256 = done.sha256;
        there.bytes = done.bytes;
        there.reference = "\"artifact\":";
        json::append_string(there.reference, there.name);
        if (auto problem = unexpected(asked, there)) return *problem;
        current.log(log_severity::info, fmt::format("fetched {} bytes", there.bytes));
        current.keep({there.name, there.media_type, what.into});
        return completed(there);
    }

    const fetch::rules rules_;
    const std::int64_t file_max_bytes_;
};

}  // namespace

std::unique_ptr<handler> make_handler(fetch::rules rules, std::int64_t file_max_bytes) {
    return std::make_unique<file_upload_handler>(std::move(rules), file_max_bytes);
}

}  // namespace esm::tasks::file_upload
