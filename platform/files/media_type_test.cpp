// What libmagic makes of content: the name and the sender's word do not count.
#include "platform/files/media_type.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace esm::files {
namespace {

using namespace std::string_view_literals;

TEST(media_type, is_told_by_content) {
    EXPECT_EQ(media_type_of("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"sv), "image/png");
    EXPECT_EQ(media_type_of("\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"sv), "image/jpeg");
    EXPECT_EQ(media_type_of("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"sv), "application/pdf");
    EXPECT_EQ(media_type_of("\x1f\x8b\x08\0\0\0\0\0\0\3"sv), "application/gzip");
    EXPECT_EQ(media_type_of(R"({"a":[1,2,3]})"), "application/json");
    EXPECT_EQ(media_type_of("Just a few words.\n"), "text/plain");
    EXPECT_EQ(media_type_of("<!DOCTYPE html><html><body>x</body></html>"), "text/html");
}

TEST(media_type, of_the_unknown_is_bytes) {
    EXPECT_EQ(media_type_of(""), "application/octet-stream");
    EXPECT_EQ(media_type_of("\x01\x02\x03\xf0\xf1\xf2\xf3"sv), "application/octet-stream");
}

TEST(media_type, is_told_on_any_thread) {
    std::string found;
    std::thread([&found] { found = media_type_of("%PDF-1.4\n"); }).join();
    EXPECT_EQ(found, "application/pdf");
}

}  // namespace
}  // namespace esm::files
