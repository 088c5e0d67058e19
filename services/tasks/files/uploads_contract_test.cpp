// Uploads in several requests, over lost connections and restarts, on both databases and both stores.
#include "platform/files/digest.hpp"
#include "services/tasks/files/files_fixture.hpp"

namespace esm::tasks {
namespace {

namespace bj = boost::json;

class uploads_contract : public files_fixture {
protected:
    static std::string digest_of(std::string_view text) {
        files::running_digest digest;
        digest.update(text);
        return digest.hex();
    }
    static std::string varied(std::size_t bytes) {
        std::string made;
        made.reserve(bytes);
        for (std::size_t i = 0; i < bytes; ++i) made += static_cast<char>(i * i % 253);
        return made;
    }

    http::testing::raw_reply begin(std::string_view body, std::string_view more = {}) {
        return send(
            "POST", "/files/uploads", body, fmt::format("Content-Type: application/json\r\n{}", more)
        );
    }
    std::int64_t begun(std::size_t bytes, std::string_view sha256 = {}) {
        const auto digest = sha256.empty() ? std::string() : fmt::format(R"(,"sha256":"{}")", sha256);
        const auto made = begin(fmt::format(R"({{"name":"big.bin","bytes":{}{}}})", bytes, digest));
        EXPECT_EQ(made.status, 201U) << made.body;
        return member(made, "upload").at("uploadId").as_int64();
    }
    http::testing::raw_reply append(std::int64_t id, std::size_t offset, std::string_view part) {
        return send(
            "PATCH", fmt::format("/files/uploads/{}", id), part, fmt::format("Upload-Offset: {}\r\n", offset)
        );
    }
    std::size_t offset(std::int64_t id) {
        return std::stoul(send("HEAD", fmt::format("/files/uploads/{}", id)).header("Upload-Offset"));
    }
};

TEST_P(uploads_contract, become_files_in_as_many_requests_as_it_takes) {
    const auto body = varied(7'000'000);
    const auto id = begun(body.size(), digest_of(body));
    EXPECT_EQ(usage(), static_cast<std::int64_t>(body.size()) + 4096) << "counted from the start";
    std::size_t at = 0;
    for (const std::size_t part : {0UL, 1UL, 3'000'000UL, 3'500'000UL, 499'999UL}) {
        EXPECT_EQ(offset(id), at);
        const auto reply = append(id, at, std::string_view(body).substr(at, part));
        EXPECT_EQ(reply.status, 200U) << reply.body;
        at += part;
        EXPECT_EQ(reply.header("Upload-Offset"), std::to_string(at));
        EXPECT_EQ(member(reply, "upload").at("fileId").is_null(), at < body.size());
        restart();
    }
    const auto shown = member(get(fmt::format("/files/uploads/{}", id)), "upload");
    const auto file = shown.at("fileId").as_int64();
    EXPECT_TRUE(content(file) == body);
    EXPECT_EQ(member(get(fmt::format("/files/{}", file)), "file").at("name"), "big.bin");
    EXPECT_EQ(usage(), static_cast<std::int64_t>(body.size()) + 4096) << "not counted twice";
    EXPECT_EQ(append(id, at, "").code(), "conflict");
    EXPECT_EQ(garbage(), 0U);
}

TEST_P(uploads_contract, keep_what_arrived_before_the_connection_was_lost) {
    const auto body = varied(2'000'000);
    const auto id = begun(body.size());
    {
        http::testing::raw_client client(server_->port());
        client.send(
            head(
                "PATCH",
                fmt::format("/files/uploads/{}", id),
                "1001",
                fmt::format("Content-Length: {}\r\nUpload-Offset: 0\r\n", body.size())
            ) +
            body.substr(0, 1'500'000)
        );
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        EXPECT_EQ(append(id, 0, body).code(), "conflict") << "one appends at a time";
        client.leave();
    }
    EXPECT_TRUE(esm::testing::eventually(std::chrono::seconds(10), [&] { return offset(id) == 1'500'000; }));
    EXPECT_TRUE(esm::testing::eventually(std::chrono::seconds(10), [&] {
        return append(id, 1'500'000, std::string_view(body).substr(1'500'000)).status == 200U;
    }));
    const auto file = member(get(fmt::format("/files/uploads/{}", id)), "upload").at("fileId").as_int64();
    EXPECT_TRUE(content(file) == body);
}

TEST_P(uploads_contract, say_where_they_are) {
    const auto id = begun(10);
    EXPECT_EQ(append(id, 0, "abc").status, 200U);
    const auto wrong = append(id, 5, "fgh");
    EXPECT_EQ(wrong.status, 409U);
    EXPECT_THAT(wrong.body, ::testing::HasSubstr("offset 3"));
    EXPECT_EQ(append(id, 0, "abc").status, 409U);
    EXPECT_EQ(append(id, 3, "12345678").code(), "payload_too_large");
    EXPECT_EQ(offset(id), 3U);
    const auto path = fmt::format("/files/uploads/{}", id);
    EXPECT_EQ(send("PATCH", path, "x").status, 400U) << "no offset";
    EXPECT_EQ(send("PATCH", path, "x", "Upload-Offset: -1\r\n").status, 400U);
    EXPECT_EQ(send("PATCH", path, "x", "Upload-Offset: 3\r\n", "1002").status, 404U);
    EXPECT_EQ(get(path, "1002").status, 404U);
    EXPECT_EQ(append(id, 3, "defghij").status, 200U);
}

TEST_P(uploads_contract, of_too_much_in_chunks_keep_what_fits_and_are_not_whole) {
    const auto id = begun(4);
    const auto reply = http::testing::raw_client(server_->port())
                           .ask(
                               head(
                                   "PATCH",
                                   fmt::format("/files/uploads/{}", id),
                                   "1001",
                                   "Transfer-Encoding: chunked\r\nUpload-Offset: 0\r\n"
                               ) +
                               "5\r\nabcde\r\n0\r\n\r\n"
                           );
    EXPECT_EQ(reply.status, 413U);
    EXPECT_TRUE(member(get(fmt::format("/files/uploads/{}", id)), "upload").at("fileId").is_null());
}

TEST_P(uploads_contract, that_are_not_what_was_announced_are_gone) {
    const auto id = begun(3, digest_of("abc"));
    const auto reply = append(id, 0, "abd");
    EXPECT_EQ(reply.status, 422U);
    EXPECT_THAT(reply.body, ::testing::HasSubstr(digest_of("abd")));
    EXPECT_EQ(get(fmt::format("/files/uploads/{}", id)).status, 404U);
    EXPECT_EQ(usage(), 0);
    sweep();
    EXPECT_EQ(garbage(), 0U);
}

TEST_P(uploads_contract, are_finished_where_a_crash_came_before_the_row) {
    const auto id = begun(3);
    EXPECT_EQ(append(id, 0, "ab").status, 200U);
    // As a process that died between the object and the transaction leaves it.
    auto held = *run([&]() -> awaitable<std::optional<upload>> {
        const auto now = now_us();
        co_return co_await file_rows::hold_upload(database(), id, "dead", now - 1, now, soon());
    });
    auto digest = *files::running_digest::restore(held.digest_state);
    digest.update("c");
    const auto writing = vault_->store().resume(held.store_key, held.store_state);
    writing->append("c");
    held.store_state = writing->suspend();
    held.digest_state = digest.state();
    held.received = 3;
    EXPECT_TRUE(run([&] { return file_rows::save_upload(database(), held, "dead", now_us() - 1, soon()); }));
    writing->finish();
    EXPECT_EQ(offset(id), 3U);
    const auto reply = append(id, 3, "");
    EXPECT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(content(member(reply, "upload").at("fileId").as_int64()), "abc");
}

TEST_P(uploads_contract, are_given_up_and_expire) {
    const auto given_up = begun(1'000);
    EXPECT_EQ(append(given_up, 0, "abc").status, 200U);
    EXPECT_EQ(send("DELETE", fmt::format("/files/uploads/{}", given_up), {}, {}, "1002").status, 404U);
    EXPECT_EQ(send("DELETE", fmt::format("/files/uploads/{}", given_up)).status, 204U);
    EXPECT_EQ(usage(), 0);
    auto options = small();
    options.keep_uploads = std::chrono::milliseconds(1);
    restart(options);
    const auto expiring = begun(1'000);
    const auto whole = begun(0);
    const auto file = member(append(whole, 0, ""), "upload").at("fileId").as_int64();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    sweep();
    sweep();
    EXPECT_EQ(get(fmt::format("/files/uploads/{}", expiring)).status, 404U);
    EXPECT_EQ(get(fmt::format("/files/uploads/{}", whole)).status, 404U);
    EXPECT_EQ(get(fmt::format("/files/{}", file)).status, 200U) << "what it became stays";
    EXPECT_EQ(usage(), 4096);
    EXPECT_EQ(garbage(), 0U);
}

TEST_P(uploads_contract, are_checked_and_limited) {
    EXPECT_EQ(begin("{}").status, 400U);
    EXPECT_EQ(begin(R"({"name":"a","bytes":-1})").status, 422U);
    EXPECT_EQ(begin(R"({"name":"a","bytes":20000001})").status, 422U);
    EXPECT_EQ(begin(R"({"name":"a/b","bytes":1})").status, 422U);
    EXPECT_EQ(begin(R"({"name":"a","bytes":1,"sha256":"XY"})").status, 422U);
    EXPECT_EQ(begin(R"({"name":"a","bytes":1,"other":1})").status, 400U);
    const auto one = begin(R"({"name":"a","bytes":1})", "Idempotency-Key: k\r\n");
    EXPECT_EQ(begin(R"({"name":"a","bytes":1})", "Idempotency-Key: k\r\n").body, one.body);
    EXPECT_EQ(begin(R"({"name":"a","bytes":19000000})").status, 201U);
    EXPECT_EQ(begin(R"({"name":"a","bytes":19000000})").status, 201U);
    EXPECT_EQ(begin(R"({"name":"a","bytes":19000000})").code(), "quota_exceeded");
    for (int i = 3; i < 100; ++i) EXPECT_EQ(begin(R"({"name":"a","bytes":1})").status, 201U) << i;
    const auto many = begin(R"({"name":"a","bytes":1})");
    EXPECT_EQ(many.code(), "rate_limited");
    EXPECT_EQ(many.header("Retry-After"), "60");
}

INSTANTIATE_TEST_SUITE_P(places, uploads_contract, every_place, place_name);

}  // namespace
}  // namespace esm::tasks
