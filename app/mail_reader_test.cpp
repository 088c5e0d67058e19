// Mails as their readers see them: our own, and what other programs leave in such a folder.
#include "app/mail_reader.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "platform/testing/support.hpp"

namespace esm::app {
namespace {

TEST(mail_reader, headers_are_unfolded_and_decoded) {
    const auto mail = parse_mail(
        "To: ada@example.org\r\n"
        "Subject: =?utf-8?Q?Willkommen,?=\r\n =?UTF-8?B?IEJqw7ZybiE=?= und =?iso-8859-1?Q?Gr=FC=DFe_?= "
        "=?x?=\r\n"
        "X-Long: one\r\n\ttwo\r\nno header\r\n\r\nhello\r\n"
    );
    EXPECT_EQ(mail.header("to"), "ada@example.org");
    EXPECT_EQ(mail.header("Subject"), "Willkommen, Björn! und Grüße  =?x?=");
    EXPECT_EQ(mail.header("x-long"), "one two");
    EXPECT_EQ(mail.header("Cc"), "");
    EXPECT_EQ(mail.text, "hello\n");
    EXPECT_EQ(mail.html, "");
}

TEST(mail_reader, texts_come_out_of_their_parts_and_encodings) {
    const auto mail = parse_mail(
        "Content-Type: multipart/mixed; boundary=outer\n\npreamble\n--outer\n"
        "Content-Type: multipart/alternative;\n boundary=\"=_in ner\"\n\n"
        "--=_in ner\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "Gr=C3=BC=C3=9Fe, a=\nb =3D= =zz\n"
        "--=_in ner\nContent-Transfer-Encoding: BASE64\nContent-Type: text/html\n\nPGI+\naGk8L2I+\n--=_in "
        "ner--\n"
        "--outer\nContent-Type: text/plain\nContent-Disposition: attachment\n\nnot "
        "this\n--outer--\nepilogue\n"
    );
    EXPECT_EQ(mail.text, "Grüße, ab == =zz");
    EXPECT_EQ(mail.html, "<b>hi</b>");
}

TEST(mail_reader, what_is_no_mail_is_survived) {
    for (const auto* raw :
         {"",
          "\n",
          "a",
          "Content-Type: multipart/mixed\n\n--\n--\n",
          "Content-Type: multipart/mixed; boundary=x\n\n--x\n--x--",
          "Content-Transfer-Encoding: base64\n\n%%%",
          " folded\n\n=",
          "Subject: =?a?Q?=?=\n\n=4"}) {
        parse_mail(raw);
    }
    EXPECT_EQ(parse_mail("Content-Transfer-Encoding: base64\n\n%%%").text, "%%%");
    EXPECT_EQ(parse_mail("Content-Type: multipart/mixed; boundary=x\n\n--x\n\ncut of").text, "cut of");
    std::string deep;
    for (int i = 0; i < 50; ++i) deep += "Content-Type: multipart/mixed; boundary=x\n\n--x\n";
    EXPECT_EQ(parse_mail(deep).text, "");
}

TEST(mail_reader, a_folder_is_listed_newest_first) {
    const esm::testing::temporary_folder folder;
    EXPECT_FALSE(list_mails(folder.file("none")).has_value());
    const auto now = std::filesystem::file_time_type::clock::now();
    int age = 0;
    for (const auto* name : {"b.eml", "a.eml", ".c.eml", "c.eml.partial", ".d.eml.7.partial"}) {
        std::ofstream(folder.file(name)) << "Subject: " << name << "\n\n";
        std::filesystem::last_write_time(folder.file(name), now - std::chrono::seconds(age++));
    }
    const auto found = list_mails(folder.path());
    ASSERT_TRUE(found && found->size() == 2);
    EXPECT_EQ((*found)[0].filename(), "b.eml");
    EXPECT_EQ(parse_mail(read_mail_file((*found)[1])).header("Subject"), "a.eml");
    EXPECT_THROW(read_mail_file(folder.file("none.eml")), std::runtime_error);
}

}  // namespace
}  // namespace esm::app
