// Forms in one piece and in every other cut, and what is no form.
#include "platform/http/multipart.hpp"

#include <gtest/gtest.h>

namespace esm::http {
namespace {

using event = multipart_reader::event;

// Parts as "name/file name=content;", or "!" for a refusal.
std::string parts_of(std::string_view body, std::size_t cut) {
    multipart_reader reader("xyz");
    std::string seen;
    for (;;) {
        const auto next = reader.next();
        if (!next) return seen + "!";
        switch (*next) {
            case event::need_more:
                if (body.empty()) return seen + "?";
                reader.feed(body.substr(0, cut));
                body.remove_prefix(std::min(cut, body.size()));
                break;
            case event::part:
                seen += reader.name() + "/" + reader.file_name().value_or("-") + "=";
                break;
            case event::data:
                seen += reader.take_data();
                break;
            case event::part_end:
                seen += ";";
                break;
            case event::end:
                return seen;
        }
    }
}

constexpr std::string_view form =
    "--xyz\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nrows\r\n"
    "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\\\dir\\\\a;\\\"b.csv\"\r\n"
    "Content-Type: text/csv\r\n\r\na,b\r\n--xy\r\n\r\n1,2\r\n"
    "--xyz\r\ncontent-disposition: form-data; name=empty\r\n\r\n\r\n--xyz--\r\nepilogue";

TEST(multipart, is_read_however_it_is_cut) {
    for (std::size_t cut = 1; cut <= form.size(); ++cut) {
        EXPECT_EQ(parts_of(form, cut), "name/-=rows;file/a;\"b.csv=a,b\r\n--xy\r\n\r\n1,2;empty/-=;") << cut;
    }
}

TEST(multipart, that_is_none_is_refused) {
    EXPECT_EQ(parts_of(std::string(5000, 'x'), 100), "!");
    EXPECT_EQ(parts_of("--xyz!\r\n", 100), "!");
    EXPECT_EQ(parts_of("--xyz\r\nX: " + std::string(5000, 'x'), 100), "!");
    EXPECT_EQ(parts_of("--xyz\r\nno colon\r\n\r\nx", 100), "!");
    EXPECT_EQ(parts_of("--xyz\r\nContent-Type: a/b\r\n\r\nx", 100), "!") << "no name";
    EXPECT_EQ(parts_of("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\nx", 100), "!");
    EXPECT_EQ(
        parts_of(
            "--xyz\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx",
            100
        ),
        "!"
    );
    std::string many;
    for (int i = 0; i < 20; ++i) many += "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
    EXPECT_EQ(parts_of(many, 100).back(), '!');
    EXPECT_EQ(parts_of(form.substr(0, 100), 100).back(), '?');
}

TEST(multipart, has_a_boundary) {
    EXPECT_EQ(**multipart_boundary("multipart/form-data; boundary=xyz"), "xyz");
    EXPECT_EQ(**multipart_boundary("Multipart/Form-Data; charset=utf-8; BOUNDARY=\"x y\""), "x y");
    EXPECT_FALSE(multipart_boundary("application/json")->has_value());
    EXPECT_FALSE(multipart_boundary("")->has_value());
    for (const auto* bad :
         {"multipart/form-data",
          "multipart/form-data; boundary=",
          "multipart/form-data; boundary=\"a",
          "multipart/form-data; boundary=a\tb"}) {
        EXPECT_FALSE(multipart_boundary(bad)) << bad;
    }
    EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
}

}  // namespace
}  // namespace esm::http
