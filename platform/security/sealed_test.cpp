// Secrets at rest: sealed ones open with the same key and purpose alone.
#include "platform/security/sealed.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace esm::security {
namespace {

const std::string hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class temporary_folder {
public:
    temporary_folder() { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
    ~temporary_folder() {
        ::unlink(file().c_str());
        ::rmdir(path_.c_str());
    }
    std::string file() const { return path_ + "/master.key"; }

private:
    std::string path_{"/tmp/esm_sealed_test_XXXXXX"};
};

TEST(sealed, opens_what_it_sealed) {
    const auto key = master_key::from_hex(hex);
    for (const auto& secret : {std::string(), std::string("s"), std::string(5000, '\0')}) {
        const auto sealed = key.seal(secret, "signing-key");
        const auto opened = key.open(sealed, "signing-key");
        ASSERT_TRUE(opened);
        EXPECT_EQ(*opened, secret);
    }
    EXPECT_NE(key.seal("x", "p"), key.seal("x", "p")) << "each sealing has a nonce of its own";
}

TEST(sealed, another_key_another_purpose_and_any_change_are_refused) {
    const auto key = master_key::from_hex(hex);
    const auto other = master_key::from_hex(std::string(64, 'a'));
    const auto sealed = key.seal("secret", "signing-key");
    EXPECT_FALSE(other.open(sealed, "signing-key"));
    EXPECT_FALSE(key.open(sealed, "totp"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        const auto refused = key.open(changed, "signing-key");
        ASSERT_FALSE(refused) << i;
        EXPECT_EQ(refused.error().code, errc::internal);
    }
    EXPECT_FALSE(key.open("", "signing-key"));
    EXPECT_FALSE(key.open("AAAA", "signing-key"));
    EXPECT_FALSE(key.open("not base64!", "signing-key"));
}

TEST(sealed, a_master_key_is_64_hex_digits) {
    for (const auto& text : {std::string(), hex.substr(1), hex + "0", std::string(64, 'g'), hex + hex}) {
        EXPECT_THROW(master_key::from_hex(text), std::invalid_argument) << text;
    }
}

TEST(sealed, a_key_file_is_created_once_for_its_owner_alone) {
    const temporary_folder folder;
    EXPECT_THROW(master_key::from_file(folder.file(), false), std::runtime_error);
    const auto first = master_key::from_file(folder.file(), true);
    struct stat status{};
    ASSERT_EQ(::stat(folder.file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(status.st_nlink, 1U);
    const auto again = master_key::from_file(folder.file(), true);
    EXPECT_TRUE(again.open(first.seal("x", "p"), "p"));
}

TEST(sealed, a_file_without_a_key_is_named) {
    const temporary_folder folder;
    std::ofstream(folder.file()) << "hello\n";
    EXPECT_THROW(master_key::from_file(folder.file(), true), std::invalid_argument);
}

TEST(sha256_hex, gives_the_digest_of_fips_180) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace esm::security
