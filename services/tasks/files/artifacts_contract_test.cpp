// Files as attempts use them, and what erasure and export make of them, on both databases and both stores.
#include "services/tasks/erase_user.hpp"
#include "services/tasks/export_user.hpp"
#include "services/tasks/files/files_fixture.hpp"

namespace esm::tasks {
namespace {

namespace bj = boost::json;

class artifacts_contract : public files_fixture {
protected:
    artifacts_contract() { std::filesystem::create_directories(scratch_folder_); }

    artifact made(std::string name, std::string_view text, std::string type = "text/csv") {
        const auto path = scratch_folder_ / ("made-" + name);
        std::ofstream(path, std::ios::binary) << text;
        return {std::move(name), std::move(type), path};
    }
    result<std::vector<stored_file>> store(std::int64_t task_id, const std::vector<artifact>& kept) {
        return run([&] { return artifacts_.store(1001, task_id, kept); });
    }
    void complete(const std::vector<stored_file>& files) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            co_await artifacts::insert(tx, files);
            co_return true;
        });
    }
    result<local_file> input(const file_reference& which, std::int64_t user_id = 1001) {
        return artifacts_.input(user_id, which, scratch_folder_, control_);
    }
    static std::string text_of(const local_file& given) {
        std::ifstream from(given.path, std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }

    const std::filesystem::path scratch_folder_ = folder_.file("scratch");
    artifacts artifacts_{*vault_};
    run_control control_{nullptr, run_control::clock::now() + std::chrono::minutes(1)};
};

TEST_P(artifacts_contract, are_files_once_the_task_completes) {
    const std::string large(700'000, 'q');
    auto stored = store(5000, {made("rows.csv", "a,b\n"), made("b.bin", large, "application/x-b")});
    ASSERT_TRUE(stored);
    EXPECT_FALSE(input({std::nullopt, 5000, "rows.csv"})) << "not before";
    EXPECT_EQ(garbage(), 2U) << "until then they are to be swept";
    // claim_garbage above began to sweep them, as a day later: the task must not complete with them.
    EXPECT_THROW(complete(*stored), std::runtime_error);
    stored = store(5000, {made("rows.csv", "a,b\n"), made("b.bin", large, "application/x-b")});
    complete(*stored);
    const auto rows = input({std::nullopt, 5000, "rows.csv"});
    ASSERT_TRUE(rows);
    EXPECT_EQ(text_of(*rows), "a,b\n");
    EXPECT_EQ(rows->name, "rows.csv");
    EXPECT_EQ(rows->media_type, "text/csv");
    EXPECT_EQ(rows->bytes, 4U);
    const auto by_id = input({stored->at(1).id, 0, {}});
    ASSERT_TRUE(by_id);
    EXPECT_TRUE(text_of(*by_id) == large);
    EXPECT_EQ(by_id->media_type, "application/x-b");
    const auto shown = member(get(fmt::format("/files/{}", stored->front().id)), "file");
    EXPECT_EQ(shown.at("taskId"), 5000);
    EXPECT_EQ(usage(), 4 + 4096 + 700'000 + 4096);
}

TEST_P(artifacts_contract, of_an_attempt_that_did_not_complete_are_swept) {
    const auto stored = store(5000, {made("rows.csv", "a,b\n")});
    ASSERT_TRUE(stored);
    sweep();
    EXPECT_EQ(vault_->store().open(stored->front().store_key, 0, 4)->read(4), "a,b\n") << "not yet";
    run([&]() -> awaitable<bool> {
        co_await artifacts_.discard(*stored);
        co_return true;
    });
    sweep();
    EXPECT_EQ(garbage(), 0U);
    EXPECT_THROW(vault_->store().open(stored->front().store_key, 0, 4)->read(4), files::store_failure);
}

TEST_P(artifacts_contract, are_checked) {
    EXPECT_EQ(store(1, {made("a", "1"), made("a", "2")}).error().code, errc::validation_failed);
    EXPECT_EQ(store(1, {{"../a", "text/plain", made("x", "1").path}}).error().code, errc::validation_failed);
    const std::vector<artifact> many(101, made("a", "1"));
    EXPECT_EQ(store(1, many).error().code, errc::validation_failed);
    EXPECT_EQ(store(1, {made("a", std::string(20'000'001, 'x'))}).error().code, errc::validation_failed);
    EXPECT_TRUE(store(1, {})->empty());
}

TEST_P(artifacts_contract, are_nobody_elses_inputs) {
    const auto stored = store(5000, {made("rows.csv", "a,b\n")});
    complete(*stored);
    EXPECT_EQ(input({stored->front().id, 0, {}}, 1002).error().code, errc::not_found);
    EXPECT_EQ(input({std::nullopt, 5000, "rows.csv"}, 1002).error().code, errc::not_found);
    const auto missing = input({std::nullopt, 5000, "other.csv"});
    EXPECT_EQ(missing.error().detail, "task 5000 has no artifact \"other.csv\"");
    EXPECT_EQ(input({999'999, 0, {}}).error().detail, "there is no file 999999");
}

TEST_P(artifacts_contract, of_an_erased_user_are_gone) {
    complete(*store(5000, {made("rows.csv", "a,b\n")}));
    const auto upload =
        send("POST", "/files/uploads", R"({"name":"a","bytes":9})", "Content-Type: application/json\r\n");
    EXPECT_EQ(upload.status, 201U);
    const auto kept = id_in(send("POST", "/files", "other", {}, "1002"));
    while (transact([](db::transaction& tx) { return erase_some(tx, 1001); })) {
    }
    EXPECT_TRUE(bj::parse(get("/files").body).at("files").as_array().empty());
    EXPECT_EQ(
        get(fmt::format("/files/uploads/{}", member(upload, "upload").at("uploadId").as_int64())).status, 404U
    );
    EXPECT_EQ(usage(), 0);
    sweep();
    EXPECT_EQ(garbage(), 0U);
    EXPECT_EQ(content(kept, "1002"), "other");
}

TEST_P(artifacts_contract, are_in_the_users_export) {
    for (int i = 0; i < 520; ++i) {
        stored_file each;
        each.id = 10'000 + i;
        each.user_id = 1001;
        each.name = std::to_string(i);
        each.media_type = "text/plain";
        each.sha256 = std::string(64, '0');
        each.store_key = files::make_key();
        each.created_at = i;
        transact([&](db::transaction& tx) -> awaitable<bool> {
            file_rows::insert(tx, each);
            co_return true;
        });
    }
    std::string text, cursor;
    do {
        const auto page = run([&] { return export_user(database(), 1001, cursor, soon()); });
        ASSERT_TRUE(page);
        text += page->json;
        cursor = page->next_cursor;
    } while (!cursor.empty());
    const auto whole = bj::parse(text);
    EXPECT_TRUE(whole.at("tasks").as_array().empty());
    EXPECT_EQ(whole.at("files").as_array().size(), 520U);
    EXPECT_EQ(whole.at("files").at(0).at("name"), "519");
    EXPECT_FALSE(run([&] { return export_user(database(), 1001, ".made up", soon()); }));
}

INSTANTIATE_TEST_SUITE_P(places, artifacts_contract, every_place, place_name);

}  // namespace
}  // namespace esm::tasks
