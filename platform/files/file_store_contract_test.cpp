// One suite for every driver of the file store.
#include <gtest/gtest.h>

#include <random>

#include "platform/files/digest.hpp"
#include "platform/files/store_fixture.hpp"
#include "platform/testing/support.hpp"

namespace esm::files {
namespace {

constexpr std::size_t mib = 1024UL * 1024;

class file_store_contract : public ::testing::TestWithParam<driver> {
protected:
    static std::string random_bytes(std::size_t count) {
        std::mt19937_64 dice(count);
        std::string made(count, '\0');
        for (auto& each : made) each = static_cast<char>(dice());
        return made;
    }

    std::string read_all(std::uint64_t offset, std::uint64_t count, std::size_t part = 300'000) {
        const auto reading = store_->open(key_, offset, count);
        std::string all;
        for (;;) {
            const auto bytes = reading->read(part);
            if (bytes.empty()) return all;
            EXPECT_LE(bytes.size(), part);
            all += bytes;
        }
    }

    void write(std::string_view content, std::size_t part = 300'000) {
        const auto writing = store_->create(key_);
        append(*writing, content, part);
        writing->finish();
    }
    static void append(writer& to, std::string_view content, std::size_t part = 300'000) {
        for (; !content.empty(); content.remove_prefix(std::min(part, content.size()))) {
            to.append(content.substr(0, part));
        }
    }

    bool is_there(std::uint64_t bytes) {
        try {
            return store_->open(key_, 0, bytes)->read(1).size() == 1;
        } catch (const store_failure&) {
            return false;
        }
    }

    esm::testing::temporary_folder folder_;
    std::unique_ptr<file_store> store_ = open_for_test(GetParam(), folder_.file("store"));
    const std::string key_ = make_key();
};

TEST_P(file_store_contract, keeps_objects_of_every_size) {
    store_->check();
    for (const std::size_t size : {0UL, 1UL, 5 * mib - 1, 5 * mib, 5 * mib + 1, 12 * mib}) {
        const auto content = random_bytes(size);
        const auto key = make_key();
        const auto writing = store_->create(key);
        append(*writing, content);
        writing->finish();
        writing->finish();
        const auto reading = store_->open(key, 0, size);
        std::string read;
        for (auto part = reading->read(mib); !part.empty(); part = reading->read(mib)) read += part;
        EXPECT_TRUE(read == content) << size;
        store_->remove(key);
    }
}

TEST_P(file_store_contract, reads_a_part_of_an_object) {
    const auto content = random_bytes(3 * mib);
    write(content);
    EXPECT_TRUE(read_all(0, 1) == content.substr(0, 1));
    EXPECT_TRUE(read_all(1'000'000, 1'500'000) == content.substr(1'000'000, 1'500'000));
    EXPECT_TRUE(read_all(content.size() - 7, 7) == content.substr(content.size() - 7));
    EXPECT_EQ(read_all(5, 0), "");
}

TEST_P(file_store_contract, goes_on_with_what_was_suspended) {
    const auto content = random_bytes(13 * mib + 17);
    std::string state;
    std::size_t done = 0;
    // In another process each time, as far as the store can tell; some parts are told twice.
    for (const std::size_t step : {10UL, 3 * mib, 3 * mib, 0UL, 5 * mib}) {
        const auto writing = state.empty() ? store_->create(key_) : store_->resume(key_, state);
        ASSERT_NE(writing, nullptr);
        append(*writing, std::string_view(content).substr(done, step));
        done += step;
        state = writing->suspend();
        append(*writing, "this is lost");
    }
    EXPECT_FALSE(is_there(done));
    const auto writing = store_->resume(key_, state);
    append(*writing, std::string_view(content).substr(done));
    state = writing->suspend();
    writing->finish();
    EXPECT_TRUE(read_all(0, content.size()) == content);
    // Whoever finished it may have died before that was known.
    const auto again = store_->resume(key_, state);
    ASSERT_NE(again, nullptr);
    again->finish();
    EXPECT_TRUE(read_all(0, content.size()) == content);
}

TEST_P(file_store_contract, goes_on_after_several_suspends_of_one_writer) {
    const auto content = random_bytes(11 * mib);
    const auto writing = store_->create(key_);
    std::string state;
    std::string before;
    for (std::size_t done = 0; done < content.size(); done += 2 * mib) {
        append(*writing, std::string_view(content).substr(done, 2 * mib));
        before = std::exchange(state, writing->suspend());
    }
    writing->finish();
    EXPECT_TRUE(read_all(0, content.size()) == content);
}

TEST_P(file_store_contract, takes_the_state_before_the_last_one) {
    const auto content = random_bytes(9 * mib);
    std::string before;
    {
        const auto writing = store_->create(key_);
        append(*writing, std::string_view(content).substr(0, 2 * mib));
        before = writing->suspend();
        append(*writing, std::string_view(content).substr(2 * mib, 2 * mib));
        writing->suspend();  // its answer was never stored
    }
    const auto writing = store_->resume(key_, before);
    append(*writing, std::string_view(content).substr(2 * mib));
    writing->finish();
    EXPECT_TRUE(read_all(0, content.size()) == content);
}

TEST_P(file_store_contract, gives_small_objects_up_and_back) {
    const auto writing = store_->create(key_);
    writing->append("abc");
    const auto state = writing->suspend();
    writing->finish();
    EXPECT_EQ(read_all(0, 3), "abc");
    store_->resume(key_, state)->finish();
    EXPECT_EQ(read_all(0, 3), "abc");
}

TEST_P(file_store_contract, removes_objects_and_remains) {
    write("abc");
    EXPECT_TRUE(is_there(3));
    store_->remove(key_);
    EXPECT_FALSE(is_there(3));
    store_->remove(key_);
    const auto writing = store_->create(key_);
    append(*writing, random_bytes(6 * mib));
    const auto state = writing->suspend();
    store_->remove(key_);
    EXPECT_ANY_THROW({
        store_->resume(key_, state)->finish();
        read_all(0, 6 * mib);
    });
    EXPECT_FALSE(is_there(1));
}

TEST_P(file_store_contract, tells_a_missing_object) {
    EXPECT_THROW(store_->open(key_, 0, 10)->read(10), store_failure);
    write("abc");
    const auto reading = store_->open(key_, 0, 10);
    EXPECT_THROW(
        {
            while (!reading->read(10).empty()) {
            }
        },
        store_failure
    );
}

INSTANTIATE_TEST_SUITE_P(
    stores,
    file_store_contract,
    ::testing::Values(driver::local, driver::s3),
    [](const auto& each) { return driver_name(each.param); }
);

}  // namespace
}  // namespace esm::files
