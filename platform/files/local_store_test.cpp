// What only the local folder does: names of files, what a crash leaves, two writers of one object.
#include "platform/files/local_store.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "platform/testing/support.hpp"

namespace esm::files {
namespace {

namespace fs = std::filesystem;

class local_store_test : public ::testing::Test {
protected:
    std::size_t partial_files() const {
        const fs::directory_iterator listed(fs::path(folder_.path()) / "store" / "partial");
        return static_cast<std::size_t>(std::distance(begin(listed), end(listed)));
    }

    esm::testing::temporary_folder folder_;
    std::unique_ptr<file_store> store_ = open_local(fs::path(folder_.path()) / "store");
};

TEST_F(local_store_test, spreads_objects_over_folders) {
    const std::string key = "00112233445566778899aabbccddeeff";
    auto writing = store_->create(key);
    writing->append("abc");
    writing->finish();
    const auto path = fs::path(folder_.path()) / "store" / "00" / "11" / "2233445566778899aabbccddeeff";
    EXPECT_EQ(store_->local_path(key), path);
    EXPECT_EQ(fs::file_size(path), 3U);
    EXPECT_EQ(partial_files(), 0U);
    EXPECT_EQ(fs::status(path).permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(local_store_test, leaves_nothing_of_a_writer_that_gave_up) {
    store_->create(make_key())->append("abc");
    EXPECT_EQ(partial_files(), 0U);
}

TEST_F(local_store_test, has_one_writer_an_object) {
    const auto key = make_key();
    auto first = store_->create(key);
    first->append("abc");
    const auto state = first->suspend();
    EXPECT_EQ(store_->resume(key, state), nullptr) << "the first one still is at work";
    first.reset();
    auto second = store_->resume(key, state);
    ASSERT_NE(second, nullptr);
    second->append("def");
    second->finish();
    EXPECT_EQ(fs::file_size(*store_->local_path(key)), 6U);
}

TEST_F(local_store_test, drops_what_came_after_the_last_suspend) {
    const auto key = make_key();
    std::string state;
    {
        auto writing = store_->create(key);
        writing->append("abc");
        state = writing->suspend();
        writing->append("never told");
    }
    auto resumed = store_->resume(key, state);
    resumed->append("d");
    resumed->finish();
    EXPECT_EQ(store_->open(key, 0, 4)->read(100), "abcd");
}

TEST_F(local_store_test, says_what_is_wrong_with_its_folder) {
    const auto file = folder_.file("file");
    std::ofstream(file) << "no folder";
    try {
        open_local(file);
        FAIL() << "a file is no folder";
    } catch (const store_failure& failure) {
        EXPECT_EQ(failure.code(), errc::unavailable);
        EXPECT_THAT(failure.what(), ::testing::HasSubstr(file));
    }
    const auto key = make_key();
    EXPECT_THROW(store_->open(key, 0, 1), store_failure);
    EXPECT_THROW(store_->resume(key, "3"), store_failure);
}

}  // namespace
}  // namespace esm::files
