// Files in one request: upload, list, download, delete, quota, garbage, on both databases and both stores.
#include "platform/files/digest.hpp"
#include "services/tasks/files/content_http.hpp"
#include "services/tasks/files/files_fixture.hpp"

namespace esm::tasks {
namespace {

namespace bj = boost::json;
using ::testing::HasSubstr;

class files_contract : public files_fixture {};

TEST_P(files_contract, come_back_as_they_went_in) {
    std::string body = "%PDF-1.7\n";
    for (int i = 0; i < 6'000'000; ++i) body += static_cast<char>(i * 31 % 251);
    const auto made = send("POST", "/files?name=report.pdf", body, "Content-Type: text/plain\r\n");
    ASSERT_EQ(made.status, 201U) << made.body;
    const auto file = member(made, "file");
    const auto id = id_in(made);
    EXPECT_GE(id, 1000);
    EXPECT_EQ(made.header("Location"), fmt::format("/api/v1/eventstreammonitor/files/{}", id));
    EXPECT_EQ(file.at("name"), "report.pdf");
    EXPECT_EQ(file.at("mediaType"), "application/pdf") << "its content counts";
    EXPECT_EQ(file.at("bytes"), static_cast<std::int64_t>(body.size()));
    files::running_digest digest;
    digest.update(body);
    EXPECT_EQ(file.at("sha256"), bj::string(digest.hex()));
    EXPECT_TRUE(file.at("taskId").is_null());
    EXPECT_EQ(member(get(fmt::format("/files/{}", id)), "file"), file);
    EXPECT_TRUE(content(id) == body);
    EXPECT_EQ(usage(), static_cast<std::int64_t>(body.size()) + 4096);
    EXPECT_EQ(garbage(), 0U);
}

TEST_P(files_contract, come_as_forms_too) {
    const std::string form =
        "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\ncities.csv\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"x.csv\"\r\n\r\na,b\r\n1,2\r\n\r\n--b--\r\n";
    const auto made = send("POST", "/files", form, "Content-Type: multipart/form-data; boundary=b\r\n");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(member(made, "file").at("name"), "cities.csv");
    EXPECT_EQ(content(id_in(made)), "a,b\r\n1,2\r\n");
    const auto type = "Content-Type: multipart/form-data; boundary=b\r\n";
    for (const auto& [bad, status] : std::initializer_list<std::pair<std::string, unsigned>>{
             {"no form", 400U},
             {form.substr(0, 120), 400U},
             {"--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx\r\n--b--\r\n", 400U},
             {"--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n", 400U},
             {"--b\r\nContent-Disposition: form-data; name=f; filename=\"..\"\r\n\r\nx\r\n--b--\r\n", 422U}
         }) {
        EXPECT_EQ(send("POST", "/files", bad, type).status, status) << bad;
    }
    EXPECT_EQ(send("POST", "/files", "x", "Content-Type: multipart/form-data\r\n").status, 400U);
    sweep();
    EXPECT_EQ(garbage(), 0U) << "what was refused is deleted";
}

TEST_P(files_contract, are_named_and_limited) {
    EXPECT_EQ(member(send("POST", "/files", ""), "file").at("bytes"), 0);
    EXPECT_EQ(member(send("POST", "/files", "x"), "file").at("name"), "upload");
    EXPECT_EQ(send("POST", "/files?name=a%2Fb", "x").status, 400U);
    EXPECT_EQ(send("POST", "/files?name=..", "x").status, 400U);
    EXPECT_EQ(send("POST", "/files?what=x", "x").status, 400U);
    EXPECT_EQ(send("POST", "/files", "x", {}, "0").status, 403U) << "a client has no files";
    const auto large = head("POST", "/files", "1001", "Content-Length: 30000000\r\nExpect: 100-continue\r\n");
    EXPECT_EQ(http::testing::raw_client(server_->port()).ask(large).code(), "payload_too_large");
}

TEST_P(files_contract, count_against_a_quota) {
    auto options = small();
    options.user_max_bytes = 20'000;
    restart(options);
    EXPECT_EQ(send("POST", "/files", std::string(10'000, 'x')).status, 201U);
    const auto refused = send("POST", "/files", std::string(6'000, 'x'));
    EXPECT_EQ(refused.status, 413U);
    EXPECT_EQ(refused.code(), "quota_exceeded");
    const auto chunked = head("POST", "/files", "1001", "Transfer-Encoding: chunked\r\n");
    const auto late =
        http::testing::raw_client(server_->port())
            .ask(fmt::format("{}{:x}\r\n{}\r\n0\r\n\r\n", chunked, 6'000, std::string(6'000, 'x')));
    EXPECT_EQ(late.code(), "quota_exceeded");
    EXPECT_EQ(send("POST", "/files", std::string(6'000, 'x'), {}, "1002").status, 201U);
    EXPECT_EQ(usage(), 14'096);
    const auto only = bj::parse(get("/files").body).at("files").at(0).at("fileId").as_int64();
    EXPECT_EQ(send("DELETE", fmt::format("/files/{}", only)).status, 204U);
    EXPECT_EQ(usage(), 0);
    EXPECT_EQ(send("POST", "/files", std::string(15'000, 'x')).status, 201U);
}

TEST_P(files_contract, are_their_users_alone) {
    const auto id = id_in(send("POST", "/files?name=mine", "secret"));
    for (const auto* path : {"/files/{}", "/files/{}/content"}) {
        const auto mine = fmt::format(fmt::runtime(path), id);
        EXPECT_EQ(get(mine, "1002").status, 404U);
        EXPECT_EQ(get(mine, "admin").status, 200U);
    }
    EXPECT_EQ(send("DELETE", fmt::format("/files/{}", id), {}, {}, "1002").status, 404U);
    EXPECT_TRUE(bj::parse(get("/files", "1002").body).at("files").as_array().empty());
    EXPECT_TRUE(bj::parse(get("/files", "admin").body).at("files").as_array().empty());
    EXPECT_EQ(get("/files/999").status, 404U);
    EXPECT_EQ(get("/files/x").status, 404U);
}

TEST_P(files_contract, are_listed_newest_first_in_pages) {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 7; ++i) ids.insert(ids.begin(), id_in(send("POST", "/files", std::to_string(i))));
    std::vector<std::int64_t> listed;
    std::string path = "/files?limit=3";
    for (int pages = 0; pages < 3; ++pages) {
        const auto page = bj::parse(get(path).body);
        for (const auto& each : page.at("files").as_array()) listed.push_back(each.at("fileId").as_int64());
        const auto& next = page.at("pagination").at("nextCursor");
        EXPECT_EQ(next.is_null(), pages == 2);
        if (next.is_string()) path = "/files?limit=3&cursor=" + std::string(next.as_string());
    }
    EXPECT_EQ(listed, ids);
    EXPECT_EQ(get(path, "1002").status, 400U) << "a cursor is one user's";
    EXPECT_EQ(get("/files?limit=0").status, 400U);
}

TEST_P(files_contract, are_downloaded_in_ranges) {
    std::string body;
    for (int i = 0; i < 1'000'000; ++i) body += static_cast<char>('a' + i % 26);
    const auto id = id_in(send("POST", "/files?name=%C3%BCn%20%22x%22.txt", body));
    const auto path = fmt::format("/files/{}/content", id);
    const auto whole = get(path);
    EXPECT_EQ(whole.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(whole.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(
        whole.header("Content-Disposition"),
        "attachment; filename=\"__n _x_.txt\"; filename*=UTF-8''%C3%BCn%20%22x%22.txt"
    );
    const auto etag = whole.header("ETag");
    const auto part = send("GET", path, {}, "Range: bytes=500000-500009\r\n");
    EXPECT_EQ(part.status, 206U);
    EXPECT_EQ(part.header("Content-Range"), "bytes 500000-500009/1000000");
    EXPECT_EQ(part.body, body.substr(500'000, 10));
    EXPECT_EQ(send("GET", path, {}, "Range: bytes=-5\r\n").body, body.substr(999'995));
    EXPECT_TRUE(send("GET", path, {}, "Range: bytes=300000-\r\n").body == body.substr(300'000));
    EXPECT_EQ(send("GET", path, {}, "Range: bytes=0-0\r\nIf-Range: " + etag + "\r\n").status, 206U);
    EXPECT_EQ(send("GET", path, {}, "Range: bytes=0-0\r\nIf-Range: \"other\"\r\n").status, 200U);
    const auto beyond = send("GET", path, {}, "Range: bytes=1000000-\r\n");
    EXPECT_EQ(beyond.status, 416U);
    EXPECT_EQ(beyond.header("Content-Range"), "bytes */1000000");
    EXPECT_EQ(send("GET", path, {}, "If-None-Match: " + etag + "\r\n").status, 304U);
    const auto head_only = send("HEAD", path);
    EXPECT_EQ(head_only.header("Content-Length"), "1000000");
}

TEST_P(files_contract, with_one_key_are_made_once) {
    const auto key = "Idempotency-Key: k1\r\n";
    const auto first = send("POST", "/files?name=a", "abc", key);
    const auto again = send("POST", "/files?name=a", "abc", key);
    EXPECT_EQ(again.status, 201U);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
    EXPECT_EQ(send("POST", "/files?name=a", "abd", key).code(), "idempotency_key_reused");
    EXPECT_EQ(send("POST", "/files?name=b", "abc", key).code(), "idempotency_key_reused");
    EXPECT_EQ(usage(), 3 + 4096);
    sweep();
    EXPECT_EQ(garbage(), 0U);
    EXPECT_EQ(content(id_in(first)), "abc");
}

TEST_P(files_contract, that_break_off_leave_nothing) {
    {
        http::testing::raw_client client(server_->port());
        client.send(
            head("POST", "/files", "1001", "Content-Length: 9000000\r\n") + std::string(7'000'000, 'x')
        );
        EXPECT_TRUE(esm::testing::eventually(std::chrono::seconds(10), [this] { return garbage() == 1; }));
        client.leave();
    }
    EXPECT_TRUE(esm::testing::eventually(std::chrono::seconds(10), [this] {
        sweep();
        return garbage() == 0;
    }));
    EXPECT_EQ(usage(), 0);
    EXPECT_TRUE(bj::parse(get("/files").body).at("files").as_array().empty());
}

TEST_P(files_contract, that_are_deleted_or_expired_leave_the_store) {
    const auto deleted = id_in(send("POST", "/files", "abc"));
    const auto stored = *runtime_.block_on(file_rows::find(database(), deleted, soon()));
    EXPECT_EQ(send("DELETE", fmt::format("/files/{}", deleted)).status, 204U);
    EXPECT_EQ(send("DELETE", fmt::format("/files/{}", deleted)).status, 404U);
    auto options = small();
    options.keep = std::chrono::milliseconds(1);
    restart(options);
    const auto expiring = id_in(send("POST", "/files", "def"));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    sweep();
    EXPECT_EQ(get(fmt::format("/files/{}", expiring)).status, 404U);
    EXPECT_EQ(usage(), 0);
    EXPECT_EQ(garbage(), 0U);
    EXPECT_THROW(vault_->store().open(stored.store_key, 0, 3)->read(3), files::store_failure);
}

TEST_P(files_contract, whose_object_is_being_swept_are_not_made) {
    const auto key = files::make_key();
    runtime_.block_on([](db::database& target, std::string name) -> awaitable<bool> {
        co_await file_rows::add_garbage(target, name, now_us(), soon());
        co_return true;
    }(database(), key));
    EXPECT_EQ(garbage(), 1U);
    EXPECT_FALSE(transact([&key](db::transaction& tx) { return file_rows::rescue(tx, key); }));
}

TEST(ranges, are_read_as_rfc_9110_says) {
    const auto read = [](std::string_view text, std::uint64_t bytes) {
        byte_range asked;
        const auto kind = read_range(text, bytes, asked);
        if (kind == range_kind::unsatisfiable) return std::string("none");
        return fmt::format("{}{}+{}", kind == range_kind::part ? "" : "whole ", asked.first, asked.count);
    };
    EXPECT_EQ(read("bytes=0-0", 10), "0+1");
    EXPECT_EQ(read("bytes=3-", 10), "3+7");
    EXPECT_EQ(read("bytes=3-99999", 10), "3+7");
    EXPECT_EQ(read("bytes=-3", 10), "7+3");
    EXPECT_EQ(read("bytes=-30", 10), "0+10");
    EXPECT_EQ(read("bytes=10-", 10), "none");
    EXPECT_EQ(read("bytes=-0", 10), "none");
    EXPECT_EQ(read("bytes=0-", 0), "none");
    for (const auto* other :
         {"",
          "bytes",
          "bytes=",
          "bytes=-",
          "bytes=5-3",
          "bytes=a-b",
          "bytes=1-2,4-5",
          "lines=1-2",
          "bytes=1-2x",
          "bytes=99999999999999999999-"}) {
        EXPECT_EQ(read(other, 10), "whole 0+10") << other;
    }
}

INSTANTIATE_TEST_SUITE_P(places, files_contract, every_place, place_name);

}  // namespace
}  // namespace esm::tasks
