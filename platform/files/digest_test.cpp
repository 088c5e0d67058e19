// SHA-256 against FIPS 180-4's examples, and over a state that was kept as a text.
#include "platform/files/digest.hpp"

#include <gtest/gtest.h>

namespace esm::files {
namespace {

constexpr auto of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(running_digest, is_sha_256) {
    running_digest digest;
    EXPECT_EQ(digest.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest.update("abc");
    EXPECT_EQ(digest.hex(), of_abc);
    EXPECT_EQ(digest.hex(), of_abc) << "asking ends nothing";
}

TEST(running_digest, goes_on_from_its_state) {
    const std::string text(1'000'003, 'q');
    running_digest whole;
    whole.update(text);
    for (const std::size_t cut : {0UL, 1UL, 63UL, 64UL, 65UL, 500'000UL}) {
        running_digest first;
        first.update(std::string_view(text).substr(0, cut));
        auto second = running_digest::restore(first.state());
        ASSERT_TRUE(second);
        second->update(std::string_view(text).substr(cut));
        EXPECT_EQ(second->hex(), whole.hex()) << cut;
    }
}

TEST(running_digest, refuses_what_is_no_state) {
    EXPECT_FALSE(running_digest::restore(""));
    EXPECT_FALSE(running_digest::restore("00ff"));
    EXPECT_FALSE(running_digest::restore(std::string(running_digest().state().size(), 'g')));
}

}  // namespace
}  // namespace esm::files
